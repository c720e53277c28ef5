package main

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestPreCommitHooks reads the manifest for the framework pre-commit with the keys
// that its documentation has for one (pre-commit.com, "Creating new hooks").
func TestPreCommitHooks(t *testing.T) {
	data, err := os.ReadFile(".pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct {
		ID, Name, Description, Entry, Language string
		PassFilenames                          bool `yaml:"pass_filenames"`
		AlwaysRun                              bool `yaml:"always_run"`
		Stages                                 []string
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&hooks); err != nil {
		t.Fatal(err)
	}
	for _, h := range hooks {
		if h.ID == "" || h.Name == "" || h.Entry != "publishgate precommit" || h.PassFilenames || !h.AlwaysRun ||
			!slices.Contains([]string{"golang", "system"}, h.Language) || !slices.Contains(h.Stages, "pre-commit") {
			t.Errorf("%+v", h)
		}
	}
	if len(hooks) != 2 {
		t.Errorf("%d hooks", len(hooks))
	}
}

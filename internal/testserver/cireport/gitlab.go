// Package cireport says whether a report is one that CI servers take: GitLab's
// Dependency Scanning report, and JUnit's XML. It is used by tests only.
package cireport

import (
	"bytes"
	_ "embed" // the schema
	"encoding/json"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed gitlab-dependency-scanning-15.2.0.json
var gitLabSchema []byte

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(gitLabSchema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("gitlab.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("gitlab.json")
})

// GitLab returns why GitLab would not take a Dependency Scanning report, or would
// take two of its vulnerabilities for one.
func GitLab(data []byte) error {
	schema, err := compiled()
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if err := schema.Validate(doc); err != nil {
		return err
	}
	var report struct {
		Scan struct {
			Status   string
			Messages []struct{ Level string }
		}
		Vulnerabilities []struct {
			ID          string
			Identifiers []struct{ Type, Value string }
			Location    struct {
				File       string
				Dependency struct{ Package struct{ Name string } }
			}
		}
	}
	if err := json.Unmarshal(data, &report); err != nil {
		return err
	}
	fatal := false
	for _, m := range report.Scan.Messages {
		fatal = fatal || m.Level == "fatal"
	}
	if fatal != (report.Scan.Status == "failure") {
		return fmt.Errorf("the scan is a %s, and a fatal message is there: %v", report.Scan.Status, fatal)
	}
	known, ids := map[string]bool{}, map[string]bool{}
	for _, v := range report.Vulnerabilities {
		// Gitlab::Ci::Reports::Security::Locations::DependencyScanning and
		// Security::VulnerabilityUUID: what an alert is known by.
		key := fmt.Sprintf("%q", []string{v.Identifiers[0].Type, v.Identifiers[0].Value, v.Location.File, v.Location.Dependency.Package.Name})
		if known[key] || ids[v.ID] {
			return fmt.Errorf("two vulnerabilities are known by %s, %s", key, v.ID)
		}
		known[key], ids[v.ID] = true, true
	}
	return nil
}

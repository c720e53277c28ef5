package publish_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/tarball"
)

// Real published tarballs make a document whose manifest says what theirs
// says; those that are refused are refused for a stated reason.
func TestRealTarballs(t *testing.T) {
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set: unpack the data archive and set it to the folder")
	}
	files, err := filepath.Glob(filepath.Join(data, "tarballs", "*.tgz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tarballs: %v", err)
	}
	refused := map[string]string{
		// Its root folder is node/, not package/: Microsoft's publisher packs it
		// without npm, and the canonical profile asks for npm's.
		"types-node-26.6.6.tgz": "tarball",
	}
	planned := 0
	for _, file := range files {
		name := filepath.Base(file)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ball, err := tarball.Read(data, file, tarball.Options{NoSecrets: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p, err := publish.New(ball, publish.Options{Registry: there, Tag: "latest"})
		var no *publish.RefusedError
		if errors.As(err, &no) {
			if refused[name] != no.Reasons[0].ID {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sameManifest(t, name, p, ball)
		planned++
	}
	if planned < 5 {
		t.Errorf("only %d of %d could be planned", planned, len(files))
	}
}

// normalised are the fields that are not sent as they stand in package.json, or
// that are added to it: TestAsNpm says how.
var normalised = []string{"_id", "author", "bin", "bugs", "bundleDependencies", "bundledDependencies", "contributors", "dependencies",
	"description", "devDependencies", "dist", "gypfile", "homepage", "keywords", "maintainers", "man", "readme", "readmeFilename",
	"repository", "scripts", "types"}

// sameManifest compares what is sent with the tarball's package.json, each read
// by the decoder of Go's own library: all other fields are the same.
func sameManifest(t *testing.T, name string, p *publish.Plan, ball *tarball.Tarball) {
	t.Helper()
	body, err := io.ReadAll(p.Open())
	if err != nil || int64(len(body)) != p.Size() {
		t.Fatalf("%s: %d bytes of %d, %v", name, len(body), p.Size(), err)
	}
	var doc struct {
		Versions map[string]map[string]json.RawMessage
	}
	var own map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(body, &doc), json.Unmarshal(ball.Manifest.Raw, &own)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	sent := doc.Versions[p.Version]
	for key, value := range own {
		if !slices.Contains(normalised, key) && string(sent[key]) != string(value) {
			t.Errorf("%s: %s is %.100s, expected %.100s", name, key, sent[key], value)
		}
	}
	for key := range sent {
		if _, ok := own[key]; !ok && !slices.Contains(normalised, key) {
			t.Errorf("%s: %s was added", name, key)
		}
	}
}

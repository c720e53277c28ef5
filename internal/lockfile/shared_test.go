package lockfile

import (
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// What is shared is read once, of one checkout, and the text that is there now counts.
func TestShared(t *testing.T) {
	s, times := &Shared{}, 0
	once := func() (*npm.Manifest, error) { times++; return &npm.Manifest{Name: "a"}, nil }
	for _, shown := range []string{"../a/package.json", "../a/package.json", "package.json"} {
		if m, err := s.manifest("packages/a/package.json", shown, once); err != nil || m.Name != "a" {
			t.Errorf("%+v, %v", m, err)
		}
	}
	if times != 2 {
		t.Errorf("read %d times, expected twice: messages name it in two ways", times)
	}
	if s.Of("/one") != s || s.Of("/other") != nil || (*Shared)(nil).Of("/one") != nil {
		t.Error("shared between checkouts")
	}
	looks := 0
	for _, patterns := range [][]string{{"packages/*"}, {"packages/*"}, {"packages/*", "apps/*"}} {
		found, err := s.members(".", patterns, func() ([]string, error) { looks++; return []string{"packages/a"}, nil })
		if err != nil || len(found) != 1 || found[0] != "packages/a" {
			t.Errorf("%v, %v", found, err)
		}
		found[0] = "changed" // by whoever asked
	}
	if looks != 2 {
		t.Errorf("looked %d times, expected once for each list of patterns", looks)
	}
	parses := 0
	parse := func(data []byte) ([]strict.Value, error) { parses++; return readPnpmDocuments(data) }
	for _, version := range []string{"9.0", "9.0", "6.0"} {
		docs, err := s.parsed("pnpm-lock.yaml", []byte("lockfileVersion: '"+version+"'\n"), parse)
		if err != nil || len(docs) != 1 || docs[0].Get("lockfileVersion").Text() != version {
			t.Errorf("%s: %v", version, err)
		}
	}
	if parses != 2 {
		t.Errorf("parsed %d times, expected once for each text", parses)
	}
	if _, err := s.parsed("pnpm-lock.yaml", []byte("a: 1\na: 2\n"), parse); err == nil {
		t.Error("a lockfile that cannot be read passed")
	}
	same := &Checkout{shared: &Shared{}} // the same bytes are not the same to every manager
	for _, in := range []Input{{File: "bun.lock"}, {File: "package-lock.json"}} {
		in.Data, in.Checkout = []byte("{\"lockfileVersion\": 1, // bun allows it\n}"), same
		text := strict.ParseJSONC
		if in.File == "package-lock.json" {
			text = strict.ParseWithin
		}
		if _, err := in.document(text); (err == nil) != (in.File == "bun.lock") {
			t.Errorf("%s: %v", in.File, err)
		}
	}
}

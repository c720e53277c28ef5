package tarball

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readFile reads a tarball from disk, as the gate does.
func readFile(path string, opts Options) (*Tarball, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Read(data, path, opts)
}

func TestFacts(t *testing.T) {
	key := "npm_" + strings.Repeat("aB3dE5gH7j", 4)[:36]
	readme := "# hello\n"
	packed := compress(join(good,
		file("package/README", "plain"), file("package/readme.md", readme), file("package/lib/README.md", "other"),
		file("package/.npmrc.bak", "a=b\n//registry.example.org/:_authToken="+key+"\n"),
		entry(spec{name: "package/lib/", kind: '5', mode: "000755 \x00"}), file("package/x.png",
			"\x00token = \""+strings.Repeat("aB3dE5gH7jK9", 3)+"\""), mark))
	path := filepath.Join(t.TempDir(), "p.tgz")
	if err := os.WriteFile(path, packed, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readFile(path, Options{Digests: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Violations) > 0 {
		t.Fatal(got.Violations)
	}
	sum := sha256.Sum256(packed)
	if got.SHA256 != hex.EncodeToString(sum[:]) || len(got.SHA1) != 40 || len(got.SHA512) != 128 ||
		!strings.HasPrefix(got.Integrity, "sha512-") {
		t.Errorf("digests %s %s %s %s", got.SHA1, got.SHA256, got.SHA512, got.Integrity)
	}
	if got.Readme != readme || got.Manifest.Name != "victim" || got.File != path || len(got.Entries) != 7 {
		t.Errorf("readme %q, manifest %v, entries %v", got.Readme, got.Manifest, got.Entries)
	}
	sum = sha256.Sum256([]byte("plain"))
	if e := got.Entries[1]; e.SHA256 != hex.EncodeToString(sum[:]) || e.Size != 5 || e.Path != "package/README" || e.Mode != 0o644 {
		t.Errorf("entry %+v", e)
	}
	if e := got.Entries[5]; !e.Dir || e.Path != "package/lib" {
		t.Errorf("folder %+v", e)
	}
	if len(got.Secrets) != 1 || got.Secrets[0].Path != "package/.npmrc.bak" || got.Secrets[0].Line != 2 || got.Secrets[0].Column != 36 {
		t.Errorf("secrets %+v", got.Secrets)
	}
	if strings.Contains(strings.Join([]string{got.Secrets[0].Hash, got.Secrets[0].Description, got.Secrets[0].Rule}, " "), key) {
		t.Error("the value got out")
	}
	if len(got.Unscanned) != 1 || got.Unscanned[0].Path != "package/x.png" || got.Unscanned[0].Why == "" {
		t.Errorf("unscanned %v", got.Unscanned)
	}
	without, err := Read(packed, path, Options{NoSecrets: true})
	if err != nil || len(without.Unscanned) != 6 || len(without.Secrets) != 0 {
		t.Errorf("a search that was left out must say so: %v %v", without.Unscanned, err)
	}
}

// FuzzRead makes sure that no input panics. What passes must have a manifest and
// safe, unique paths, and be the same archive for Go's own reader, whose code
// shares nothing with ours.
func FuzzRead(f *testing.F) {
	for _, d := range append(differentials(), gzipDifferentials()...) {
		z, err := gzip.NewReader(bytes.NewReader(d.packed))
		if err == nil {
			if raw, err := io.ReadAll(z); err == nil && len(raw) < 8<<10 {
				f.Add(raw, true)
				continue
			}
		}
		if len(d.packed) < 8<<10 {
			f.Add(d.packed, false)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, pack bool) {
		if pack { // checksums in gzip would stop every mutation
			b = compress(b)
		}
		got, err := Read(b, "p.tgz", Options{NoSecrets: true, Digests: true})
		if err != nil || len(got.Violations) > 0 {
			return
		}
		if got.Manifest == nil {
			t.Fatal("passes without a manifest")
		}
		seen := map[string]bool{}
		for _, e := range got.Entries {
			if seen[foldName(e.Path)] || e.Path != "package" && !strings.HasPrefix(e.Path, "package/") || filepath.Clean(e.Path) != e.Path {
				t.Fatalf("passes with %q", e.Path)
			}
			seen[foldName(e.Path)] = true
		}
		if theirs, err := goReads(b); err != nil || !slices.Equal(theirs, got.Entries) {
			t.Fatalf("archive/tar reads %v (%v), we read %v", theirs, err, got.Entries)
		}
	})
}

// goReads lists an archive as archive/tar reads it.
func goReads(packed []byte) ([]Entry, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for in := tar.NewReader(z); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		e := Entry{Path: strings.TrimSuffix(h.Name, "/"), Dir: h.Typeflag == tar.TypeDir, Size: h.Size, Mode: h.Mode}
		if !e.Dir {
			content, err := io.ReadAll(in)
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(content)
			e.SHA256, e.Binary = hex.EncodeToString(sum[:]), binaryFormat(content[:min(len(content), headSize)])
		}
		entries = append(entries, e)
	}
}

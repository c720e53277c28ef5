package main

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

// tarball asks those who look for secrets about one published package: ours reads
// the tarball, the others the folder that it was unpacked to.
func (c *comparison) tarball(file, spec string) (*row, error) {
	dir := c.at("unpacked")
	os.RemoveAll(dir)
	bytes, err := unpack(file, dir)
	if err != nil {
		return nil, err
	}
	r := &row{name: fmt.Sprintf("%s (%.1f MB)", spec, float64(bytes)/1e6), tools: map[string]*answer{}}
	for name, ask := range map[string]func(file, dir string, a *answer) error{
		"publishgate": c.ourSecrets, "gitleaks": c.gitleaks, "trivy": c.trivySecrets} {
		a := &answer{secrets: set{}}
		if err := ask(file, dir, a); err != nil {
			a.refused = err.Error()
		}
		r.tools[name] = a
	}
	return r, nil
}

// ourSecrets lists candidates as the baseline does: what is found before any policy.
// The folder has the package's manifest and nothing else.
func (c *comparison) ourSecrets(file, dir string, a *answer) (err error) {
	empty := c.at("empty")
	manifest, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err == nil {
		err = os.MkdirAll(empty, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(empty, "package.json"), manifest, 0o644)
	}
	if err != nil {
		return err
	}
	out := c.at("baseline.json")
	os.Remove(out)
	if _, a.audit, err = c.measure(beside.Command{Args: []string{c.ours(), "baseline", "-o", out, "-tarball", file, empty}}); err != nil {
		return err
	}
	var found struct {
		Results map[string][]struct {
			Line int `json:"line_number"`
		}
	}
	if err := read(out, &found); err != nil {
		return err
	}
	for name, all := range found.Results {
		for _, f := range all {
			a.secrets[fmt.Sprintf("%s:%d", strings.TrimPrefix(name, "package/"), f.Line)] = true
		}
	}
	return nil
}

func (c *comparison) gitleaks(_, dir string, a *answer) (err error) {
	out := c.at("gitleaks.json")
	if _, a.audit, err = c.measure(beside.Command{Args: []string{filepath.Join(c.bin, "gitleaks"), "dir", "--no-banner", "--log-level",
		"error", "--exit-code", "0", "--report-format", "json", "--report-path", out, dir}}); err != nil {
		return err
	}
	var found []struct {
		File      string
		StartLine int
	}
	if err := read(out, &found); err != nil {
		return err
	}
	for _, f := range found {
		rel, _ := filepath.Rel(dir, f.File)
		a.secrets[fmt.Sprintf("%s:%d", rel, f.StartLine)] = true
	}
	return nil
}

func (c *comparison) trivySecrets(_, dir string, a *answer) (err error) {
	out := c.at("trivy.json")
	if _, a.audit, err = c.measure(beside.Command{Args: []string{filepath.Join(c.bin, "trivy"), "fs", "--quiet", "--skip-version-check",
		"--scanners", "secret", "--cache-dir", c.at("trivy"), "--format", "json", "-o", out, dir}}); err != nil {
		return err
	}
	var found struct {
		Results []struct {
			Target  string
			Secrets []struct{ StartLine int }
		}
	}
	if err := read(out, &found); err != nil {
		return err
	}
	for _, r := range found.Results {
		for _, s := range r.Secrets {
			a.secrets[fmt.Sprintf("%s:%d", r.Target, s.StartLine)] = true
		}
	}
	return nil
}

// unpack writes the files of a published tarball, without its top folder.
func unpack(file, dir string) (bytes int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	packed, err := gzipReader(f)
	if err != nil {
		return 0, err
	}
	entries := tar.NewReader(packed)
	for {
		h, err := entries.Next()
		if err == io.EOF {
			return bytes, nil
		}
		if err != nil {
			return bytes, err
		}
		_, name, found := strings.Cut(h.Name, "/")
		if h.Typeflag != tar.TypeReg || !found || !filepath.IsLocal(name) {
			continue
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return bytes, err
		}
		out, err := os.Create(to)
		if err != nil {
			return bytes, err
		}
		n, err := io.Copy(out, entries)
		if closed := out.Close(); err == nil {
			err = closed
		}
		if bytes += n; err != nil {
			return bytes, err
		}
	}
}

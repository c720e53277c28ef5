//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

// The contestants, as the page names them.
const (
	ours  = "publishgate"
	empty = "an empty Go program"
	trivy = "trivy"
	npm   = "npm"
)

// A row is what is measured: our command, and those that do the same, each as a
// list that is run one after the other.
type row struct {
	name  string
	ours  []beside.Command
	peers map[string][]beside.Command
	goal  goal
}

// A goal holds if no bound that is set is passed. A wall is meant for two idle
// processors; a ratio is of the time of the peer that is named.
type goal struct {
	wall   time.Duration
	memory int64 // MiB
	ratio  float64
	of     string
}

// A section of the page: rows with the same contestants.
type section struct {
	title, about string
	rows         []row
}

func (m *measuring) out() string { return filepath.Join(m.work, "out") }

func (m *measuring) ours(args ...string) beside.Command {
	return beside.Command{Args: append([]string{filepath.Join(m.bin, "publishgate")}, args...)}
}

// gate judges without a network, as the goals are set: the evidence is written,
// nothing is signed. Exit code 1 is a package that was judged and blocked.
func (m *measuring) gate(args ...string) []beside.Command {
	do := m.ours(append([]string{"gate", "-offline", "-sign", "none", "-previous-version", "none", "-advisories", "file:" + m.advisories,
		"-out", m.out()}, args...)...)
	do.Codes = []int{1}
	return []beside.Command{do}
}

func (m *measuring) trivy(args ...string) beside.Command {
	return beside.Command{Args: append([]string{filepath.Join(m.bin, trivy), "fs", "--quiet", "--offline-scan", "--skip-version-check",
		"--skip-db-update", "--cache-dir", m.trivyRecords, "--include-dev-deps", "-o", filepath.Join(m.work, "trivy.out")}, args...)}
}

// beside keeps the peers that are there.
func (m *measuring) beside(all map[string][]beside.Command) map[string][]beside.Command {
	there := map[string]bool{trivy: m.has(trivy), npm: m.npm != "", empty: m.has("empty")}
	for name := range all {
		if !there[name] {
			delete(all, name)
		}
	}
	return all
}

// A project is one with a lockfile, as it is and in a copy that may be published.
type project struct{ name, dir, published string }

func (m *measuring) project(name, dir string) (project, error) {
	p := project{name, dir, filepath.Join(m.work, "published", name)}
	if err := os.MkdirAll(p.published, 0o755); err != nil {
		return p, err
	}
	if out, err := exec.Command("cp", "-rL", dir+"/.", p.published).CombinedOutput(); err != nil {
		return p, fmt.Errorf("%s: %w: %s", name, err, out)
	}
	file := filepath.Join(p.published, "package.json")
	data, err := os.ReadFile(file)
	if err != nil {
		return p, err
	}
	var manifest map[string]any
	if err := json.Unmarshal(data, &manifest); err != nil {
		return p, err
	}
	delete(manifest, "private")
	for key, value := range map[string]string{"name": name, "version": "1.0.0"} {
		if manifest[key] == nil {
			manifest[key] = value
		}
	}
	if data, err = json.MarshalIndent(manifest, "", "  "); err != nil {
		return p, err
	}
	return p, os.WriteFile(file, data, 0o644)
}

// locks are the projects whose lockfiles are read, with their folders in the data
// archive; theia is given.
var locks = []struct{ name, folder string }{
	{"small", "small-hono-bench"}, {"lerna", "lerna-v3"}, {"theia", ""}, {"workers-sdk", "large-workers-sdk-v3"},
	{"webpack, yarn 1", "webpack-yarn1"}, {"medusa, berry", "medusa-berry"}, {"many-deps, pnpm 9", "pnpm-manydeps-pnpm9"},
	{"hono, bun", "hono-bun"},
}

// sections returns all rows. Their goals are those that the project has set.
func (m *measuring) sections() ([]section, error) {
	all := map[string]project{}
	for _, known := range locks {
		if known.folder == "" {
			continue
		}
		p, err := m.project(known.name, filepath.Join(m.projects, known.folder))
		if err != nil {
			return nil, err
		}
		all[known.name] = p
	}
	large := all["lerna"]
	if m.theia != "" {
		p, err := m.project("theia", m.theia)
		if err != nil {
			return nil, err
		}
		all["theia"], large = p, p
	}
	return []section{m.starts(), m.sboms(all), m.verdicts(all), m.tarballs(all["small"], large), m.packing(), m.growing()}, nil
}

func (m *measuring) starts() section {
	return section{"Start-up", "`publishgate version`, and a Go program whose `main` is empty.", []row{{
		name: "version", ours: []beside.Command{m.ours("version")}, goal: goal{ratio: 5, of: empty},
		peers: m.beside(map[string][]beside.Command{empty: {{Args: []string{filepath.Join(m.bin, "empty")}}}}),
	}}}
}

func (m *measuring) sboms(all map[string]project) section {
	s := section{title: "SBOM", about: "A lockfile becomes a CycloneDX document: `publishgate sbom`, " +
		"`trivy fs --format cyclonedx --include-dev-deps`, `npm sbom --package-lock-only`."}
	for _, known := range locks {
		p, there := all[known.name]
		if !there {
			continue
		}
		r := row{name: p.name, ours: []beside.Command{m.ours("sbom", "-o", filepath.Join(m.work, "sbom.json"), p.dir)},
			goal: goal{ratio: 0.25, of: trivy, memory: 48},
			peers: map[string][]beside.Command{trivy: {m.trivy("--format", "cyclonedx", p.dir)},
				npm: {{Dir: p.dir, Args: []string{m.npm, "sbom", "--package-lock-only", "--sbom-format", "cyclonedx"}}}}}
		if _, err := os.Stat(filepath.Join(p.dir, "package-lock.json")); err != nil {
			delete(r.peers, npm)
		}
		r.peers = m.beside(r.peers)
		s.rows = append(s.rows, r)
	}
	return s
}

func (m *measuring) verdicts(all map[string]project) section {
	s := section{title: "Verdict", about: "A project is packed, read and judged, with all evidence and reports, without a network: " +
		"`publishgate gate`. trivy looks for vulnerabilities alone (`--scanners vuln`), in a database of the same records."}
	for _, r := range []struct {
		name string
		wall time.Duration
	}{{"small", 10}, {"lerna", 25}, {"theia", 45}, {"workers-sdk", 75}} {
		if p, there := all[r.name]; there {
			s.rows = append(s.rows, row{name: r.name, ours: m.gate(p.published), goal: goal{wall: r.wall * time.Millisecond},
				peers: m.beside(map[string][]beside.Command{trivy: {m.trivy("--scanners", "vuln", "--format", "json", p.dir)}})})
		}
	}
	return s
}

// tarballs gates given tarballs beside a lockfile. The peer is trivy for each part
// that it has, on the package unpacked beforehand.
func (m *measuring) tarballs(small, large project) section {
	s := section{title: "A whole gate of a given tarball", about: "Beside it trivy, run for the SBOM, for vulnerabilities and licences, " +
		"and for secrets in the package, unpacked beforehand; then `sha512sum`. trivy reads no tarball, compares nothing with it " +
		"and writes one report a run."}
	for _, r := range []struct {
		spec   string
		beside project
		goal   goal
	}{
		{"express@3.0.0", small, goal{wall: 15 * time.Millisecond}},
		{"typescript@5.9.3", large, goal{wall: 120 * time.Millisecond, memory: 64}},
		{"next@16.4.6", large, goal{wall: 750 * time.Millisecond, memory: 120}},
	} {
		file := filepath.Join(m.packages, r.spec+".tgz")
		s.rows = append(s.rows, row{name: r.spec + " + " + r.beside.name, ours: m.gate("-tarball", file, r.beside.published), goal: r.goal,
			peers: m.beside(map[string][]beside.Command{trivy: {
				m.trivy("--format", "cyclonedx", r.beside.dir), m.trivy("--scanners", "vuln,license", "--format", "json", r.beside.dir),
				m.trivy("--scanners", "secret", "--format", "json", m.unpacked(r.spec)), {Args: []string{"sha512sum", file}}}})})
	}
	return s
}

func (m *measuring) unpacked(spec string) string {
	return filepath.Join(m.work, "unpacked", spec, "package")
}

// unpack unpacks the packages for the peers.
func (m *measuring) unpack() error {
	for _, spec := range []string{"express@3.0.0", "typescript@5.9.3", "next@16.4.6"} {
		dir := filepath.Dir(m.unpacked(spec))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if out, err := exec.Command("tar", "-xzf", filepath.Join(m.packages, spec+".tgz"), "-C", dir).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", spec, err, out)
		}
	}
	return nil
}

func (m *measuring) packing() section {
	dir := m.unpacked("typescript@5.9.3")
	return section{"Packing", "`publishgate pack` writes the tarball, `npm pack --dry-run --ignore-scripts` makes it alone.", []row{{
		name: "typescript@5.9.3", ours: []beside.Command{m.ours("pack", "-o", filepath.Join(m.work, "packed.tgz"), dir)},
		goal: goal{ratio: 0.1, of: npm},
		peers: m.beside(map[string][]beside.Command{
			npm: {{Dir: dir, Args: []string{m.npm, "pack", "--dry-run", "--json", "--ignore-scripts"}}}}),
	}}}
}

func (m *measuring) growing() section {
	s := section{title: "Growth", about: "20,000 direct dependencies, each vulnerable: 20,000 findings, and a step of the fix plan for each."}
	if m.growth != "" {
		do := m.ours("gate", "-offline", "-sign", "none", "-advisories", "file:"+filepath.Join(m.growth, "adv"), "-out", m.out(),
			filepath.Join(m.growth, "w"))
		do.Codes = []int{1}
		s.rows = append(s.rows, row{name: "20,000 packages", ours: []beside.Command{do}, goal: goal{wall: 5 * time.Second, memory: 256}})
	}
	return s
}

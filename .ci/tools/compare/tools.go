package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

// versions tells what ran, as each program says it.
func (c *comparison) versions() [][2]string {
	var all [][2]string
	for _, v := range [][]string{
		{"publishgate", c.ours(), "version"}, {"trivy", filepath.Join(c.bin, "trivy"), "--version"},
		{"osv-scanner", filepath.Join(c.bin, "osv-scanner"), "--version"}, {"gitleaks", filepath.Join(c.bin, "gitleaks"), "version"},
		{"npm", c.manager("npm11", "npm"), "--version"}, {"pnpm", c.pnpm(), "--version"},
	} {
		out, _, err := c.measure(beside.Command{Args: v[1:]})
		line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		if err != nil {
			line = err.Error()
		}
		line = line[strings.LastIndex(line, " ")+1:]
		if v[0] == "publishgate" {
			line = c.commit
		}
		all = append(all, [2]string{v[0], line})
	}
	return all
}

// measure runs a command as often as the comparison says, and returns its last
// output and the median of what it cost, by the wall.
func (c *comparison) measure(do beside.Command) (out []byte, _ beside.Cost, err error) {
	var all []beside.Cost
	for range c.rounds {
		var took beside.Cost
		if out, took, err = beside.Run(c.bin, c.work, do); err != nil {
			return out, took, err
		}
		all = append(all, took)
	}
	return out, beside.Median(all), nil
}

func (c *comparison) manager(folder, tool string) string {
	return filepath.Join(c.managers, folder, "node_modules", ".bin", tool)
}

// pnpm is a program of its own since version 12.
func (c *comparison) pnpm() string {
	return filepath.Join(c.managers, "pnpm12", "node_modules", "@pnpm", "exe.linux-x64", "pnpm")
}

// project asks every tool about one project.
func (c *comparison) project(dir string) (*row, error) {
	r := &row{name: filepath.Base(dir), tools: map[string]*answer{}}
	skip, err := members(dir)
	if err != nil {
		return nil, err
	}
	for name, ask := range map[string]func(string, set, *answer) error{
		"publishgate": c.askOurs, "trivy": c.askTrivy, "osv-scanner": c.askOSV, "manager": c.askManager} {
		a := &answer{}
		if err := ask(dir, skip, a); err != nil {
			a.refused = strings.TrimSpace(err.Error())
		}
		r.tools[name] = a
	}
	return r, nil
}

// members returns the names of a project's own packages, which are no
// dependencies: each tool writes them otherwise. npm's lockfile names those whose
// package.json is not there.
func members(dir string) (set, error) {
	own := set{}
	var lock struct {
		Packages map[string]struct{ Name string }
	}
	if read(filepath.Join(dir, "package-lock.json"), &lock) == nil {
		for place, p := range lock.Packages {
			if !strings.Contains(place, "node_modules/") {
				own[cmp.Or(p.Name, filepath.Base(place))] = true
			}
		}
	}
	return own, filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "package.json" {
			return err
		}
		var m struct{ Name string }
		data, err := os.ReadFile(file)
		if err == nil && json.Unmarshal(data, &m) == nil && m.Name != "" {
			own[m.Name] = true
		}
		return err
	})
}

// askOurs: the SBOM of the whole lockfile; for the audit the root and each member
// are judged as packages, in a copy in which all of them may be published.
func (c *comparison) askOurs(dir string, skip set, a *answer) error {
	sbom := c.at("sbom.json")
	var err error
	if _, a.list, err = c.measure(beside.Command{Args: []string{c.ours(), "sbom", "-o", sbom, dir}}); err != nil {
		return err
	}
	if a.packages, a.edges, err = cycloneDX(sbom, skip); err != nil {
		return err
	}
	n := 0
	copied, workspace, err := c.edited(dir, func(m map[string]any) {
		n++
		for key, value := range map[string]any{"name": fmt.Sprintf("compared-%d", n), "version": "0.0.0"} {
			if m[key] == nil {
				m[key] = value
			}
		}
		delete(m, "private")
	})
	if err != nil {
		return err
	}
	a.findings = set{}
	for i, more := range [][]string{{}, {"-workspaces"}} {
		if i == 1 && !workspace {
			break
		}
		out := c.at("out")
		os.RemoveAll(out)
		args := append([]string{c.ours(), "-offline", "-advisories", "file:" + c.at("ours.cdb"), "-previous-version", "none",
			"-out", out}, more...)
		_, took, err := c.measure(beside.Command{Codes: []int{1, 3}, Args: append(args, copied)})
		if err != nil {
			return err
		}
		a.audit = a.audit.And(took)
		if err := verdicts(out, skip, a.findings, "vulnerable-dependency"); err != nil {
			return err
		}
	}
	return nil
}

// edited copies a project's manifests and lockfiles, each package.json changed, and
// tells whether it is a workspace.
func (c *comparison) edited(dir string, edit func(m map[string]any)) (copied string, workspace bool, err error) {
	copied = c.at("copy")
	os.RemoveAll(copied)
	err = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, file)
		to := filepath.Join(copied, rel)
		if err != nil || d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var m map[string]any
		if d.Name() == "package.json" && json.Unmarshal(data, &m) == nil {
			workspace = workspace || rel == "package.json" && m["workspaces"] != nil
			edit(m)
			if data, err = json.MarshalIndent(m, "", "  "); err != nil {
				return err
			}
		}
		workspace = workspace || rel == "pnpm-workspace.yaml"
		return os.WriteFile(to, data, 0o644)
	})
	return copied, workspace, err
}

func (c *comparison) askTrivy(dir string, skip set, a *answer) error {
	trivy := func(out string, more ...string) beside.Command {
		return beside.Command{Args: append(append([]string{filepath.Join(c.bin, "trivy"), "fs", "--quiet", "--offline-scan",
			"--skip-version-check", "--skip-db-update", "--cache-dir", c.at("trivy"), "--include-dev-deps", "-o", out}, more...), dir)}
	}
	var err error
	if _, a.list, err = c.measure(trivy(c.at("sbom.json"), "--format", "cyclonedx")); err != nil {
		return err
	}
	if a.packages, a.edges, err = cycloneDX(c.at("sbom.json"), skip); err != nil {
		return err
	}
	if _, a.audit, err = c.measure(trivy(c.at("trivy.json"), "--format", "json", "--scanners", "vuln")); err != nil {
		return err
	}
	var said struct {
		Results []struct {
			Vulnerabilities []struct{ VulnerabilityID, PkgName, InstalledVersion string }
		}
	}
	if err := read(c.at("trivy.json"), &said); err != nil {
		return err
	}
	a.findings = set{}
	for _, r := range said.Results {
		for _, v := range r.Vulnerabilities {
			a.findings.add(skip, v.PkgName, v.PkgName+"@"+v.InstalledVersion+" "+v.VulnerabilityID)
		}
	}
	return nil
}

// askOSV: one run says both. It has no edges.
func (c *comparison) askOSV(dir string, skip set, a *answer) error {
	out, took, err := c.measure(beside.Command{Codes: []int{1}, Args: []string{filepath.Join(c.bin, "osv-scanner"), "scan", "source",
		"--offline", "--local-db-path", c.at("osv"), "--format", "json", "--all-packages", dir}})
	if err != nil {
		return err
	}
	a.list, a.audit = took, took
	var said struct {
		Results []struct {
			Packages []struct {
				Package         struct{ Name, Version string }
				Vulnerabilities []struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return err
	}
	a.packages, a.findings = set{}, set{}
	for _, r := range said.Results {
		for _, p := range r.Packages {
			id := p.Package.Name + "@" + p.Package.Version
			a.packages.add(skip, p.Package.Name, id)
			for _, v := range p.Vulnerabilities {
				a.findings.add(skip, p.Package.Name, id+" "+v.ID)
			}
		}
	}
	return nil
}

// askManager asks the project's own manager, where that is npm or pnpm.
func (c *comparison) askManager(dir string, skip set, a *answer) error {
	if _, err := os.Stat(filepath.Join(dir, "pnpm-lock.yaml")); err == nil {
		return c.askPNPM(dir, skip, a)
	}
	lock := ""
	for _, name := range []string{"package-lock.json", "npm-shrinkwrap.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			lock = filepath.Join(dir, name)
		}
	}
	if lock == "" {
		return fmt.Errorf("neither npm's nor pnpm's")
	}
	npm := c.manager("npm11", "npm")
	out, took, refused := c.measure(beside.Command{Dir: dir, Args: []string{npm, "sbom", "--package-lock-only", "--sbom-format", "cyclonedx"}})
	if a.list = took; refused == nil {
		if err := os.WriteFile(c.at("npm.json"), out, 0o644); err != nil {
			return err
		}
		if a.packages, a.edges, refused = cycloneDX(c.at("npm.json"), skip); refused != nil {
			return refused
		}
	}
	out, took, err := c.measure(beside.Command{Dir: dir, Codes: []int{1},
		Args: []string{npm, "audit", "--json", "--package-lock-only", "--registry", c.registry}})
	if err != nil {
		return err
	}
	a.audit = took
	var said struct {
		Vulnerabilities map[string]struct {
			Nodes []string
			Via   []json.RawMessage
		}
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return err
	}
	a.findings = set{}
	versions, err := installed(lock)
	if err != nil {
		return err
	}
	var asked []candidate
	for name, v := range said.Vulnerabilities {
		for _, raw := range v.Via {
			var via struct{ Name, URL, Range string }
			if json.Unmarshal(raw, &via) != nil || via.URL == "" {
				continue
			}
			for _, node := range v.Nodes {
				at := versions[node]
				asked = append(asked, candidate{Name: name, Version: at, Range: via.Range,
					Key: via.Name + "@" + at + " " + via.URL[strings.LastIndex(via.URL, "/")+1:]})
			}
		}
	}
	fitting, err := c.fitting(asked)
	for _, one := range fitting {
		a.findings.add(skip, one.Name, one.Key)
	}
	if err != nil {
		return err
	}
	return refused
}

// A candidate is one installed version of a package and one range of an advisory:
// npm's report says only that some version of the package is in some range.
type candidate struct{ Name, Version, Range, Key string }

// fitting returns the candidates whose version is in the range, as npm's semver says.
func (c *comparison) fitting(all []candidate) (some []candidate, err error) {
	const program = `const semver = require(process.argv[1] + "/npm11/node_modules/npm/node_modules/semver")
		let text = ""
		process.stdin.on("data", d => text += d).on("end", () => console.log(JSON.stringify(JSON.parse(text).filter(
			c => semver.satisfies(c.Version, c.Range, {loose: true, includePrerelease: true})))))`
	text, err := json.Marshal(all)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	cmd := exec.Command("node", "-e", program, c.managers)
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	return some, json.Unmarshal(out, &some)
}

// askPNPM leaves out packageManager, by which pnpm would fetch another pnpm.
func (c *comparison) askPNPM(dir string, skip set, a *answer) error {
	copied, _, err := c.edited(dir, func(m map[string]any) { delete(m, "packageManager") })
	if err != nil {
		return err
	}
	home := c.at("home")
	out, took, err := c.measure(beside.Command{Dir: copied, Codes: []int{1}, Args: []string{c.pnpm(), "audit", "--json"},
		Env: []string{"HOME=" + home, "XDG_CACHE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_DATA_HOME=" + home,
			"PNPM_CONFIG_REGISTRY=" + c.registry, "npm_config_registry=" + c.registry}})
	if err != nil {
		return err
	}
	a.audit = took
	var said struct {
		Advisories map[string]struct {
			Module   string `json:"module_name"`
			GHSA     string `json:"github_advisory_id"`
			Findings []struct{ Version string }
		}
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return err
	}
	a.findings = set{}
	for _, v := range said.Advisories {
		for _, f := range v.Findings {
			a.findings.add(skip, v.Module, v.Module+"@"+f.Version+" "+v.GHSA)
		}
	}
	return nil
}

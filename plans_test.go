package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// A trial is what became of one project's plan.
type trial struct {
	project, manager string
	before, named    int      // advisories about copies; those that steps say they remove
	gone, left, new  []string // of the named ones; and what was not there before
	refused          string   // what the manager or the gate said in place of an answer
	unfit            bool     // the manager does not take the project without the plan either
	late             bool     // the manager has not ended in time: it has refused nothing
	audit            string   // what npm audit fix left and brought, or why it did not run
}

// commandTime bounds one run of a manager.
func commandTime() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("PUBLISHGATE_PLANS_WAIT")); err == nil {
		return d
	}
	return 12 * time.Minute
}

// TestPlansAreAccepted applies the fix plans of real projects with the real
// managers and judges again. It is opt-in, see .ci/plans.
func TestPlansAreAccepted(t *testing.T) {
	gate, data, managers := os.Getenv("PUBLISHGATE_PLANS"), os.Getenv("PUBLISHGATE_DATA"), os.Getenv("PUBLISHGATE_MANAGERS")
	if gate == "" || data == "" || managers == "" {
		t.Skip("PUBLISHGATE_PLANS is not set: no plan is applied, see .ci/plans")
	}
	only := strings.Fields(os.Getenv("PUBLISHGATE_PLANS_ONLY"))
	projects, err := filepath.Glob(filepath.Join(data, "*", "*", "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	registry := newAuditRegistry(t)
	var trials []*trial
	for _, manifest := range projects {
		dir := filepath.Dir(manifest)
		kind := filepath.Base(filepath.Dir(dir))
		if kind != "projects" && kind != "audit-oracle" || len(only) > 0 && !slices.Contains(only, filepath.Base(dir)) {
			continue
		}
		tr := &trial{project: filepath.Base(dir)}
		trials = append(trials, tr)
		start := time.Now()
		tr.run(t, dir, planner{gate: gate, managers: managers, registry: registry})
		t.Logf("%s: %s (%s)", tr.project, tr.line(), time.Since(start).Round(time.Second))
		if !tr.unfit && !tr.late && !tr.keeps() {
			t.Errorf("%s: the plan does not keep what it promises", tr.project)
		}
	}
	if len(trials) == 0 {
		t.Fatal("no project found")
	}
	table(t, trials)
}

// run tries one project.
func (tr *trial) run(t *testing.T, dir string, p planner) {
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(work, ".yarnrc.yml")) // it names plugins that are not in the archive
	if err := publishable(filepath.Join(work, "package.json")); err != nil {
		t.Fatal(err)
	}
	first, err := p.judge(work)
	if err != nil {
		tr.refused = "the gate: " + err.Error()
		return
	}
	tr.manager, tr.before = managerOf(work), len(first.advisories())
	promised, told := first.promises()
	tr.named = len(promised)
	if err := p.apply(work, tr.manager, first); err != nil {
		tr.refused, tr.late = err.Error(), errors.Is(err, context.DeadlineExceeded)
		if !tr.late {
			tr.untouched(t, dir, p)
		}
		return
	}
	second, err := p.judge(work)
	if err != nil {
		tr.refused = "the gate, afterwards: " + err.Error()
		return
	}
	had, has := first.advisories(), second.advisories()
	for key := range promised {
		if has[key] || second.serves(key, told) {
			tr.left = append(tr.left, key)
		} else {
			tr.gone = append(tr.gone, key)
		}
	}
	tr.new = fresh(had, has)
	slices.Sort(tr.left)
	if keep := os.Getenv("PUBLISHGATE_PLANS_KEEP"); keep != "" {
		t.Log(os.CopyFS(filepath.Join(keep, tr.project), os.DirFS(work)))
	}
	if tr.manager == "npm" && len(promised) > 0 && os.Getenv("PUBLISHGATE_PLANS_AUDIT") != "no" {
		tr.audit = p.auditFix(t, dir, had)
	}
}

// untouched says of a refusal where the manager does not take the project as it is
// either: what it asks for may be gone from the registry. One that has not ended in
// time has refused nothing.
func (tr *trial) untouched(t *testing.T, dir string, p planner) {
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(work, ".yarnrc.yml"))
	m := p.tool(work, tr.manager)
	words := strings.Fields(m.lock)[1:]
	install := func() bool {
		said, err := p.command(work, m.program, append(words, m.flags(words)...)...)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			tr.unfit, tr.refused = true, "without the plan too: "+worst(said)
		}
		return !tr.unfit
	}
	if install() && tr.manager == "pnpm" { // a changed override makes it resolve everything anew
		_ = os.Remove(filepath.Join(work, "pnpm-lock.yaml"))
		install()
	}
}

// publishable makes a package of a private root: only those are judged.
func publishable(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var has struct{ Name, Version string }
	if err := json.Unmarshal(text, &has); err != nil {
		return err
	}
	more := ""
	if has.Name == "" {
		more += `"name": "plans-root", `
	}
	if has.Version == "" {
		more += `"version": "0.0.0", `
	}
	changed := regexp.MustCompile(`"private"\s*:\s*true`).ReplaceAll(text, []byte(`"private": false`))
	return os.WriteFile(path, bytes.Replace(changed, []byte("{"), []byte("{"+more), 1), 0o644)
}

// keeps reports whether all went as the plan says.
func (tr *trial) keeps() bool { return tr.refused == "" && len(tr.left)+len(tr.new) == 0 }

// bare is a key of an advisory about a copy without the copy's version.
func bare(key string) string {
	id, advisory, _ := strings.Cut(key, " ")
	if at := strings.LastIndexByte(id, '@'); at > 0 {
		id = id[:at]
	}
	return id + " " + advisory
}

// fresh are advisories about a package that none of that id was about before.
func fresh(had, has map[string]bool) []string {
	about := map[string]bool{}
	for key := range had {
		about[bare(key)] = true
	}
	var list []string
	for key := range has {
		if !about[bare(key)] {
			list = append(list, key)
		}
	}
	slices.Sort(list)
	return list
}

func (tr *trial) line() string {
	if tr.refused != "" {
		return "REFUSED: " + tr.refused
	}
	text := fmt.Sprintf("%d advisories, %d named, %d gone, left %q, new %q", tr.before, tr.named, len(tr.gone), tr.left, tr.new)
	if tr.audit != "" {
		text += "; npm audit fix: " + tr.audit
	}
	return text
}

// table prints how the trials went, and writes it where somebody wants it.
func table(t *testing.T, trials []*trial) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "project\tmanager\tbefore\tnamed\tgone\tleft\tnew\trefused\tnpm audit fix")
	whole, fit, named, gone := 0, 0, 0, 0
	for _, tr := range trials {
		measured := !tr.unfit && !tr.late
		if measured {
			fit++
		}
		refused, _, _ := strings.Cut(tr.refused, "\n")
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%.60s\t%s\n", tr.project, tr.manager, tr.before, tr.named, len(tr.gone),
			len(tr.left), len(tr.new), refused, tr.audit)
		if !measured {
			continue
		}
		named, gone = named+tr.named, gone+len(tr.gone)
		if tr.keeps() {
			whole++
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%d of %d plans are accepted, remove what they say and bring nothing new; %d of %d advisories that "+
		"they name are gone\n", whole, fit, gone, named)
	t.Log("\n" + b.String())
	if path := os.Getenv("PUBLISHGATE_PLANS_TABLE"); path != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A planner runs the gate and the managers.
type planner struct {
	gate, managers string
	registry       *auditRegistry
}

// judge runs the gate on a folder, with the advisories of the snapshot, which are
// the archive's, and the public registry's releases.
func (p planner) judge(dir string) (*judged, error) {
	out, err := os.MkdirTemp(filepath.Dir(dir), "evidence")
	if err != nil {
		return nil, err
	}
	said, ran := p.command(dir, p.gate, "-advisories", "snapshot", "-previous-version", "none", "-out", out, ".")
	data, err := os.ReadFile(filepath.Join(out, "verdict.json"))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", cmp.Or(ran, err), said)
	}
	var v judged
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	if v.Problem != "" {
		return nil, errors.New(v.Problem)
	}
	return &v, nil
}

// command runs a program in a folder, with nothing to answer its questions.
func (p planner) command(dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime())
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second
	cmd.Env = append(os.Environ(), "CI=", "COREPACK_ENABLE_STRICT=0", "YARN_ENABLE_IMMUTABLE_INSTALLS=0",
		"YARN_IGNORE_PATH=1", "YARN_ENABLE_TELEMETRY=0",
		"YARN_ENABLE_SCRIPTS=0", "npm_config_omit_lockfile_registry_resolved=false",
		"npm_config_manage_package_manager_versions=false", "npm_config_fund=false")
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return string(out), err
}

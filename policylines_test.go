package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/publishgate/publishgate/internal/testserver/race"
	"github.com/publishgate/publishgate/internal/testserver/script"
	"github.com/publishgate/publishgate/internal/written"
)

// A mutation breaks lines of a written policy in a package that keeps it all, and
// names the rule that must say so. They stand in testdata/policylines/OWNER.txtar,
// each under a name such as "forbidden-file block: L53 L128": the rule, what it
// does (a block is exit 1, a warning exit 0), the lines of the prose.
//
// Above the first blank line stand the commands of a script that change the
// package, which is then committed; below it, those that run the gate, without
// any: gate. These are more than scripts have:
//
//	package NAME         the package has another name
//	gate [FLAGS]         the gate runs, with what the mutation must make of it
//	actions              the run is one of GitHub Actions, on main, and GitHub knows what github.json says
//	publish [FLAGS]      in such a run the gate stages the package at npm, with the token of token.json
//	write FILE TEXT      a file has this text and nothing else
//	depend NAME VERSION [KEY=VALUE]…   the package depends on it; the keys are those of the lockfile, and
//	                     in=devDependencies, range=RANGE
//	unwatched TOPIC      the monitor has not looked at it for years
//	leaves KIND STEP     a step of an incident of years ago is left, look: not everything was seen
//	also KEY…            these keys ask for the same; see TestPolicyLinesByTheirKeys
//
// Three words stand for no rule: "base" is a package of another form that keeps
// the policy, "staged" one that goes out, and "evidence" says what must be by its
// commands.
type mutation struct {
	owner, rule, state string
	lines              []int
	body               string
	without            []string // keys that are taken out of the policy file before, so that nothing is found
}

// offline are the flags of a run that asks nobody; before it there is no release.
const offline = "-offline -advisories file:adv -previous-version none"

// onActions and onStage are what the commands actions and publish do first.
const (
	onActions = `env GITHUB_ACTIONS=true
env GITHUB_EVENT_NAME=push
env GITHUB_EVENT_PATH=$WORK/event.json
env GITHUB_REPOSITORY=bizai/widget
env GITHUB_REF=refs/heads/main
env GITHUB_REF_PROTECTED=true
env GITHUB_RUN_ID=4711
env GITHUB_JOB=gate
env GITHUB_API_URL=$GITHUB
env GITHUB_TOKEN=github-token-of-the-test
env GITHUB_SHA=$COMMIT
replace github.json TODAY $TODAY
github knows github.json $COMMIT
`
	onStage = `code 0 publishgate pack -o p.tgz w
env NODE_AUTH_TOKEN=token-of-the-test
dates token.json
registry have left.json
registry signs
registry sign left 1.0.0
registry lists-tokens
registry grants token-of-the-test stage-only token.json
`
)

// TestPolicyLines breaks every line of both owners' policies that a machine
// enforces, runs the gate, and expects the rule and the exit code. A line without
// a mutation fails, and so does a mutation of a line that nothing enforces.
func TestPolicyLines(t *testing.T) {
	race.Leave(t, "TestScript")
	for _, o := range owners {
		t.Run(o.name, func(t *testing.T) {
			rows := coverageOf(t, o.name)
			all := mutations(t, o.name)
			broken := map[int]bool{}
			for _, m := range all {
				for _, line := range m.lines {
					broken[line] = true
					if r, ok := rows[line]; !ok || r.Class != written.Enforced {
						t.Errorf("%s breaks line %d, which no machine enforces", m.name(), line)
					}
				}
			}
			for line, r := range rows {
				if r.Class == written.Enforced && !broken[line] {
					t.Errorf("line %d, %q, is enforced by %s, and no mutation breaks it", line, r.Text, strings.Join(r.Targets, ", "))
				}
			}
			all = append(all, attestedMutations(t, o.name, rows)...)
			if testing.Short() {
				all = slices.DeleteFunc(all, func(m mutation) bool { return len(m.lines) > 0 && m.lines[0]%4 != 0 })
			}
			runMutations(t, o.name, all)
		})
	}
}

// name is what the test of a mutation is called.
func (m *mutation) name() string {
	name := m.rule
	for _, line := range m.lines {
		name += "-L" + strconv.Itoa(line)
	}
	return name
}

var mutationName = regexp.MustCompile(`^(base|staged|evidence|([a-z-]+) (block|warn)):?((?: L\d+)*)$`)

// mutations reads those of an owner.
func mutations(t *testing.T, owner string) (all []mutation) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata/policylines", owner+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		parts := mutationName.FindStringSubmatch(f.Name)
		if parts == nil {
			t.Fatalf("%s.txtar: %q is not RULE block|warn: LINES", owner, f.Name)
		}
		m := mutation{owner: owner, rule: parts[2], state: parts[3], body: string(f.Data)}
		for _, line := range strings.Fields(parts[4]) {
			n, err := strconv.Atoi(strings.TrimPrefix(line, "L"))
			if err != nil {
				t.Fatal(err)
			}
			m.lines = append(m.lines, n)
		}
		if m.rule == "" {
			m.rule = parts[1]
		}
		if len(m.lines) == 0 && parts[1] != "base" && parts[1] != "staged" {
			t.Fatalf("%s.txtar: %q breaks no line", owner, f.Name)
		}
		all = append(all, m)
	}
	return all
}

// script returns what a mutation does as a script of testdata/script.
func (m *mutation) script() string {
	edits, run, _ := strings.Cut("\n"+m.body, "\n\n")
	if strings.TrimSpace(run) == "" {
		run = "gate\n"
	}
	var b strings.Builder
	name, also, quiet := "@bizai/widget", "", ""
	for line := range strings.Lines(edits) {
		if other, ok := strings.CutPrefix(strings.TrimSpace(line), "package "); ok {
			fmt.Fprintf(&b, "replace w/package.json %s %s\nreplace w/package-lock.json %s %s\n", name, other, name, other)
			continue
		}
		if more, ok := strings.CutPrefix(strings.TrimSpace(line), "also "); ok {
			also = " " + more
			continue
		}
		b.WriteString(line)
	}
	if len(m.without) > 0 {
		fmt.Fprintf(&b, "\nunset w/.publishgate.yml %s%s", strings.Join(m.without, " "), also)
	}
	b.WriteString("\ncommit w\n")
	runs, not := "code "+map[string]string{"block": "1", "warn": "0", "": "0"}[m.state], ""
	if len(m.without) > 0 {
		runs, not = "ran", "! "
	}
	for line := range strings.Lines(run) {
		verb, flags, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "gate":
			if flags == "" {
				flags = offline
			}
			fmt.Fprintf(&b, "%s publishgate %s%s w\n", runs, quiet, flags)
		case "publish":
			if !strings.Contains(flags, "-publish ") {
				flags += " -publish stage"
			}
			fmt.Fprintf(&b, onActions+onStage+"%s publishgate -advisories file:adv -tarball p.tgz -registry $REGISTRY -upload-sarif never %s w\n",
				runs, flags)
		case "actions":
			b.WriteString(onActions)
			quiet = "-upload-sarif never "
		case "grep", "exists", "finds":
			if not != "" {
				continue
			}
			fallthrough
		default:
			b.WriteString(line)
		}
	}
	switch {
	case m.state != "":
		fmt.Fprintf(&b, "%sfinds publishgate-out/verdict.json %s %s\n", not, m.rule, m.state)
	case m.rule == "base":
		b.WriteString("passes publishgate-out/verdict.json\n")
	}
	return b.String()
}

// runMutations runs them as scripts, each upon the base package of its owner.
func runMutations(t *testing.T, owner string, all []mutation) {
	t.Helper()
	base, err := txtar.ParseFile(filepath.Join("testdata/policylines", owner+"-base.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for stored, name := range ownersFiles {
		data, err := os.ReadFile(filepath.Join("internal/starter/policies", owner, stored))
		if err != nil {
			t.Fatal(err)
		}
		if name == ".publishgate.yml" {
			data = []byte(upToDate(string(data)))
		}
		base.Files = append(base.Files, txtar.File{Name: "w/" + name, Data: data})
	}
	base.Files = append(base.Files, looksState(t, all), txtar.File{Name: "w/incidents/README.md", Data: []byte("One folder for each.\n")})
	dir := t.TempDir()
	var files []string
	for i := range all {
		base.Comment = []byte(all[i].script())
		file := filepath.Join(dir, fmt.Sprintf("%03d-%s.txtar", i, all[i].name()))
		if err := os.WriteFile(file, txtar.Format(base), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	commands := script.Commands()
	for name, run := range map[string]func(*testscript.TestScript, bool, []string){"write": write, "depend": depend, "passes": passes,
		"overdue": overdue, "unset": unset, "ran": ran, "dates": dates, "unwatched": unwatched,
		"leaves": leaves} {
		commands[name] = run
	}
	testscript.Run(t, testscript.Params{Files: files, RequireExplicitExec: true, Cmds: commands, Setup: func(env *testscript.Env) error {
		for _, name := range []string{"GITHUB_ACTIONS", "NODE_AUTH_TOKEN", "NPM_TOKEN", "GITHUB_TOKEN"} {
			env.Setenv(name, "")
		}
		return script.Start(env)
	}})
}

// write FILE TEXT writes a file, with what is above it.
func write(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: write FILE TEXT")
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[1], `"`, `\"`) + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(file, []byte(text+"\n"), 0o644))
}

// depend NAME VERSION [KEY=VALUE]… adds a dependency to package.json and
// package-lock.json.
func depend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: depend NAME VERSION [KEY=VALUE]…")
	}
	name, version := args[0], args[1]
	in, wanted := "dependencies", "^"+version
	entry := map[string]any{"version": version, "license": "MIT",
		"resolved":  "https://registry.npmjs.org/" + name + "/-/" + name + "-" + version + ".tgz",
		"integrity": "sha512-" + strings.Repeat("A", 86) + "=="}
	for _, arg := range args[2:] {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "in":
			in = value
		case "range":
			wanted = value
		default:
			entry[key] = value
		}
	}
	if in == "devDependencies" {
		entry["dev"] = true
	}
	edit := func(file string, change func(doc map[string]any)) {
		var doc map[string]any
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &doc))
		change(doc)
		data, err := json.MarshalIndent(doc, "", "  ")
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(file), append(data, '\n'), 0o644))
	}
	ask := func(doc map[string]any) {
		if doc[in] == nil {
			doc[in] = map[string]any{}
		}
		doc[in].(map[string]any)[name] = wanted
	}
	edit("w/package.json", ask)
	edit("w/package-lock.json", func(doc map[string]any) {
		packages := doc["packages"].(map[string]any)
		ask(packages[""].(map[string]any))
		packages["node_modules/"+name] = entry
	})
}

// passes FILE demands that nothing in a verdict blocks.
func passes(ts *testscript.TestScript, neg bool, args []string) {
	var verdict struct {
		Findings []struct{ Rule, State, Message string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &verdict))
	for _, f := range verdict.Findings {
		if f.State != "waived" {
			ts.Fatalf("the package that keeps the policy has %s (%s): %s", f.Rule, f.State, f.Message)
		}
	}
}

// dates FILE writes days in place of AGO and SOON.
func dates(ts *testscript.TestScript, neg bool, args []string) {
	text := strings.NewReplacer("AGO", ts.Getenv("AGO"), "SOON", ts.Getenv("SOON")).Replace(ts.ReadFile(args[0]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

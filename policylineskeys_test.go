package main

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/testserver/race"
	"github.com/publishgate/publishgate/internal/written"
)

// allowing are mutations of lines that allow something: it is found because they
// take the key away, and not before.
var allowing = []string{"publish-access-L65", "forbidden-file-L123"}

// TestPolicyLinesByTheirKeys breaks the lines again, with the policy file without
// the keys that answer the line: then nobody must find it. Else the line file
// names a key that does not do what the line asks. Left out are keys that ask
// for the same where nobody sets them, and what a rule answers that needs no key.
func TestPolicyLinesByTheirKeys(t *testing.T) {
	race.Leave(t, "TestScript")
	if testing.Short() {
		return
	}
	bare, err := policy.Parse([]byte("version: 1\n"), "bare")
	if err != nil {
		t.Fatal(err)
	}
	builtIn := func(key string) bool {
		_, wrong := bare.Standing(key)
		return wrong == ""
	}
	for _, o := range owners {
		t.Run(o.name, func(t *testing.T) {
			rows := coverageOf(t, o.name)
			var all []mutation
			seen := map[string]bool{}
			for _, m := range mutations(t, o.name) {
				for _, line := range m.lines {
					keys, byRule := keysOf(rows[line])
					one := m
					one.lines, one.without = []int{line}, keys
					id := m.body + strings.Join(keys, " ")
					if m.state == "" || slices.Contains(byRule, m.rule) || len(keys) == 0 || slices.ContainsFunc(keys, builtIn) ||
						seen[id] || slices.Contains(allowing, one.name()) {
						continue
					}
					seen[id] = true
					all = append(all, one)
				}
			}
			if len(all) < 20 {
				t.Errorf("%d mutations, that cannot be all", len(all))
			}
			runMutations(t, o.name, all)
		})
	}
}

// keysOf returns the keys, and the rules, that answer a line.
func keysOf(r *written.Row) (keys, rules []string) {
	for _, target := range r.Targets {
		if rule, ok := strings.CutPrefix(target, "rule:"); ok {
			rules = append(rules, rule)
		} else if kind, _, ok := strings.Cut(target, ":"); !ok || strings.Contains(kind, ".") {
			keys = append(keys, target)
		}
	}
	return keys, rules
}

// unset FILE KEY… takes keys out of a policy file.
func unset(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: unset FILE KEY…")
	}
	var doc yaml.Node
	ts.Check(yaml.Unmarshal([]byte(ts.ReadFile(args[0])), &doc))
	for _, key := range args[1:] {
		if !takeOut(doc.Content[0], key) {
			ts.Fatalf("%s does not set %s", args[0], key)
		}
	}
	data, err := yaml.Marshal(&doc)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// takeOut takes a key out of a node; a name in it may hold dots.
func takeOut(n *yaml.Node, key string) (done bool) {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if name == key {
			n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
			return true
		}
		if rest, ok := strings.CutPrefix(key, name+"."); ok && takeOut(n.Content[i+1], rest) {
			return true
		}
	}
	return false
}

// ran RUNS publishgate, whatever the package is judged to be; wrong use fails.
func ran(ts *testscript.TestScript, neg bool, args []string) {
	var exit *exec.ExitError
	if err := ts.Exec(args[0], args[1:]...); errors.As(err, &exit) && exit.ExitCode() == 2 {
		ts.Fatalf("wrong use")
	}
}

package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// leaves KIND STEP commits the record of an incident of the spring of 2020, in which
// each step is done but that one; look is a look that did not see everything.
func leaves(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: leaves KIND STEP")
	}
	began := time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC)
	number, err := npm.ParseVersion("1.0.0")
	ts.Check(err)
	bad := registry.Publication{Version: "1.0.0", Number: number, Published: began, By: "eve"}
	history := &registry.History{Name: "@bizai/widget", Releases: []registry.Publication{bad}, Maintainers: []string{"eve"},
		Tags: map[string]string{}, Times: map[string]time.Time{"1.0.0": began}}
	r := incident.Assess(incident.Ask{Kind: incident.Kind(args[0]), Package: history.Name, Range: "1.0.0", Registry: npm.PublicRegistry,
		Started: began}, incident.Look{At: began.Add(time.Hour), History: history,
		Found: map[string][]incident.Place{"1.0.0": {{Path: "dist/.env", How: "its path"}}}}, nil)
	left := args[1] == "look"
	if left {
		r.Result, r.Missed = incident.Unseen, []string{"The tarball of 1.0.0 was not searched."}
	}
	for i := range r.Steps {
		if s := &r.Steps[i]; s.ID == args[1] {
			left = true
		} else {
			s.State, s.Done, s.Proof = incident.Done, r.Looked, "somebody said so"
		}
	}
	if !left {
		ts.Fatalf("%s has no step %s", args[0], args[1])
	}
	data, err := r.Encode()
	ts.Check(err)
	file := ts.MkAbs("w/incidents/2020-03/" + incident.File)
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, data, 0o644))
}

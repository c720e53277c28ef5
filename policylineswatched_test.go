package main

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/publishgate/publishgate/internal/monitor"
)

// renamed is the name that a mutation gives the package.
var renamed = regexp.MustCompile(`(?m)^package (\S+)$`)

// looksState is the state of a monitor that looked an hour ago at each topic, of every
// package that a mutation makes of the base package.
func looksState(t *testing.T, all []mutation) txtar.File {
	t.Helper()
	at := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	state := &monitor.State{Since: at, Packages: map[string]*monitor.Package{}}
	know := func(name string) {
		looks := map[monitor.Topic]time.Time{}
		for _, topic := range monitor.Topics {
			looks[topic] = at
		}
		state.Packages[name] = &monitor.Package{Looks: looks}
	}
	know("@bizai/widget")
	know("integration-gateway")
	for _, m := range all {
		for _, found := range renamed.FindAllStringSubmatch(m.body, -1) {
			know(found[1])
		}
	}
	data, err := state.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return txtar.File{Name: "w/monitor.json", Data: data}
}

// unwatched TOPIC says in the state of the monitor that a topic was last looked at
// in the spring of 2020.
func unwatched(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unwatched TOPIC")
	}
	state, err := monitor.Read([]byte(ts.ReadFile("w/monitor.json")))
	ts.Check(err)
	for name, p := range state.Packages {
		if p.Looks[monitor.Topic(args[0])].IsZero() {
			ts.Fatalf("the state does not say when %s of %s were looked at", args[0], name)
		}
		p.Looks[monitor.Topic(args[0])] = time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC)
	}
	data, err := state.Bytes()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("w/monitor.json"), data, 0o644))
}

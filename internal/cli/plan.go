package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/workspace"
)

// planOptions are the flags of plan. Those that gate has too mean the same.
func planOptions() []option {
	return append([]option{
		{name: "due", def: "false", does: "only what is still to be released: new or changed, and not staged"},
		{name: "shards", arg: "N", does: "put the packages into at most N jobs of about the same weight; without it each has a job of its " +
			"own, and more than 256 packages have shards by themselves"},
		{name: "tarball", arg: "DIR", does: "a folder with the tarball of each package, made by an earlier job: what is compared with the " +
			"registry and weighed; without it each folder is packed as `npm pack --ignore-scripts` would"},
		{name: "o", arg: "FILE", does: "where the plan goes, which must not exist; without it standard output"},
		{name: "offline", def: "false", does: "ask no registry: the state of what is not private is unknown"},
		{name: "format", arg: "F", def: "json", does: "json (one line, for strategy.matrix), text or markdown"},
		policyOption,
	}, named("registry", "scope-registries", "npmrc", "allow-private-registry", "https-proxy", "ca-file", "deadline")...)
}

// runPlan prints what there is to release in a workspace. It judges nothing, and
// sends nothing but questions.
func runPlan(ctx context.Context, p Process) error {
	v, dirs, mistakes := parseArgs(p.Args, planOptions())
	s := &settings{values: v, known: planOptions(), mistakes: mistakes}
	format, file, limit := s.word("format", "json", "text", "markdown"), s.text("o"), s.span("deadline")
	o := s.plan(p, dirs)
	say := newVoice(p)
	say.begin(p, format)
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the deadline of %s has passed", limit))
	defer cancel()
	if !o.Offline {
		o.Observe = say.log(p).Sent
		transport, err := gate.NewTransport(o.Net)
		if err != nil {
			return err
		}
		defer transport.CloseIdleConnections()
		o.Transport = transport
	}
	plan, err := gate.PlanWorkspace(ctx, o)
	if err != nil {
		return err
	}
	p.warnOf(plan)
	doc, err := p.written(plan, format, file == "")
	if err != nil {
		return err
	}
	return p.deliver(doc, file)
}

// plan reads what is to be planned.
func (s *settings) plan(p Process, dirs []string) gate.WorkspacePlan {
	o := gate.WorkspacePlan{
		Where: gate.Where{Dir: s.folder(dirs), Tarball: s.text("tarball")},
		Net: gate.Net{Offline: s.truth("offline"), NPMRC: s.text("npmrc"), Proxy: s.address("https-proxy"), CAFile: s.text("ca-file"),
			Token: s.registryToken(p), RegistryTokens: registryTokens(p.Env), Version: Version(), Now: p.Now, Resolver: p.Resolver,
			Scopes: s.scopeRegistries(), Registry: cmp.Or(s.address("registry"), npm.PublicRegistry),
			AllowPrivate: s.truth("allow-private-registry")},
		Due: s.truth("due"),
	}
	s.policies(&o.Where)
	if text := s.text("shards"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > workspace.MaxJobs {
			s.mistake("-shards %q is no number from 1 to %d, which is the most jobs of a matrix", text, workspace.MaxJobs)
		}
		o.Shards = n
	}
	if o.Due && o.Offline {
		s.mistake("-due needs the registry, which knows what is released: leave out -offline")
	}
	return o
}

// written returns the plan in a format. limited says that it is to fit into the
// output of a job.
func (p Process) written(plan *workspace.Plan, format string, limited bool) ([]byte, error) {
	switch format {
	case "text":
		return planText(plan), nil
	case "markdown":
		return planMarkdown(plan), nil
	}
	doc, brief, err := plan.Matrix(limited)
	switch {
	case err != nil:
		return nil, err
	case limited && len(doc) > workspace.MaxOutput:
		return nil, errors.New("the plan is longer than a job's output may be (1 MiB of UTF-16): say -due for what is to be released alone, or " +
			"-o FILE, and hand the file on as an artifact")
	case brief:
		newPrinter(p.Stderr).Printf("the plan is longer than a job's output may be: it has names and folders only; -o FILE has all of it")
	}
	return append(doc, '\n'), nil
}

// warnOf tells what a plan has besides packages, whatever the format.
func (p Process) warnOf(plan *workspace.Plan) {
	say := newPrinter(p.Stderr)
	for _, note := range plan.Notes {
		say.Printf("%s", note)
	}
	for _, cycle := range plan.Cycles {
		say.Printf("warning: %s", round(cycle))
	}
	for _, e := range plan.All {
		for _, w := range e.With {
			say.Printf("warning: %s", together(e, w))
		}
	}
}

package gate

import (
	"context"
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/sarif"
	"github.com/publishgate/publishgate/internal/vex"
)

// A judgement is the verdict of the policy on everything that was read. Its zero
// value is no verdict.
type judgement struct {
	policy.Verdict
	heard []report.VEX // how many statements of the VEX documents match a finding
}

// judgeWithin is judge, but stops when ctx ends. A judgement that was cut short
// is no verdict. If judge did not stop, it may still use in, so the input that is
// returned shares nothing with it.
func judgeWithin(ctx context.Context, l *Log, in *input) (*input, judgement, error) {
	defer l.waitFor("the verdict")()
	var j judgement
	var err error
	if !within(ctx, func() { j, err = judge(in) }) {
		return begun(in.now, in.subject.Manifest), judgement{}, errUnfinished
	}
	if err == nil && ctx.Err() != nil {
		return in, judgement{}, errUnfinished
	}
	return in, j, err
}

// judge computes the verdict from in alone. It returns an error if the verdict
// depends on the time and the time is uncertain.
func judge(in *input) (judgement, error) {
	s := in.subject
	findings := check.Run(s)
	if err := in.timely(findings); err != nil {
		return judgement{}, err
	}
	said := vex.Weigh(in.vex, vex.Subject{PURL: in.purl(), Graph: s.Graph, Now: in.now, Max: s.Policy.VEXMax}, findings)
	var heard []report.VEX
	for i, d := range in.vex {
		heard = append(heard, report.VEX{File: d.File, Format: d.Format, Author: d.Author, Statements: len(d.Statements),
			Matched: said.Matched[i]})
	}
	at := policy.Context{Now: in.now, Version: s.Manifest.Version, Previous: in.previous, Vouched: said.Vouched}
	return judgement{policy.Decide(s.Policy, append(findings, said.Findings...), at), heard}, nil
}

// timely returns an error if the verdict on these findings depends on the time
// and the clocks disagree.
func (in *input) timely(findings []finding.Finding) error {
	if decides := in.timed(findings); decides != "" && in.clock != nil {
		return in.clock.disagree(decides)
	}
	return nil
}

// timed returns what depends on the time in this run, in words. It returns "" if
// nothing does.
func (in *input) timed(findings []finding.Finding) string {
	p := in.subject.Policy
	told := func(f finding.Finding) bool { return len(f.IDs) > 0 || f.Published != "" }
	switch {
	case len(p.SLA) > 0 && slices.ContainsFunc(findings, told):
		return "the sla"
	case p.Dependencies.MinReleaseAge > 0:
		return "the age of the dependencies"
	case len(p.Exceptions) > 0:
		return "the end of an exception"
	case in.subject.Source != nil && len(p.Source.Scans) > 0:
		return "the age of a scan"
	case len(in.vex) > 0:
		return "the age of a VEX document"
	}
	if p.Dependencies.DowngradeWithin > 0 && len(in.subject.Publishers) > 0 {
		return "the age of a dependency"
	}
	if p.Dependencies.SinceRelease.Within > 0 && len(in.subject.Arrivals) > 0 {
		return "the age of a dependency"
	}
	for _, s := range in.statuses {
		if s.StandIn {
			return "the age of " + s.Name
		}
	}
	return ""
}

// blocked returns the error of a verdict that blocks. If the registry holds other
// bytes under this version, the error says so, whatever else was found.
func (in *input) blocked() error {
	if m := in.registry.Mismatch; m != nil {
		return because(report.Mismatch, fmt.Errorf("%w: %w", ErrBlocked, m))
	}
	return ErrBlocked
}

// Rules returns the documentation of every rule. Those of what is found after the
// release come last.
func Rules() []finding.Rule {
	return slices.Concat(check.Rules(), policy.Rules, vex.Rules, sarif.Rules, monitor.Rules)
}

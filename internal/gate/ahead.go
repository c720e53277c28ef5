package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
)

// Ahead does what comes before a package is signed and published: it looks how it
// would be published, asks the registry, and writes the plan to w. It judges
// nothing else, signs nothing and sends no document. The error is nil only if
// nothing stands against publishing; otherwise it is a *Failure.
func Ahead(ctx context.Context, c Config, w io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Deadline, fmt.Errorf("the deadline of %s has passed", c.Deadline))
	defer cancel()
	err := explain(ctx, ahead(ctx, c, w))
	if err == nil {
		return nil
	}
	return &Failure{Reason: reasonOf(err), Kept: true, err: err}
}

func ahead(ctx context.Context, c Config, w io.Writer) error {
	defer c.Log.end()
	c.Log.enter("look")
	c.Credentialed = true
	disconnect, err := c.connect(c.Runner)
	if err != nil {
		return err
	}
	defer disconnect()
	if err := c.CheckSigner(c.Net); err != nil {
		return err
	}
	look := c.ahead
	if c.Workspaces || len(c.Workspace) > 0 {
		look = c.aheadMembers
	}
	lines, err := look(ctx)
	c.Log.end()
	if len(lines) > 0 {
		if _, err := io.WriteString(w, strings.Join(lines, "\n")+"\n"); err != nil {
			return fmt.Errorf("write to standard output: %w", err)
		}
	}
	return err
}

// ahead looks how one package would be published. It returns the plan in lines.
func (c Config) ahead(ctx context.Context) ([]string, error) {
	p, m, err := findPackage(c.Where, c.part)
	if err != nil {
		p.close()
		return nil, err
	}
	in, err := readPackage(ctx, &c, p, m)
	defer in.close()
	if err != nil {
		return nil, errors.Join(in.grant.err, err)
	}
	in = in.with(lookAhead(ctx, c.Acting, in.net, c.Log, in))
	verdict := policy.Decide(in.policy, check.Publishing(in.subject), policy.Context{Now: in.now, Version: m.Version})
	switch {
	case verdict.Result == policy.Block:
		err = ErrBlocked
	case !verdict.Passed():
		err = errors.New("no verdict was reached")
	case in.refused:
		err = errors.New("refused: " + display.Text(in.mayNot))
	}
	return append(in.ahead(c), objections(verdict)...), errors.Join(err, in.registry.err, in.registry.Token)
}

// ahead returns the plan in lines.
func (in *input) ahead(c Config) []string {
	name, version := in.published()
	road := map[policy.Via]string{policy.ViaDirect: "directly", policy.ViaStage: "by staging"}[in.subject.Road]
	lines := []string{fmt.Sprintf("preflight: %s %s", display.Text(name), display.Text(version))}
	say := func(what, format string, args ...any) {
		lines = append(lines, fmt.Sprintf("  %-10s ", what)+display.Text(fmt.Sprintf(format, args...)))
	}
	if in.mayNot != "" {
		say("refused", "%s", in.mayNot)
	}
	if t := in.subject.Tarball; t != nil {
		say("tarball", "%d bytes, %s", len(t.Bytes), t.Integrity)
	}
	p, r := in.plan, &in.registry
	if p != nil && r.left == "" {
		access := "the registry decides"
		if p.Access != "" {
			access = p.Access
		}
		say("sends", "%s, to %s", road, p.Registry)
		say("as", "dist-tag %s%s, access %s", p.Tag, also(p.Tags), access)
		say("provenance", "%s", in.vouching.words())
		say("waits", "%s for the registry to show it", c.patience(p))
	}
	if cred := in.credential(); cred != nil {
		say("credential", "%s", cred.Words())
	}
	if claims := in.grant.claims; claims != nil {
		say("compared", "%s", compared(claims))
	}
	switch {
	case r.left != "":
		say("registry", "%s", r.left)
	case r.Looked && !r.Known:
		say("registry", "the package is new there: a trusted publisher can be named only once it exists")
	case r.Looked:
		say("registry", "%s%s", r.holds(), also([]string{r.State}))
	}
	for _, warning := range r.Warnings {
		say("note", "%s", warning)
	}
	if in.grant.kind == policy.OIDC && in.grant.err == nil && p != nil && p.Road == publish.Direct && !r.Already {
		say("unknown", "whether the trusted publisher may publish directly shows only when it is tried; where it may only stage, the answer "+
			"is 403 and -publish stage is the way")
	}
	return lines
}

// also returns the words after a comma, or nothing.
func also(words []string) string {
	text := strings.Join(words, ", ")
	if text == "" {
		return ""
	}
	return ", " + text
}

// words says whether the package is sent with provenance.
func (v *vouching) words() string {
	if v.on {
		return "is signed, and sent with it"
	}
	return "none: " + v.why
}

// objections returns what stands against publishing, in lines.
func objections(v policy.Verdict) (lines []string) {
	for i := range v.Judged {
		j := &v.Judged[i]
		state := strings.ToUpper(j.State.String())
		lines = append(lines, fmt.Sprintf("%s [%s] %s", state, j.Finding.Rule, display.Text(j.Finding.Message)))
		if j.State == finding.Block && j.Finding.Fix != "" {
			lines = append(lines, "      "+display.Text(j.Finding.Fix))
		}
	}
	return lines
}

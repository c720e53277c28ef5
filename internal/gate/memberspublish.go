package gate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
	monorepo "github.com/publishgate/publishgate/internal/workspace"
)

// The members of a workspace are signed and published after all of them passed:
// one after the other, each after those it depends on, up to the first that fails.
// Another run goes on from there, since what the registry has with the judged bytes
// is left alone.

// actMembers signs and publishes the members that were judged, if that was asked
// for and err is nil: then all of them passed. It ends the run of each.
func (o *Outcome) actMembers(c Config, all []judged, err error) error {
	order := releaseOrder(all)
	if len(order) == 0 {
		return err
	}
	why := "another member did not pass: all are published, or none"
	if err == nil {
		if err = c.sameAsJudged(order); err != nil {
			why = oneLine(err)
		}
	}
	o.foretell(c, order, err)
	for _, j := range order {
		switch {
		case err == nil && c.until.Err() != nil:
			err = explain(c.until, errors.New("no other member was begun"))
			why = oneLine(err)
			fallthrough
		case err != nil:
			j.err = j.outcome.passOver(c, why)
		default:
			c.Log.of(cmp.Or(j.member.Manifest.Name, j.member.Folder))
			if j.err = j.outcome.goOn(c.until); j.err != nil {
				err = fmt.Errorf("%s: %w", j.member.Folder, j.err)
				why = "not begun: publishing stopped at " + j.name()
			}
			o.waited = true
		}
	}
	c.Log.of("")
	o.sumUp(c, order, err)
	return err
}

// releaseOrder returns the members that passed and wait, each after those it
// depends on.
func releaseOrder(all []judged) (order []*judged) {
	members := make([]lockfile.WorkspaceMember, len(all))
	for i := range all {
		members[i] = all[i].member
	}
	sorted, _ := monorepo.Order(members) // in a cycle any order is as good
	for _, m := range sorted {
		at := slices.IndexFunc(all, func(j judged) bool { return j.member.Folder == m.Folder })
		if all[at].outcome.cleared != nil {
			order = append(order, &all[at])
		}
	}
	return order
}

// goOn signs and publishes a member, and ends its run. The time that it may take is
// that of a run of its own; until outlasts it.
func (o *Outcome) goOn(until context.Context) error {
	w := o.cleared
	c := w.config
	c.until = until
	ctx, cancel := context.WithTimeoutCause(until, c.Deadline, fmt.Errorf("the deadline of %s has passed", c.Deadline))
	defer cancel()
	folder, err := reopen(c)
	if err != nil {
		return o.end(ctx, c, nil, err)
	}
	defer folder.Close()
	if w.in.plan != nil {
		o.at = w.in.plan.At()
	}
	if err = w.renew(ctx, &c); err != nil {
		err = o.failed("publish", report.NotPublished, err)
	} else {
		err = o.act(ctx, c, folder, w.in, w.verdict)
	}
	o.cleared, o.begun = nil, true // its bytes are not needed any more
	return o.end(ctx, c, folder, err)
}

// passOver ends the run of a member that passed, and is not signed or published
// because of another.
func (o *Outcome) passOver(c Config, why string) error {
	one := o.cleared.config
	one.until = c.until
	o.cleared = nil
	reason := report.NotSigned
	if one.Sign.asked() {
		o.did("sign", report.Skipped, o.tarball, "%s", why)
	}
	if one.Publish != Never {
		o.did("publish", report.Skipped, o.tarball, "%s", why)
		reason = report.NotPublished
	}
	folder, err := reopen(one)
	if err == nil {
		defer folder.Close()
	}
	if one.acts() {
		err = errors.Join(because(reason, errors.New(why)), err)
	}
	return o.end(c.until, one, folder, err)
}

// reopen opens the folder of a member's evidence again, and leaves what is there.
func reopen(c Config) (*disk.Folder, error) {
	if err := checkOut(c.Where, c.Runner); err != nil {
		return nil, err
	}
	return disk.Create(c.Out)
}

// oldToken is how long before its end a token of a trusted publisher is replaced.
const oldToken = 15 * time.Minute

// renew has the registry make another token, where the one that was made before the
// members were judged is about to end.
func (w *cleared) renew(ctx context.Context, c *Config) error {
	g := &w.in.grant
	r := &w.in.registry
	if g.kind != policy.OIDC || g.err != nil || r.Already || r.left != "" || g.granted.Expires.Sub(c.Now()) > oldToken {
		return nil
	}
	granted, claims, err := exchange(ctx, c.Acting, c.Net.withoutTokens(), w.in)
	if err != nil {
		return err
	}
	g.granted, g.claims, c.Token = granted, claims, granted.Token
	return nil
}

// leaveOut notes that a member is not released.
func (o *Outcome) leaveOut(c Acting, in *input) error {
	o.left = true
	if c.Sign != Never {
		o.did("sign", report.Skipped, o.tarball, "nothing of it is released")
	}
	o.did("publish", report.Noted, o.tarball, "%s", in.registry.left)
	return nil
}

// foretell says before anything is sent that publishing directly is not all or
// none.
func (o *Outcome) foretell(c Config, order []*judged, err error) {
	direct := 0
	for _, j := range order {
		r := &j.outcome.cleared.in.registry
		if p := j.outcome.cleared.in.plan; p != nil && p.Road == publish.Direct && !r.Already && r.left == "" {
			direct++
		}
	}
	if err == nil && direct > 1 && !c.DryRun && c.Waiting != nil {
		c.Waiting.Printf("publishing %d members directly, one after the other: if one fails, those before it are public already; "+
			"-publish stage lets nothing out before all are there", direct)
	}
}

// name returns the member's name and version, for people.
func (j *judged) name() string {
	p := &j.outcome.Document.Package
	return p.Name + "@" + p.Version
}

// sumUp notes what became of the members together, and how another run goes on.
// Where nothing was begun, the reason is told instead.
func (o *Outcome) sumUp(c Config, order []*judged, err error) {
	begun := slices.ContainsFunc(order, func(j *judged) bool { return j.outcome.begun })
	if err != nil && !begun {
		return
	}
	o.Run.Out, o.stageID = together(order)
	o.summedUp = true
	text := strings.Join(fates(c.Acting, order), "; ")
	switch {
	case c.DryRun:
		o.previews(order)
		o.did("members", report.Done, report.File{}, "dry run, nothing was signed or sent: %s", text)
	case err != nil:
		o.did("members", report.Noted, report.File{}, "%s. Run the same again: what is there stays, and the rest follows", text)
	default:
		o.did("members", report.Done, report.File{}, "%s%s", text, approvals(order))
	}
}

// together returns what became of all members that are to be released, in one
// word, and the ids under which some wait, in order.
func together(order []*judged) (report.Out, string) {
	seen := map[report.Out]bool{}
	var ids []string
	for _, j := range order {
		if !j.outcome.left {
			seen[j.outcome.Run.Out] = true
		}
		if id := j.outcome.stageID; id != "" {
			ids = append(ids, id)
		}
	}
	word := report.Kept
	for _, out := range []report.Out{report.Doubtful, report.Stopped, report.Kept, report.Coming, report.Staged, report.Published,
		report.There} {
		if seen[out] {
			word = out
			break
		}
	}
	if word == report.Kept && (seen[report.Coming] || seen[report.Staged] || seen[report.Published]) {
		word = report.Partly
	}
	return word, strings.Join(ids, ",")
}

// fates says of each member what became of it, those with the same fate together.
func fates(c Acting, order []*judged) (texts []string) {
	of := map[string][]string{}
	for _, j := range order {
		fate := j.outcome.fate(c)
		if of[fate] == nil {
			texts = append(texts, fate)
		}
		of[fate] = append(of[fate], j.name())
	}
	for i, fate := range texts {
		texts[i] = fate + ": " + few(of[fate])
	}
	return texts
}

// fate says in words what became of a member that passed.
func (o *Outcome) fate(c Acting) string {
	switch {
	case o.left:
		return "not released, because the registry has these versions with other bytes"
	case c.Publish == Never && o.bundle != "":
		return "signed"
	case c.Publish == Never:
		return "not signed"
	case o.Run.Out == report.Kept && c.DryRun:
		return "would be sent"
	}
	return map[report.Out]string{report.Kept: "not sent", report.Published: "published", report.There: "published before",
		report.Staged: "staged", report.Coming: "accepted, and not visible yet", report.Stopped: "refused by the registry's own checks",
		report.Doubtful: "perhaps sent"}[o.Run.Out]
}

// approvals returns the command that approves what is staged, in order.
func approvals(order []*judged) string {
	var ids []string
	at := ""
	for _, j := range order {
		if j.outcome.Run.Out == report.Staged && j.outcome.stageID != "" {
			ids, at = append(ids, j.outcome.stageID), j.outcome.at
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return ". Nothing of it is public before somebody approves it, in this order: `for id in " + strings.Join(ids, " ") +
		"; do npm stage approve $id" + at + " || break; done`"
}

// previews joins what -dry-run would have sent, as one list.
func (o *Outcome) previews(order []*judged) {
	var all [][]byte
	for _, j := range order {
		if p := j.outcome.Preview; len(p) > 0 {
			all = append(all, p)
		}
	}
	if len(all) > 0 {
		o.Preview = append(append([]byte("["), bytes.Join(all, []byte(",\n"))...), ']')
	}
}

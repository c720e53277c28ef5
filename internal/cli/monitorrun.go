package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/watch"
)

// errFound says that something is open. The exit code is that of a block.
var errFound = errors.New("something was found in what is published")

// A monitorRun is one run of monitor.
type monitorRun struct {
	*monitoring
	p        Process
	by       *gate.Monitored
	file     *watch.StateFile // nil: nothing is remembered
	state    *monitor.State
	client   *registry.Client
	document report.Watched
	given    []string // names that the user gave

	policies map[string]*policy.Effective
	results  []monitor.Result
	open     []policy.Judged // what is so by now, also what is waived
	next     map[string]*monitor.Package
	asked    map[monitor.Topic]bool
	later    map[monitor.Topic]*report.NotDue
}

// runMonitor looks at published packages, says what is new and what is still open,
// and remembers it. It lets nothing through, so that nothing is said about that.
func runMonitor(ctx context.Context, p Process) error {
	err := lookAround(ctx, p)
	if err != nil {
		err = &didAct{err}
	}
	return err
}

func lookAround(ctx context.Context, p Process) error {
	v, operands, mistakes := parseArgs(p.Args, monitorOptions())
	s := &settings{values: v, known: monitorOptions(), mistakes: mistakes}
	say := newVoice(p)
	say.begin(p, s.text("format"))
	r := &monitorRun{monitoring: s.monitoring(p, operands), p: p, next: map[string]*monitor.Package{}, asked: map[monitor.Topic]bool{},
		policies: map[string]*policy.Effective{}, later: map[monitor.Topic]*report.NotDue{}}
	if at := s.text("state"); at != "" {
		r.file = &watch.StateFile{Path: at, Limit: monitor.MaxBytes}
		if err := r.file.Check(); err != nil {
			s.mistake("-state %s", err)
		}
	}
	limit := s.span("deadline")
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the deadline of %s has passed", limit))
	defer cancel()
	log := say.log(p)
	r.net.Observe = log.Sent
	transport, done, err := r.carrier()
	if err != nil {
		return err
	}
	defer done()
	r.net.Transport, r.trust.TUF.Transport = transport, transport
	if r.by, err = gate.ReadMonitored(r.where, r.net, r.sources, r.p.Now()); err != nil {
		return err
	}
	defer r.by.Close()
	if err := r.read(); err != nil {
		return err
	}
	evidence, err := watch.ReadEvidence(r.evidence)
	if err != nil {
		return err
	}
	if r.client, err = registry.New(registry.Options{Registry: r.net.Registry, Token: r.net.Token, Transport: transport, Now: r.p.Now,
		UserAgent: "publishgate/" + Version()}); err != nil {
		return err
	}
	if err := r.list(ctx); err != nil {
		return err
	}
	subjects, err := r.subjects(evidence)
	if err != nil {
		return err
	}
	w := &watch.Watch{Shelf: watch.Shelf{Client: r.client, Trust: r.trust, GitHub: gitHub(r.p, transport)}, Now: r.p.Now,
		Advisories: watch.Advisories{Sources: r.by.Sources, Required: r.by.Required}, Told: progress(log)}
	if r.downloads != "" {
		if w.Downloads, err = registry.NewCounter(registry.Options{Registry: r.downloads, Transport: transport, Now: r.p.Now,
			UserAgent: "publishgate/" + Version()}); err != nil {
			return err
		}
	}
	if err := w.All(ctx, subjects, r.take); err != nil {
		return err
	}
	return r.finish(ctx, transport)
}

// progress returns what tells how far a run is, now and then.
func progress(log *gate.Log) func(done, all int) {
	last := time.Now()
	return func(done, all int) {
		if log.Say != nil && time.Since(last) > 5*time.Second {
			last = time.Now()
			log.Say.Printf("looked at %d of %d packages", done, all)
		}
	}
}

// read reads the state. What is no state is not overwritten: somebody has to look.
func (r *monitorRun) read() error {
	r.state = monitor.New()
	if r.file == nil {
		return nil
	}
	data, err := r.file.Read()
	if err == nil && data != nil {
		r.state, err = monitor.Read(data)
	}
	if err != nil {
		return fmt.Errorf("the state %s: %w; nothing was written over it", r.file.Path, err)
	}
	return nil
}

// list finds the packages of the scopes.
func (r *monitorRun) list(ctx context.Context) error {
	r.given = slices.Clone(r.names)
	for _, scope := range r.scopes {
		found, err := r.client.ScopePackages(ctx, scope)
		if err != nil {
			return err
		}
		if !found.Complete {
			r.document.Whole = "not all packages of " + scope + " may be among these: " + found.Why + "; name them too, or give the token of a " +
				"login of the organisation"
		}
		r.names = append(r.names, found.Names...)
		for name := range r.state.Packages { // what was seen once is looked for
			if strings.HasPrefix(name, scope+"/") {
				r.names = append(r.names, name)
			}
		}
	}
	slices.Sort(r.names)
	r.names = slices.Compact(r.names)
	switch n := len(r.names); {
	case n == 0:
		return fmt.Errorf("the registry lists no package of %s, or none that it shows without a token", strings.Join(r.scopes, ", "))
	case n > watch.MaxPackages:
		return fmt.Errorf("%d packages: at most %d are looked at in one run", n, watch.MaxPackages)
	}
	return nil
}

// subjects says what is looked at of each package.
func (r *monitorRun) subjects(evidence []watch.Evidence) ([]*watch.Subject, error) {
	now := r.p.Now().UTC()
	var all []*watch.Subject
	lost := []string{}
	for _, name := range r.names {
		e, err := r.by.Policy(name)
		if err != nil {
			return nil, err
		}
		table, err := r.by.Supported(name, e)
		if err != nil {
			return nil, err
		}
		r.policies[name] = e
		places := r.courtsOf(e, r.by.RepositoryOf(name))
		known := r.state.Packages[name]
		s := &watch.Subject{Name: name, Policy: e, Topics: r.due(name, e, now), Supported: table, Evidence: evidence, Signers: r.signers(places),
			Old: func(v *registry.Publication) bool { return r.state.Old(name, v, e, now) },
			Settled: func(v *registry.Publication) bool {
				return known.KnownAs(v.Version, v.Integrity, v.Shasum) == monitor.Signed
			},
			Traced: func(v *registry.Publication) bool { return known.BuiltAt(v.Version) }}
		for _, at := range places {
			s.Courts = append(s.Courts, watch.Court{Owner: at.owner, Name: at.name, Signer: r.signer(at)})
			if court := at.owner + "/" + at.name; slices.Contains(s.Topics, monitor.Publishes) && !slices.Contains(r.document.Courts, court) {
				r.document.Courts = append(r.document.Courts, court)
			}
		}
		if slices.Contains(s.Topics, monitor.Publishes) && len(s.Courts) == 0 && len(r.evidence) == 0 {
			lost = append(lost, name)
		}
		if len(s.Topics) > 0 {
			all = append(all, s)
		}
	}
	if len(lost) > 0 {
		return nil, &UsageError{[]string{fmt.Sprintf("nothing says where the verdicts about %s are, so that publishes cannot be looked at: give "+
			"-evidence DIR, or -repository OWNER/NAME, or monitor.built-by in the policy; or leave it out with -only", few(lost))}}
	}
	return all, nil
}

// few names some of a list.
func few(names []string) string {
	const some = 3
	if len(names) <= some {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:some], ", "), len(names)-some)
}

// due returns the topics that are looked at of a package: those of -only; else those
// whose cadence is due since their last good look, all where the policy has no
// cadence at all. A look may be a little early: a cron that starts at the same hour
// each day may start some minutes before the last one ended.
func (r *monitorRun) due(name string, e *policy.Effective, now time.Time) (topics []monitor.Topic) {
	for _, t := range monitor.Topics {
		every, last := e.Monitor.Every[string(t)], r.state.Last(name, t)
		switch {
		case r.only != nil && !slices.Contains(r.only, t):
			continue
		case r.only != nil, len(e.Monitor.Every) == 0:
		case every == 0:
			continue // the policy says ignore
		case !last.After(now) && now.Sub(last) < every-early(every):
			next := last.Add(every)
			if n := r.later[t]; n == nil {
				r.later[t] = &report.NotDue{Topic: string(t), Packages: 1, Next: next}
			} else if n.Packages++; next.Before(n.Next) {
				n.Next = next
			}
			continue
		}
		topics, r.asked[t] = append(topics, t), true
	}
	return topics
}

// early is how much before its time a look is taken: a quarter of the cadence, at most
// half a day.
func early(every time.Duration) time.Duration { return min(every/4, 12*time.Hour) }

// take judges what was seen of one package.
func (r *monitorRun) take(seen watch.Seen) error {
	name := seen.Subject.Name
	ask := &monitor.Ask{Policy: r.policies[name]}
	if own := r.by.RepositoryOf(name); own != "" {
		ask.Repository = "https://github.com/" + own
	}
	if r.owner != "" {
		ask.Repository = "https://github.com/" + r.owner + "/" + r.name
	}
	result, next := monitor.Judge(r.state, &seen.Look, ask)
	r.results, r.next[name] = append(r.results, result), next
	d := &r.document
	d.Packages++
	if h := seen.Look.History; h != nil {
		d.Versions += len(h.Releases)
	}
	if r.state.Packages[name] == nil && result.Baseline > 0 {
		d.First++
	}
	for topic, why := range result.Missed {
		d.Missed = append(d.Missed, report.Miss{Package: name, Topic: string(topic), Why: why, Last: r.state.Last(name, topic)})
	}
	for _, note := range seen.Notes {
		d.Notes = append(d.Notes, name+": "+note)
	}
	for _, b := range seen.Bills {
		by := fmt.Sprintf("its SBOM, with the packages that it was published with (%d)", b.Parts)
		if !b.SBOM {
			by = fmt.Sprintf("itself and the ranges that its manifest asks for (%d): there is no SBOM of it, see -evidence", b.Parts)
		}
		d.Notes = append(d.Notes, fmt.Sprintf("%s@%s was audited by %s", name, b.Version, by))
	}
	return nil
}

// finish settles what is new with what other runs told, tells it, and remembers it.
// It is told before it is remembered: who is killed in between tells it again.
func (r *monitorRun) finish(ctx context.Context, transport http.RoundTripper) error {
	d := &r.document
	d.At, d.Registry, d.Tool = r.p.Now().UTC(), r.client.URL(), Version()
	for _, t := range monitor.Topics {
		if r.asked[t] {
			d.Topics = append(d.Topics, string(t))
		}
	}
	for _, t := range slices.Sorted(maps.Keys(r.later)) {
		d.NotDue = append(d.NotDue, *r.later[t])
	}
	if r.file == nil {
		_, settled := monitor.Settle(r.state, r.next, r.results, r.p.Now())
		if err := r.tell(settled); err != nil {
			return err
		}
		return r.end(ctx, transport)
	}
	d.Remembers = r.file.Path
	// What was seen is remembered also where the time is up.
	keep, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), time.Minute, errors.New("a minute has passed"))
	defer cancel()
	told := false
	err := r.file.Update(keep, func(old []byte) ([]byte, error) {
		current := monitor.New()
		var err error
		if old != nil {
			if current, err = monitor.Read(old); err != nil {
				return nil, err
			}
		}
		state, settled := monitor.Settle(current, r.next, r.results, r.p.Now())
		data, err := state.Bytes()
		if err != nil {
			return nil, err
		}
		r.state = state
		told = true
		return data, r.tell(settled)
	})
	if err != nil && !told { // what was found is no secret because nothing can be remembered
		_, settled := monitor.Settle(r.state, r.next, r.results, r.p.Now())
		err = errors.Join(err, r.tell(settled))
	}
	if err != nil {
		return fmt.Errorf("the state %s: %w", r.file.Path, err)
	}
	return r.end(ctx, transport)
}

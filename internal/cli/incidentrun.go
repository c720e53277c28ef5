package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/deprecation"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/respond"
	"github.com/publishgate/publishgate/internal/web"
)

// run looks, acts if it may, and tells what is left.
func (r *incidentRun) run(ctx context.Context) error {
	folder, err := disk.Create(r.ask.Out)
	if err != nil {
		return err
	}
	defer folder.Close()
	earlier, err := r.earlier(folder)
	if err != nil {
		return err
	}
	if unsaid := r.ask.Unsaid(earlier); r.execute && len(unsaid) > 0 {
		return fmt.Errorf("%w: -execute writes what its own command line says, and nothing that only %s says, which others may have written: "+
			"if it is right, say it too: %s", gate.ErrUsage, folder.File(incident.File), strings.Join(unsaid, " "))
	}
	r.ask.Remember(r.p.Now(), earlier)
	transport, err := gate.NewTransport(r.net)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	q := &respond.Inquiry{Ask: r.ask, Wanted: r.wanted, Dependents: r.dependents, Now: r.p.Now}
	client := func(token credential.Secret) (*registry.Client, error) {
		return registry.New(registry.Options{Registry: r.ask.Registry, Transport: transport, Now: r.p.Now, Token: token})
	}
	if q.Client, err = client(r.token); err != nil {
		return err
	}
	if r.downloads != "" {
		if q.Counter, err = registry.NewCounter(registry.Options{Registry: r.downloads, Transport: transport, Now: r.p.Now}); err != nil {
			return fmt.Errorf("%w: -downloads-url: %w", gate.ErrUsage, err)
		}
	}
	if r.suspect.Given() {
		if q.Suspect, err = client(r.suspect); err != nil {
			return err
		}
	}
	look := q.Look(ctx, earlier)
	if r.ask.Empty(&look, earlier) {
		return fmt.Errorf("%w: no version of %s is, or was, in the range %s: it has %s", errSteps, r.ask.Package, r.ask.Range, look.Known())
	}
	if wrong := r.ask.NotGood(&look); wrong != "" {
		return fmt.Errorf("%w: %s", gate.ErrUsage, wrong)
	}
	record := incident.Assess(r.ask, look, earlier)
	var acted error
	if todo := record.Acts(); r.execute && look.History != nil && todo.Any() {
		if record, acted = r.act(ctx, q, look, todo, earlier); ctx.Err() != nil {
			acted = errors.Join(acted, context.Cause(ctx))
		}
	}
	if err := r.keep(folder, record); err != nil {
		return errors.Join(acted, err)
	}
	if told := r.tell(record); acted == nil {
		return told
	}
	return acted // that it could not act is more than that steps are left
}

// earlier reads the record of the last run; nil: there is none.
func (r *incidentRun) earlier(folder *disk.Folder) (*incident.Record, error) {
	if !folder.Has(incident.File) {
		return nil, nil
	}
	data, err := folder.Read(incident.File, incident.MaxRecord)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	record, err := incident.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w; move it away, or name another folder with -out", gate.ErrUsage, folder.File(incident.File), err)
	}
	if err := record.Same(&r.ask); err != nil {
		return nil, fmt.Errorf("%w: %s: %w; name another folder with -out", gate.ErrUsage, folder.File(incident.File), err)
	}
	return record, nil
}

// act does what -execute may, and looks until the registry shows it. What it shows
// counts: an answer that was lost is no failure then.
func (r *incidentRun) act(ctx context.Context, q *respond.Inquiry, look incident.Look, todo incident.Acts, earlier *incident.Record) (
	record *incident.Record, err error) {
	actor := &respond.Actor{Client: q.Client, Ways: deprecation.Ways{Code: askCode(r.p), Sleep: web.Sleep}, Say: newPrinter(r.p.Stderr).Printf}
	acted, failed := actor.Act(ctx, todo)
	err = actor.ReadBack(ctx, func() bool {
		record = incident.Assess(r.ask, q.Again(ctx, look), earlier)
		left := record.Acts()
		return !left.Any() || !acted
	})
	left := record.Acts()
	switch {
	case !left.Any():
		return record, nil
	case failed != nil:
		return record, failed
	}
	return record, err
}

// keep writes the record and the drafts. A draft that is there may have been
// completed by a person, and stays.
func (r *incidentRun) keep(folder *disk.Folder, record *incident.Record) error {
	data, err := record.Encode()
	if err != nil {
		return err
	}
	if err := folder.Write(incident.File, data); err != nil {
		return err
	}
	drafts, err := record.Drafts(r.ask.Owner)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		if folder.Has(d.Name) {
			continue
		}
		if err := folder.Write(d.Name, d.Data); err != nil {
			return err
		}
	}
	return nil
}

// tell prints the record, and returns what the exit code follows from.
func (r *incidentRun) tell(record *incident.Record) error {
	switch r.format {
	case "json":
		data, err := record.Encode()
		if err == nil {
			_, err = r.p.Stdout.Write(data)
		}
		if err != nil {
			return fmt.Errorf("write to standard output: %w", err)
		}
	case "markdown":
		if err := record.Markdown(r.p.Stdout); err != nil {
			return err
		}
	default:
		record.Text(r.p.Stdout)
	}
	switch record.Result {
	case incident.Unseen:
		n := fmt.Sprintf("%d questions have", len(record.Missed))
		if len(record.Missed) == 1 {
			n = "1 question has"
		}
		return fmt.Errorf("%s no answer: %w", n, errUnseen)
	case incident.StepsLeft:
		return fmt.Errorf("%w: %d, see %s", errSteps, record.Left(), r.ask.Out)
	}
	return nil
}

// errUnseen says that something could not be looked at.
var errUnseen = errors.New("what is left to do is not known in full")

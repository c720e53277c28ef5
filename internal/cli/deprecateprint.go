package cli

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/deprecation"
	"github.com/publishgate/publishgate/internal/display"
)

// maxMessageShown is how much of an earlier message is shown, in characters.
const maxMessageShown = 200

// list prints what is covered, before anything is written.
func (d *deprecating) list(p *deprecation.Plan, at string) error {
	out := &display.Printer{Out: d.out}
	out.Printf("%s at %s: %d of its %d versions are in %s", d.request.Name, at, len(p.Versions), p.Of, d.what)
	wide := 0
	for _, v := range p.Versions {
		wide = max(wide, len(v.Version))
	}
	for _, v := range p.Versions {
		out.Printf("  %-*s  %s", wide, v.Version, d.line(v))
	}
	return nil
}

// line says what becomes of a version.
func (d *deprecating) line(v deprecation.Version) string {
	before := ""
	if v.Before != "" {
		before = ": " + display.Clip(v.Before, maxMessageShown)
	}
	switch back := d.request.Message == ""; {
	case v.State == deprecation.LeftOut:
		return "left out: " + v.Why
	case v.State == deprecation.Already && back:
		return "is not deprecated"
	case v.State == deprecation.Already:
		return "is deprecated already" + before
	case back:
		return "to be undeprecated" + before
	case v.Was:
		return "to be deprecated, in place of its message" + before
	}
	return "to be deprecated"
}

// The result as JSON. A state is "open", "already", "left-out", "done", "unseen" or
// "gone".
type (
	deprecationResult struct {
		Schema   int                 `json:"publishgate_deprecation"` // 1
		Package  string              `json:"package"`
		Registry string              `json:"registry"`
		Range    string              `json:"range"` // as given, or what -standing covers
		Message  string              `json:"message"`
		DryRun   bool                `json:"dry_run"`
		Of       int                 `json:"of"` // versions that the package has
		Versions []deprecatedVersion `json:"versions"`
		Notes    []string            `json:"notes"`
		Error    string              `json:"error"`
	}
	deprecatedVersion struct {
		Version string `json:"version"`
		State   string `json:"state"`
		Was     bool   `json:"was_deprecated"`
		Before  string `json:"message_before"`
		Why     string `json:"why"`
	}
)

// tell prints the result.
func (d *deprecating) tell(p *deprecation.Plan, at string, err error) error {
	out := &display.Printer{Out: d.out}
	open, done := len(p.In(deprecation.Open)), len(p.In(deprecation.Done))
	switch {
	case d.json:
		return d.document(out, p, at, err)
	case d.dryRun:
		out.Printf("dry run: nothing was written, %s would be", versions(open))
	case done > 0 && d.request.Message == "":
		out.Printf("taken back, and read back: %s", versions(done))
	case done > 0:
		out.Printf("deprecated, and read back: %s: %s", versions(done), d.request.Message)
	case err == nil && len(p.Versions) > 0:
		out.Printf("nothing to do, nothing was written")
	}
	return nil
}

func versions(n int) string {
	if n == 1 {
		return "1 version"
	}
	return fmt.Sprintf("%d versions", n)
}

func (d *deprecating) document(out *display.Printer, p *deprecation.Plan, at string, err error) error {
	r := deprecationResult{Schema: 1, Package: d.request.Name, Registry: at, Range: d.what, Message: d.request.Message, DryRun: d.dryRun,
		Of: p.Of, Versions: []deprecatedVersion{}, Notes: append([]string{}, p.Notes...)}
	if err != nil {
		r.Error = err.Error()
	}
	for _, v := range p.Versions {
		r.Versions = append(r.Versions, deprecatedVersion{v.Version, string(v.State), v.Was, v.Before, v.Why})
	}
	data, err := display.NewEncoder().Append(nil, r, 0)
	if err == nil {
		out.JSON(data)
	}
	return err
}

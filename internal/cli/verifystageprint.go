package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/verify"
)

// maxDifferences is how many lines tell what differs.
const maxDifferences = 20

// tell prints the one line that whoever approves needs, or what is wrong.
func (w *stage) tell(p Process, v verification, checks []verify.Check) error {
	what := []string{w.id}
	if v.json {
		return printChecks(p, what, checks, w.document())
	}
	worst := verify.Worst(checks)
	if worst == verify.Verified {
		if _, err := fmt.Fprintln(p.Stdout, w.line(v)); err != nil {
			return err
		}
		return nil
	}
	bad := slices.DeleteFunc(slices.Clone(checks), func(c verify.Check) bool {
		return c.State == verify.Verified || c.State == verify.Skipped
	})
	text := checkLines(bad)
	for _, line := range w.differ {
		text += "  differs  " + line + "\n"
	}
	switch {
	case worst != verify.Failed || w.staged.ID == "" || w.public:
	case slices.ContainsFunc(bad, func(c verify.Check) bool { return c.Name == "signed-verdict" }):
		text += "do not approve it without a signed verdict\n"
	default:
		text += "do not approve it: npm stage reject " + w.id + atRegistry(v) + "\n"
	}
	if _, err := fmt.Fprint(p.Stdout, text); err != nil {
		return err
	}
	return verdictOf(checks)
}

// line says that these are the judged bytes, and what to do.
func (w *stage) line(v verification) string {
	tag := w.judged.Tag
	if tag == "" {
		tag = w.tag
	}
	of := "verdict pass of " + display.Text(w.judged.Time)
	if w.judged.Commit != "" {
		of += ", commit " + display.Text(w.judged.Commit)
	}
	about := w.title() + " (dist-tag " + display.Text(tag)
	if w.staged.Access != "" {
		about += ", " + display.Text(w.staged.Access)
	}
	about += ")"
	if w.public {
		return "published " + about + ": the judged bytes, " + of + ": approved meanwhile" + w.by()
	}
	next := "npm stage approve " + w.id + atRegistry(v)
	if w.staged.Status == "validating" {
		next += " (the registry still validates it, until then it may refuse)"
	}
	return "staged " + about + ": the judged bytes, " + of + ": " + next
}

// by says who approved.
func (w *stage) by() string {
	if w.info.Approver == "" {
		return ""
	}
	return " by " + display.Text(w.info.Approver)
}

// atRegistry returns npm's option for another registry than its own.
func atRegistry(v verification) string {
	if v.registry == "" || v.registry == npm.PublicRegistry {
		return ""
	}
	return " --registry " + quoted(v.registry)
}

// A jsonStage is what -format json says of a stage.
type jsonStage struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Tag      string   `json:"tag"`
	Access   string   `json:"access"`
	Status   string   `json:"status"`
	Actor    string   `json:"actor"`
	Public   bool     `json:"public"`
	Approver string   `json:"approver"`
	Judged   string   `json:"judged"`
	Commit   string   `json:"commit"`
	Policy   string   `json:"policy"`
	Differs  []string `json:"differs"`
}

func (w *stage) document() *jsonStage {
	s := w.staged
	return &jsonStage{ID: w.id, Name: w.name, Version: w.version, Tag: s.Tag, Access: s.Access, Status: s.Status, Actor: s.Actor,
		Public: w.public, Approver: w.info.Approver, Judged: w.judged.Time, Commit: w.judged.Commit, Policy: w.judged.Policy,
		Differs: append([]string{}, w.differ...)}
}

// printChecks prints the checks as JSON.
func printChecks(p Process, what []string, checks []verify.Check, of *jsonStage) error {
	data, err := json.Marshal(struct {
		Schema int            `json:"schema"`
		What   []string       `json:"what"`
		Result verify.State   `json:"result"`
		Checks []verify.Check `json:"checks"`
		Stage  *jsonStage     `json:"stage,omitempty"`
	}{1, what, verify.Worst(checks), checks, of})
	if err != nil {
		return err
	}
	if _, err := p.Stdout.Write(append(display.Indent(nil, display.JSON(data), 0), '\n')); err != nil {
		return err
	}
	return verdictOf(checks)
}

// difference says, a line each, how two tarballs differ; none: they have the same
// bytes, or there is only one.
func difference(judged, staged []byte) []string {
	if judged == nil || string(judged) == string(staged) {
		return nil
	}
	options := tarball.Options{NoSecrets: true, Digests: true}
	from, err := tarball.Read(judged, "the judged tarball", options)
	to, bad := tarball.Read(staged, "the staged tarball", options)
	switch {
	case err != nil || bad != nil || from.Manifest == nil || to.Manifest == nil:
		return []string{"the staged bytes are no package that can be compared"}
	case len(to.Violations) > 0:
		return []string{"the staged bytes are no package of the canonical form: " + display.Text(to.Violations[0].Text)}
	}
	d := release.Compare(from, to)
	var lines []string
	add := func(sign, text string) { lines = append(lines, sign+" "+display.Text(text)) }
	for _, s := range d.Scripts {
		add("~", fmt.Sprintf("script %s: %s", s.Name, strings.TrimSpace(s.Was+" → "+s.Now)))
	}
	for _, dep := range d.Dependencies.Added {
		add("+", "dependency "+dep.Name+"@"+dep.Asked)
	}
	for _, dep := range d.Dependencies.Removed {
		add("-", "dependency "+dep.Name+"@"+dep.Asked)
	}
	for _, f := range d.Added {
		add("+", f.Path)
	}
	for _, f := range d.Removed {
		add("-", f.Path)
	}
	for _, f := range d.Changed {
		add("~", f.Path)
	}
	if len(lines) == 0 {
		return []string{"the same files, packed otherwise"}
	}
	if more := len(lines) - maxDifferences; more > 0 {
		lines = append(lines[:maxDifferences], fmt.Sprintf("… and %d more", more))
	}
	return lines
}

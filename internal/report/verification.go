package report

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// verification returns how to see that the evidence is whole and about one's own
// bytes.
func (d *Document) verification() (lead string, commands []string) {
	commands = []string{"sha256sum -c SHA256SUMS"}
	if d.Run == nil || !d.Run.has("sign") {
		return "Nothing was signed. That this page is about your tarball:", commands
	}
	if d.Verify != "" && shellSafe(strings.Fields(d.Verify)) {
		commands = append(commands, d.Verify)
	}
	if out := d.Run.Out; out == Published || out == There {
		if version := d.Package.Name + "@" + d.Package.Version; d.Verify != "" && shellSafe([]string{version}) {
			commands = append(commands, strings.TrimSuffix(d.Verify, ".")+version)
		}
	}
	return "What was signed says who judged these bytes, and how.", commands
}

// approval returns the commands by which a person looks at what waits at the
// registry, and approves it.
func (d *Document) approval() []string {
	if d.Run == nil || d.Run.Out != Staged || !shellSafe([]string{d.Run.StageID}) {
		return nil
	}
	look, approve := "publishgate verify -stage "+d.Run.StageID, "npm stage approve "+d.Run.StageID
	if who, ok := strings.CutPrefix(strings.TrimSuffix(d.Verify, " ."), "publishgate verify "); ok && shellSafe(strings.Fields(who)) {
		look += " " + who
	}
	if at := d.LookedAt.Registry; at != "" && at != npm.PublicRegistry && shellSafe([]string{at}) {
		look, approve = look+" -registry "+at, approve+" --registry "+at
	}
	return []string{look, approve}
}

// has reports whether an act was done.
func (r *Run) has(what string) bool {
	for i := range r.Acts {
		if a := &r.Acts[i]; a.What == what && (a.State == Done || a.State == Already) {
			return true
		}
	}
	return false
}

package report

// verification returns how to see that the evidence is whole and about one's own
// bytes.
func (d *Document) verification() (lead string, commands []string) {
	commands = []string{"sha256sum -c SHA256SUMS"}
	if d.Run == nil || !d.Run.has("sign") {
		return "Nothing was signed. That this page is about your tarball:", commands
	}
	if d.Verify != "" {
		commands = append(commands, d.Verify)
	}
	return "What was signed says who judged these bytes, and how.", commands
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

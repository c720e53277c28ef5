package policy

import "time"

// Incident is incident.clocks: how long after an incident began something must be
// done. publishgate incident runs them, and the gate in the records that it reads.
// The built-in ones are those of the Cyber Resilience Act, Article 14: an early
// warning in 24 hours, a notification in 72, a final report in 14 days.
type Incident struct {
	Respond time.Duration // somebody has begun, else the next one is called; 0: nobody says
	Contain time.Duration // it spreads no further
	Notify  time.Duration // those concerned know
	Report  time.Duration // the final report is written
}

// Records is where the records of incidents are that the gate reads, and what it
// makes of those with time left. The zero value asks for nothing.
type Records struct {
	Folder string // incident.records: a folder of the commit, or one file; "": none
	Blocks bool   // open: block
	File   string // as of a Review
	Line   int    // of incident.records
}

func builtinIncident() Incident {
	return Incident{Contain: 24 * time.Hour, Notify: 72 * time.Hour, Report: 14 * 24 * time.Hour}
}

// incidentKeys are the keys of incident.
func incidentKeys() []key {
	clock := func(name string, of func(*Incident) *time.Duration) key {
		return key{path: "incident.clocks." + name, kind: kindSpan, where: topOnly,
			set: func(d *draft, v value) { *of(&d.Incident) = v.span }}
	}
	return []key{
		{path: "incident.records", kind: kindFile, where: topOnly, set: func(d *draft, v value) {
			d.Records.Folder, d.Records.File, d.Records.Line = v.text, v.file, v.line
		}},
		{path: "incident.open", kind: kindWord, words: []string{"warn", "block"}, where: topOnly,
			set: func(d *draft, v value) { d.Records.Blocks = v.text == "block" }},
		clock("respond", func(i *Incident) *time.Duration { return &i.Respond }),
		clock("contain", func(i *Incident) *time.Duration { return &i.Contain }),
		clock("notify", func(i *Incident) *time.Duration { return &i.Notify }),
		clock("report", func(i *Incident) *time.Duration { return &i.Report }),
	}
}

// slower reports whether a clock runs longer than the built-in one.
func slower(path string, span time.Duration) bool {
	b := builtinIncident()
	limit := map[string]time.Duration{"incident.clocks.contain": b.Contain, "incident.clocks.notify": b.Notify,
		"incident.clocks.report": b.Report}[path]
	return limit > 0 && (span == 0 || span > limit)
}

// canonical adds the settings to those of the canonical form.
func (i *Incident) canonical(settings map[string]any) {
	settings["incident.clocks.respond"], settings["incident.clocks.contain"] = i.Respond.String(), i.Contain.String()
	settings["incident.clocks.notify"], settings["incident.clocks.report"] = i.Notify.String(), i.Report.String()
}

// canonical adds the settings to those of the canonical form.
func (r *Records) canonical(settings map[string]any) {
	settings["incident.records"] = r.Folder
	settings["incident.open"] = choose(r.Blocks, "block", "warn")
}

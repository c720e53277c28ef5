package monitor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// The file's form. A zero value is left out.
type (
	fileState struct {
		Version  int                     `json:"version"`
		Since    string                  `json:"since,omitempty"`
		Packages map[string]*filePackage `json:"packages"`
	}
	filePackage struct {
		Looks    map[Topic]string      `json:"looks,omitempty"`
		Versions map[string]Version    `json:"versions,omitempty"`
		Built    map[string][]string   `json:"built,omitempty"`
		People   fileFirst             `json:"people,omitzero"`
		Licenses map[string]fileFirst  `json:"licenses,omitempty"`
		Tags     fileTags              `json:"tags,omitzero"`
		Counts   map[string]fileCount  `json:"counts,omitempty"`
		Week     string                `json:"week,omitempty"`
		Findings map[string]fileRecord `json:"findings,omitempty"`
	}
	fileFirst struct {
		At string   `json:"at,omitempty"`
		Of []string `json:"of,omitempty"`
	}
	fileTags struct {
		At string            `json:"at,omitempty"`
		N  int               `json:"n,omitempty"`
		Of map[string]string `json:"of,omitempty"`
	}
	fileCount struct {
		At string `json:"at,omitempty"`
		N  int64  `json:"n"`
	}
	fileRecord struct {
		N         int        `json:"n"`
		Since     string     `json:"since,omitempty"`
		Seen      string     `json:"seen,omitempty"`
		Ended     string     `json:"ended,omitempty"`
		Overdue   string     `json:"overdue,omitempty"`
		Topic     Topic      `json:"topic"`
		Rule      string     `json:"rule"`
		Severity  string     `json:"severity"`
		Level     int        `json:"level,omitempty"`
		Name      string     `json:"name,omitempty"`
		Version   string     `json:"version,omitempty"`
		Package   string     `json:"package,omitempty"`
		IDs       []string   `json:"ids,omitempty"`
		Paths     [][]string `json:"paths,omitempty"`
		Message   string     `json:"message"`
		Fix       string     `json:"fix,omitempty"`
		Published string     `json:"published,omitempty"`
		Ends      string     `json:"ends,omitempty"`
		Subject   string     `json:"subject,omitempty"`
		Scope     npm.Scope  `json:"scope,omitempty"`
		Shipped   bool       `json:"shipped,omitempty"`
	}
)

// Bytes returns the file of the state: the same state, the same bytes. It ends in a
// newline. The error is ErrLarge: Read would refuse it.
func (s *State) Bytes() ([]byte, error) {
	f := fileState{Version: FileVersion, Since: writeTime(s.Since), Packages: make(map[string]*filePackage, len(s.Packages))}
	for name, p := range s.Packages {
		f.Packages[name] = p.file()
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(f) // text, numbers, lists and maps of them into memory: cannot fail
	if out.Len() > MaxBytes || len(s.Packages) > maxPackages {
		return nil, fmt.Errorf("%w: %d packages, %d bytes, more than %d and %d; keep a state for each scope", ErrLarge, len(s.Packages),
			out.Len(), maxPackages, MaxBytes)
	}
	return out.Bytes(), nil
}

func (p *Package) file() *filePackage {
	f := &filePackage{Looks: map[Topic]string{}, Versions: p.Versions, Built: p.Built, People: p.People.file(),
		Licenses: map[string]fileFirst{}, Tags: fileTags{writeTime(p.Tags.At), p.Tags.N, p.Tags.Of}, Counts: map[string]fileCount{},
		Week: writeTime(p.Week), Findings: map[string]fileRecord{}}
	for topic, at := range p.Looks {
		f.Looks[topic] = writeTime(at)
	}
	for version, first := range p.Licenses {
		f.Licenses[version] = first.file()
	}
	for version, c := range p.Counts {
		f.Counts[version] = fileCount{writeTime(c.At), c.N}
	}
	for key, r := range p.Findings {
		g := &r.Finding
		f.Findings[key] = fileRecord{N: r.N, Since: writeTime(r.Since), Seen: writeTime(r.Seen), Ended: writeTime(r.Ended),
			Overdue: writeTime(r.Overdue), Topic: r.Topic, Rule: g.Rule, Severity: g.Severity.String(), Level: int(g.Level), Name: g.Name,
			Version: g.Version, Package: g.Package, IDs: g.IDs, Paths: g.Paths, Message: g.Message, Fix: g.Fix, Published: g.Published,
			Ends: g.Ends, Subject: g.Subject, Scope: g.Scope, Shipped: g.Shipped}
	}
	return f
}

func (f First) file() fileFirst { return fileFirst{writeTime(f.At), f.Of} }

// record checks one finding of the file.
func (f *fileRecord) record(r *timeReader) (Record, error) {
	g := finding.Finding{Rule: f.Rule, Severity: finding.ParseSeverity(f.Severity), Level: finding.Level(f.Level), Name: f.Name,
		Version: f.Version, Package: f.Package, IDs: f.IDs, Paths: f.Paths, Message: f.Message, Fix: f.Fix, Published: f.Published,
		Ends: f.Ends, Subject: f.Subject, Scope: f.Scope, Shipped: f.Shipped}
	rec := Record{f.N, r.time(f.Since), r.time(f.Seen), r.time(f.Ended), r.time(f.Overdue), f.Topic, g}
	switch {
	case f.N < 1 || f.N > 1<<30:
		return rec, fmt.Errorf("a finding that opened %d times", f.N)
	case g.Severity.String() != f.Severity || g.Level < finding.Always || g.Level > finding.Alarm || !isRule(f.Rule):
		return rec, fmt.Errorf("a finding of the rule %+.60q with the severity %+.60q and the level %d", f.Rule, f.Severity, f.Level)
	case !slices.Contains(Topics, f.Topic):
		return rec, fmt.Errorf("%+.60q is no topic", f.Topic)
	case rec.Since.IsZero() || rec.Seen.IsZero():
		return rec, errors.New("a finding without the time when it was seen")
	}
	return rec, nil
}

// isRule reports whether a text has the form of a rule's ID. Whoever reads the state
// prints it as one of ours.
func isRule(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func writeTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// words of a version's text in the file.
const (
	wordPassed = "p"
	wordSigned = "s"
	wordLate   = "l"
	wordGone   = "g"
)

// MarshalText writes a version in one short text: digests, trust, publication in
// seconds since 1970 (0: not known), and letters for the rest, as in
// "1Zm9vYmFy+5c29tZXRoaW5n 2 1764547200 s".
func (v Version) MarshalText() ([]byte, error) {
	digests, published, words := "-", int64(0), ""
	if len(v.Digests) > 0 {
		digests = strings.Join(v.Digests, "+")
	}
	if !v.Published.IsZero() {
		published = v.Published.Unix()
	}
	words += [...]string{"", wordPassed, wordSigned}[v.Known]
	if v.Late {
		words += wordLate
	}
	if v.Gone {
		words += wordGone
	}
	if words == "" {
		words = "-"
	}
	return fmt.Appendf(nil, "%s %d %d %s", digests, v.Trust, published, words), nil
}

// UnmarshalText reads what MarshalText writes, and nothing else.
func (v *Version) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), " ")
	wrong := fmt.Errorf("%+.100q is no version of a state", text)
	if len(parts) != 4 {
		return wrong
	}
	*v = Version{}
	if parts[0] != "-" {
		v.Digests = strings.Split(parts[0], "+")
	}
	trust, err := strconv.Atoi(parts[1])
	published, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || err2 != nil || trust < 0 || trust > int(registry.Approved) || published < 0 || published > maxSeconds {
		return wrong
	}
	v.Trust = registry.Trust(trust)
	if published > 0 {
		v.Published = time.Unix(published, 0).UTC()
	}
	for _, c := range parts[3] {
		switch string(c) {
		case wordPassed:
			v.Known = Passed
		case wordSigned:
			v.Known = Signed
		case wordLate:
			v.Late = true
		case wordGone:
			v.Gone = true
		}
	}
	if _, one := joined(v.Digests, nil); !one && v.Known != Unjudged {
		return wrong
	}
	for _, d := range v.Digests {
		if len(d) != 1+shortBytes*4/3 || !strings.Contains(kindSHA512+kindSHA1+kindOther, d[:1]) {
			return wrong
		}
	}
	if again, _ := v.MarshalText(); !ascending(v.Digests) || string(again) != string(text) {
		return wrong
	}
	return nil
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253402300799

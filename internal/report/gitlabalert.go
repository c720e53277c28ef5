package report

import (
	"crypto/sha1" // for name-based identifiers (RFC 9562)
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/policy"
)

// An alert is what GitLab takes for one vulnerability: it knows it by the first
// identifier, the file and the name of the package (its Locations::
// DependencyScanning). The version and the line are not part of that, so an
// alert stays one when the lockfile is written anew.
type alert struct {
	key      alertKey
	document *Document        // of the first finding
	findings []*policy.Judged // the worst first: of several versions, or of several members
}

type alertKey struct{ file, name, id string }

// ofGitLab are the rules whose findings are alerts: advisories about what is
// installed here or by every consumer. What a range merely admits is not
// installed, and every other finding is no vulnerability of a dependency:
// junit.xml has them all.
var ofGitLab = []string{"vulnerable-dependency", "malware"}

// alerts returns the alerts of the run, in the order of the verdict.
func (c *CI) alerts() []alert {
	var all []alert
	at := map[alertKey]int{}
	for _, d := range c.Documents {
		for i := range d.Verdict.Judged {
			j := &d.Verdict.Judged[i]
			f := &j.Finding
			if !slices.Contains(ofGitLab, f.Rule) || f.Name == "" || len(f.IDs) == 0 || f.IDs[0] == "" {
				continue
			}
			k := alertKey{d.inRepository(f.File, f.InTarball), f.Name, f.IDs[0]}
			n, known := at[k]
			if !known {
				n = len(all)
				at[k], all = n, append(all, alert{key: k, document: d})
			}
			all[n].findings = append(all[n].findings, j)
		}
	}
	for i := range all {
		slices.SortStableFunc(all[i].findings, func(a, b *policy.Judged) int { return int(a.State) - int(b.State) })
	}
	return all
}

// gitLabSeverities maps severities to GitLab's.
var gitLabSeverities = map[finding.Severity]string{finding.Critical: "Critical", finding.High: "High", finding.Moderate: "Medium",
	finding.Low: "Low", finding.Info: "Info", finding.Unknown: "Unknown"}

func (a *alert) json() gitLabVuln {
	j := a.findings[0]
	f := &j.Finding
	v := gitLabVuln{
		ID: a.uuid(), Name: display.Cap(f.Title, maxName), Severity: gitLabSeverities[f.Severity],
		Description: string(spans(nil, []part{sentence(f.Message)}, display.Markdown)),
		Identifiers: identifiersOf(f.IDs), CVSS: cvssOf(f),
		Details: a.details(),
		Location: gitLabLocation{a.key.file, gitLabDependency{gitLabPackage{display.Cap(f.Name, maxField)}, versionOf(f),
			slices.ContainsFunc(a.paths(), func(path []string) bool { return len(path) == 2 })}},
	}
	if v.Name == "" {
		v.Name = display.Cap("Known vulnerability of "+f.Name+": "+f.IDs[0], maxName)
	}
	if f.Fix != "" {
		v.Solution = string(spans(nil, []part{sentence(f.Fix)}, display.Markdown))
	}
	if a := f.Advisory; a != nil && isLink.MatchString(a.Link) {
		v.Links = []gitLabLink{{a.Link}}
	}
	if w := j.Waiver; j.State == finding.Waived && w != nil && w.Status != policy.Affected {
		v.Flags = []gitLabFlag{{"flagged-as-likely-false-positive", "publishgate", waivedBy(w)}}
	}
	return v
}

// details returns what GitLab shows below the description, as plain text.
func (a *alert) details() map[string]gitLabNote {
	j := a.findings[0]
	text := func(name, value string) gitLabNote { return gitLabNote{Name: name, Type: "text", Value: value} }
	verdict := j.State.String() + "s"
	switch {
	case j.State == finding.Waived:
		verdict = "waived: " + waivedBy(j.Waiver)
	case j.Why != "" && j.Why != "advice":
		verdict += ": " + display.Text(j.Why)
	}
	notes := map[string]gitLabNote{"verdict": text("publishgate", verdict)}
	if lines := chains(a.paths()); len(lines) > 0 {
		paths := gitLabNote{Name: "How it comes in", Type: "list"}
		for _, line := range lines {
			paths.Items = append(paths.Items, gitLabNote{Type: "text", Value: line})
		}
		notes["paths"] = paths
	}
	var versions []string
	for _, j := range a.findings {
		if v := versionOf(&j.Finding); !slices.Contains(versions, v) && len(versions) < policy.Named {
			versions = append(versions, v)
		}
	}
	if len(versions) > 1 {
		notes["versions"] = text("Affected versions that are installed", strings.Join(versions, ", "))
	}
	return notes
}

// paths returns the chains by which the installed versions come in.
func (a *alert) paths() [][]string {
	paths := a.findings[0].Finding.Paths
	for _, j := range a.findings[1:] {
		paths = append(slices.Clip(paths), j.Finding.Paths...)
	}
	return paths
}

// versionOf returns the version that is installed; of what no lockfile has, the
// range that is asked for.
func versionOf(f *finding.Finding) string {
	if v := f.Version; v != "" {
		return display.Cap(v, maxField)
	}
	for _, p := range f.Paths {
		if len(p) == 0 {
			continue
		}
		if asked, ok := strings.CutPrefix(p[len(p)-1], f.Name+"@"); ok && asked != "" {
			return display.Cap(asked, maxField)
		}
	}
	return "unknown"
}

// uuid returns a name-based identifier, version 5 (RFC 9562), of what the alert
// is known by.
func (a *alert) uuid() string {
	url := []byte("\x6b\xa7\xb8\x11\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8") // the namespace of URLs
	sum := sha1.Sum(append(url, "https://github.com/publishgate/publishgate#"+
		strings.Join([]string{a.key.file, a.key.name, a.key.id}, "\x00")...))
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// Of a vulnerability, in GitLab's schema and parser: the longest name, in
// characters, and how many identifiers it reads.
const (
	maxName        = 255
	maxIdentifiers = 20
)

// identifiersOf returns the advisory's ids, with the types that GitLab knows.
func identifiersOf(ids []string) []gitLabID {
	var all []gitLabID
	for _, id := range ids[:min(len(ids), maxIdentifiers)] {
		kind := "osv"
		switch prefix, _, _ := strings.Cut(id, "-"); prefix {
		case "GHSA", "CVE", "CWE":
			kind = strings.ToLower(prefix)
		}
		if shown := display.Cap(id, maxField); shown != "" {
			all = append(all, gitLabID{kind, shown, shown, linkOf(id)})
		}
	}
	return all
}

// isLink matches an address that GitLab takes and everybody can read.
var isLink = pattern.New(`^https?://[!-~]{1,1000}$`)

// cvss3 has the metrics of CVSS 3, with the letters of their values.
var cvss3 = map[string]string{
	"AV": "NALP", "AC": "LH", "PR": "NLH", "UI": "NR", "S": "UC", "C": "NLH", "I": "NLH", "A": "NLH",
	"E": "XUPFH", "RL": "XOTWU", "RC": "XURC", "CR": "XLMH", "IR": "XLMH", "AR": "XLMH",
	"MAV": "XNALP", "MAC": "XLH", "MPR": "XNLH", "MUI": "XNR", "MS": "XUC", "MC": "XNLH", "MI": "XNLH", "MA": "XNLH",
}

// isCVSS3 reports whether a text is a CVSS 3 vector as GitLab's schema has it.
func isCVSS3(vector string) bool {
	rest, ok := strings.CutPrefix(vector, "CVSS:3.1/")
	if !ok {
		rest, ok = strings.CutPrefix(vector, "CVSS:3.0/")
	}
	if !ok || len(vector) < 32 || len(vector) > 128 {
		return false
	}
	for metric := range strings.SplitSeq(rest, "/") {
		name, value, _ := strings.Cut(metric, ":")
		if len(value) != 1 || !strings.Contains(cvss3[name], value) {
			return false
		}
	}
	return true
}

// cvssOf returns the advisory's CVSS 3 vector. GitLab 15.2 has no place for one of
// version 4, and the severity says it anyway.
func cvssOf(f *finding.Finding) []gitLabCVSS {
	if f.Advisory == nil || !isCVSS3(f.Advisory.Vector) {
		return nil
	}
	vendor := "unknown"
	if isGHSA.MatchString(f.IDs[0]) {
		vendor = "GitHub"
	}
	return []gitLabCVSS{{vendor, f.Advisory.Vector}}
}

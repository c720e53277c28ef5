package vex

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// cycloneDXVersions are the supported versions, all that have vulnerabilities.
var cycloneDXVersions = []string{"1.4", "1.5", "1.6", "1.7"}

// cycloneDXStates is CycloneDX's vocabulary (vulnerabilities[].analysis.state).
func cycloneDXStates() map[string]Status {
	return map[string]Status{
		"exploitable": Affected, "in_triage": Unknown, "not_affected": NotAffected, "false_positive": NotAffected,
		"resolved": Fixed, "resolved_with_pedigree": Fixed,
	}
}

// cycloneDXReasons translates CycloneDX's justifications to OpenVEX's; "" where
// OpenVEX has no counterpart.
func cycloneDXReasons() map[string]string {
	return map[string]string{
		"code_not_present": "vulnerable_code_not_present", "code_not_reachable": "vulnerable_code_not_in_execute_path",
		"requires_configuration": "", "requires_dependency": "", "requires_environment": "",
		"protected_by_compiler":           "inline_mitigations_already_exist",
		"protected_at_runtime":            "inline_mitigations_already_exist",
		"protected_at_perimeter":          "inline_mitigations_already_exist",
		"protected_by_mitigating_control": "inline_mitigations_already_exist",
	}
}

// A bom holds what the statements of a CycloneDX document refer to.
type bom struct {
	purls    map[string]string // by bom-ref
	rootRef  string
	rootPURL string
	rooted   bool // the document says what it describes
	said     time.Time
	author   string
}

// cycloneDX reads the vulnerabilities of a bill of materials or of a VEX
// document. A vulnerability without an analysis makes no statement.
func (r *reader) cycloneDX(v strict.Value, d *Document) {
	if version := v.Get("specVersion"); !slices.Contains(cycloneDXVersions, version.Text()) {
		r.fail(v, "CycloneDX %+.20q is no version whose vulnerabilities are read", version.Text())
		return
	}
	b := r.bom(v)
	d.Author = b.author
	for x := range r.list(v, "vulnerabilities") {
		analysis := r.object(x, "analysis")
		if status, said := oneOf(r, analysis, "state", cycloneDXStates()); said {
			d.Statements = append(d.Statements, r.analysis(x, analysis, status, b)...)
		}
	}
}

// bom reads the subject, the authors and the components of a document.
func (r *reader) bom(v strict.Value) *bom {
	b := &bom{purls: map[string]string{}}
	metadata := r.object(v, "metadata")
	b.said = r.time(metadata, "timestamp")
	root := r.object(metadata, "component")
	b.rooted, b.rootRef, b.rootPURL = root.Exists(), r.text(root, "bom-ref"), r.text(root, "purl")
	if b.rootRef != "" {
		b.purls[b.rootRef] = b.rootPURL
	}
	b.author = r.authors(metadata)
	r.components(b, root, 0)
	r.components(b, v, 0)
	return b
}

// components reads the package URLs of all components, nested ones included.
func (r *reader) components(b *bom, v strict.Value, depth int) {
	for c := range r.list(v, "components") {
		if !r.want(c, "component", strict.Object) {
			continue
		}
		if ref := r.text(c, "bom-ref"); ref != "" {
			b.purls[ref] = r.text(c, "purl")
		}
		r.components(b, c, depth+1) // the reader bounds the depth
	}
}

// authors returns who is responsible for a document: its authors, else the
// supplier of what it describes.
func (r *reader) authors(metadata strict.Value) string {
	var names []string
	for a := range r.list(metadata, "authors") {
		if name := r.text(a, "name"); name != "" {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		return strings.Join(names, ", ")
	}
	for _, key := range []string{"supplier", "manufacturer", "manufacture"} {
		if name := r.text(r.object(metadata, key), "name"); name != "" {
			return name
		}
	}
	return r.text(r.object(r.object(metadata, "component"), "supplier"), "name")
}

// analysis reads one vulnerability: one statement for each component it
// affects, which may be restricted to certain versions.
func (r *reader) analysis(x, analysis strict.Value, status Status, b *bom) []Statement {
	s := Statement{Status: status, Author: b.author, Line: x.Line(), IDs: []string{r.text(x, "id")}}
	if s.IDs[0] == "" {
		r.fail(x, "a vulnerability has an id")
	}
	for ref := range r.list(x, "references") {
		if id := r.text(ref, "id"); id != "" {
			s.IDs = append(s.IDs, id)
		}
	}
	state := r.text(analysis, "state")
	justified := r.text(analysis, "justification")
	s.Justification, _ = oneOf(r, analysis, "justification", cycloneDXReasons())
	s.Said = r.time(analysis, "firstIssued")
	s.Said = latest(s.Said, r.time(analysis, "lastUpdated"))
	if s.Said.IsZero() {
		s.Said = b.said
	}
	switch detail := r.text(analysis, "detail"); {
	case detail != "":
		s.Reason = detail
	case justified != "":
		s.Reason = strings.ReplaceAll(justified, "_", " ")
	case state != "not_affected":
		s.Reason = strings.ReplaceAll(state, "_", " ")
	}
	r.own(x, &s)
	s.Confirmed = s.Said
	var all []Statement
	for a := range r.list(x, "affects") {
		if t, ok := r.affected(a, s, b); ok {
			all = append(all, t)
		}
	}
	return all
}

// own reads the properties that our own documents use for what CycloneDX has no
// field for. They name the author, and can only make a statement end sooner.
func (r *reader) own(x strict.Value, s *Statement) {
	for p := range r.list(x, "properties") {
		switch value := r.text(p, "value"); r.text(p, "name") {
		case "publishgate:owner":
			s.Author = value
		case "publishgate:justification":
			if slices.Contains(justifications(), value) {
				s.Justification = value
			}
		case "publishgate:issued":
			if t := r.time(p, "value"); s.Said.IsZero() {
				s.Said = t
			}
		case "publishgate:expires":
			s.Until = r.time(p, "value")
		}
	}
}

// affected makes a statement about one component. If the document describes a
// product, components are its parts; if it describes nothing, each is a product
// of its own.
func (r *reader) affected(a strict.Value, s Statement, b *bom) (Statement, bool) {
	ref := r.text(a, "ref")
	purls, meant := r.versions(a, b.resolve(ref), s.Status)
	switch {
	case !meant:
		return s, false
	case !b.rooted, ref == b.rootRef && ref != "":
		s.Products = []Product{{PURLs: purls}}
	default:
		s.Products = []Product{{Parts: []Component{{purls}}}}
		if b.rootPURL != "" {
			s.Products[0].PURLs = []string{b.rootPURL}
		}
	}
	return s, true
}

// versions narrows a component without a version to the versions listed with
// it. Ranges are not read, so they mean no version. The list says which
// versions are vulnerable, explicitly or by default; what that means for the
// product is said by the analysis.
func (r *reader) versions(a strict.Value, purl string, status Status) (purls []string, meant bool) {
	listed := map[string]bool{} // version → whether the analysis is about it
	var order []string
	for v := range r.list(a, "versions") {
		word := r.text(v, "status")
		if version := r.text(v, "version"); version != "" {
			listed[version] = status.lifts() || word != "unaffected"
			order = append(order, version)
		}
	}
	name, version, err := npm.ParsePURL(purl)
	about, named := listed[version]
	switch {
	case purl == "":
		return nil, true
	case err != nil || a.Get("versions").Len() == 0:
		return []string{purl}, true
	case version != "":
		return []string{purl}, about || !named
	}
	for _, v := range order {
		if listed[v] {
			purls = append(purls, npm.PURLOf(name, v))
		}
	}
	return purls, len(purls) > 0
}

// resolve finds the package URL of a reference. A reference is the bom-ref of a
// component of this document, or a BOM-Link into another document, whose
// bom-ref is then read as the package URL that it usually is.
func (b *bom) resolve(ref string) string {
	if purl, ok := b.purls[ref]; ok {
		return purl
	}
	if _, fragment, found := strings.Cut(ref, "#"); found && strings.HasPrefix(ref, "urn:cdx:") {
		// The bom-ref is percent-encoded; some writers encode the escapes of
		// the package URL a second time.
		if ref = fragment; !isPURL(ref) {
			if plain, err := url.PathUnescape(ref); err == nil {
				ref = plain
			}
		}
		if purl, ok := b.purls[ref]; ok {
			return purl
		}
	}
	ref, _, _ = strings.Cut(ref, "|") // our own documents add "|" to distinguish several copies
	if isPURL(ref) {
		return ref
	}
	return ""
}

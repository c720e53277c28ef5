package vex

import (
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
)

// openVEX is the @context of OpenVEX; a version may follow it.
const openVEX = "https://openvex.dev/ns"

// openVEXVersions are the supported versions of OpenVEX: 0.2.0, and 0.0.x,
// which names vulnerability, products and subcomponents by plain strings.
// https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
var openVEXVersions = []string{"", "v0.0.0", "v0.0.1", "v0.0.2", "v0.2.0"}

// openVEXStatus maps OpenVEX's statuses.
func openVEXStatus() map[string]Status {
	return map[string]Status{"affected": Affected, "under_investigation": Unknown, "not_affected": NotAffected,
		"fixed": Fixed}
}

// justifications returns OpenVEX's reasons for not_affected.
func justifications() []string {
	return []string{
		"component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
		"vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist",
	}
}

// openVEX reads an OpenVEX document.
func (r *reader) openVEX(v strict.Value, d *Document) {
	context := v.Get("@context")
	version := strings.TrimPrefix(strings.TrimPrefix(context.Text(), openVEX), "/")
	if !slices.Contains(openVEXVersions, version) {
		r.fail(context, "OpenVEX %+.20q is no version that is read", version)
		return
	}
	d.Author = r.text(v, "author")
	said, updated := r.time(v, "timestamp"), r.time(v, "last_updated")
	if v.Get("statements").Kind() != strict.Array {
		r.fail(v, "a document of OpenVEX has a list of statements")
		return
	}
	for s := range v.Get("statements").Elements() {
		if !r.want(s, "statement", strict.Object) {
			r.fail(s, "a statement is an object")
			return
		}
		d.Statements = append(d.Statements, r.openVEXStatement(s, d.Author, said, updated))
	}
}

// openVEXStatement reads one statement. Without times of its own, it has those
// of the document.
func (r *reader) openVEXStatement(v strict.Value, author string, said, updated time.Time) Statement {
	s := Statement{Author: author, Line: v.Line(), IDs: r.vulnerability(v)}
	var ok bool
	if s.Status, ok = oneOf(r, v, "status", openVEXStatus()); !ok {
		r.fail(v, "a statement has a status")
	}
	if t := r.time(v, "timestamp"); !t.IsZero() {
		said, updated = t, time.Time{}
	}
	s.Said = said
	s.Confirmed = latest(said, latest(updated, r.time(v, "last_updated")))
	s.Justification = r.text(v, "justification")
	s.Reason = r.text(v, "impact_statement")
	if !slices.Contains(justifications(), s.Justification) {
		s.Justification = "" // not a justification of the specification
	}
	switch {
	case s.Reason != "":
	case s.Justification != "":
		s.Reason = strings.ReplaceAll(s.Justification, "_", " ")
	case s.Status == Fixed:
		s.Reason = "fixed"
		if notes := r.text(v, "status_notes"); notes != "" {
			s.Reason += ": " + notes
		}
	}
	old := r.plainParts(v)
	for p := range r.list(v, "products") {
		product := Product{PURLs: r.component(p), Parts: old}
		for part := range r.list(p, "subcomponents") {
			product.Parts = append(slices.Clip(product.Parts), Component{r.component(part)})
		}
		s.Products = append(s.Products, product)
	}
	return s
}

// vulnerability reads the names of a vulnerability: an object, in 0.0.x a
// string.
func (r *reader) vulnerability(v strict.Value) []string {
	f := v.Get("vulnerability")
	if f.Kind() == strict.String && f.Text() != "" {
		return []string{f.Text()}
	}
	if f.Kind() != strict.Object || r.text(f, "name") == "" && r.text(f, "@id") == "" {
		r.fail(v, "a statement names its vulnerability")
		return nil
	}
	var ids []string
	if name := r.text(f, "name"); name != "" {
		ids = append(ids, name)
	}
	for a := range r.list(f, "aliases") {
		if r.want(a, "alias", strict.String) {
			ids = append(ids, a.Text())
		}
	}
	if id := r.text(f, "@id"); id != "" { // an address, whose last part is usually the name
		ids = append(ids, id[strings.LastIndexByte(id, '/')+1:])
	}
	return ids
}

// plainParts reads the subcomponents of 0.0.x: they are listed beside the
// products and belong to each of them.
func (r *reader) plainParts(v strict.Value) []Component {
	var parts []Component
	for part := range r.list(v, "subcomponents") {
		parts = append(parts, Component{r.component(part)})
	}
	return parts
}

// component reads the package URLs of a product or a part: its @id and its
// identifiers, in 0.0.x a string.
func (r *reader) component(v strict.Value) []string {
	var purls []string
	add := func(s string) {
		if isPURL(s) && !slices.Contains(purls, s) {
			purls = append(purls, s)
		}
	}
	switch v.Kind() {
	case strict.String:
		add(v.Text())
	case strict.Object:
		add(r.text(v, "@id"))
		add(r.text(r.object(v, "identifiers"), "purl"))
	default:
		r.fail(v, "a product or part is an object or a string, found %s", v.Kind())
	}
	return purls
}

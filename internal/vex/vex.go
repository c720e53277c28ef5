// Package vex reads what others say about vulnerabilities – OpenVEX documents and
// the analyses of CycloneDX – weighs it, and writes what we say ourselves as
// OpenVEX.
//
// A statement lifts a finding when it says not_affected or fixed (in CycloneDX's
// words also false_positive and resolved), names the finding's advisory, is about
// the package that is judged or about the dependency itself, and is the latest of
// all that do; of two of one time the stricter counts. One about a package in
// between lifts it when every way to the dependency leads through such packages.
// Products are recognised by package URLs of type npm, by the rule that scanners
// follow; statements that name them by hashes or CPE are passed over.
//
// VEX has no expiry, so the policy gives it one: a statement counts for so long
// after it was made or last confirmed, and an undated, a future or an old one
// does not. One without an author or a reason does not count either, and malware
// is never lifted: all that is reported where it would have mattered.
//
// The package opens no file, knows no clock and verifies no signature: whoever
// hands it a document vouches for where that comes from. CSAF is not read.
package vex

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
)

// MaxBytes is the size of the largest document that is read.
const MaxBytes = 64 << 20

// A Document is one VEX document.
type Document struct {
	File       string // as shown to people
	Format     string // "OpenVEX", "CycloneDX"
	Author     string // may be foreign, and empty
	Statements []Statement
}

// A Statement says what a vulnerability means for some products.
type Statement struct {
	IDs           []string // of the vulnerability, its name first
	Status        Status
	Justification string    // OpenVEX vocabulary, "" where it says none of it
	Reason        string    // for people; "" where it gives none
	Author        string    // who answers for it; "" where nobody does
	Said          time.Time // when it was known to be true; zero: it has no date
	Confirmed     time.Time // when it was last said to hold, not before Said
	Until         time.Time // its own end; zero: it has none
	Products      []Product
	Line          int // in the file
}

// A Status is what a statement says. The zero value lifts nothing.
type Status int

// The statuses, the strictest first.
const (
	Affected    Status = iota // affected, exploitable
	Unknown                   // under_investigation, in_triage
	NotAffected               // not_affected, false_positive
	Fixed                     // fixed, resolved, resolved_with_pedigree
)

// lifts reports whether the status lifts findings.
func (s Status) lifts() bool { return s == NotAffected || s == Fixed }

// A Product is what a statement is about: the package, or some of its parts.
type Product struct {
	PURLs []string    // package URLs it goes by; empty: it goes by something else
	Parts []Component // empty: the package as a whole, with all its parts
}

// A Component is part of a product.
type Component struct {
	PURLs []string
}

// errFormat says which documents are read.
var errFormat = errors.New("neither OpenVEX nor CycloneDX: it has no @context of openvex.dev and no bomFormat")

// Read reads one document. The file name is only shown to people. An error is
// a document that is not understood in full: no part of one counts.
func Read(data []byte, file string) (*Document, error) {
	v, err := strict.ParseWithin(data, strict.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	d := &Document{File: file}
	r := &reader{}
	switch context := v.Get("@context").Text(); {
	case context == openVEX || strings.HasPrefix(context, openVEX+"/"):
		d.Format = "OpenVEX"
		r.openVEX(v, d)
	case v.Get("bomFormat").Text() == "CycloneDX":
		d.Format = "CycloneDX"
		r.cycloneDX(v, d)
	default:
		return nil, fmt.Errorf("read %s: %w", file, errFormat)
	}
	if r.err != nil {
		return nil, fmt.Errorf("read %s: %w", file, r.err)
	}
	return d, nil
}

// A reader reads fields of the kinds they must have and keeps the first error.
type reader struct{ err error }

func (r *reader) fail(at strict.Value, format string, args ...any) {
	if r.err == nil {
		line, column := at.Position()
		r.err = &strict.SyntaxError{Line: line, Column: column, Text: fmt.Sprintf(format, args...)}
	}
}

// want reports whether a value that may be absent or null is there, of a kind.
func (r *reader) want(v strict.Value, what string, kind strict.Kind) bool {
	switch v.Kind() {
	case strict.Missing, strict.Null:
		return false
	case kind:
		return true
	}
	r.fail(v, "%s: %s expected, found %s", what, kind, v.Kind())
	return false
}

func (r *reader) text(v strict.Value, key string) string {
	if f := v.Get(key); r.want(f, key, strict.String) {
		return f.Text()
	}
	return ""
}

func (r *reader) object(v strict.Value, key string) strict.Value {
	if f := v.Get(key); r.want(f, key, strict.Object) {
		return f
	}
	return strict.Value{}
}

// list yields the elements of a list that may be absent.
func (r *reader) list(v strict.Value, key string) func(func(strict.Value) bool) {
	f := v.Get(key)
	if !r.want(f, key, strict.Array) {
		return func(func(strict.Value) bool) {}
	}
	return f.Elements()
}

// time reads an RFC 3339 time; zero: there is none.
func (r *reader) time(v strict.Value, key string) time.Time {
	text := r.text(v, key)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.fail(v.Get(key), "%s is no time in RFC 3339", key)
	}
	return t.UTC()
}

// oneOf reads one of a vocabulary.
func oneOf[T any](r *reader, v strict.Value, key string, words map[string]T) (meaning T, said bool) {
	f := v.Get(key)
	if !r.want(f, key, strict.String) {
		return meaning, false
	}
	meaning, known := words[f.Text()]
	if !known {
		r.fail(f, "%s %+.40q is none that is known", key, f.Text())
	}
	return meaning, known
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// isPURL reports whether an identifier is a package URL.
func isPURL(s string) bool { return strings.HasPrefix(s, "pkg:") }

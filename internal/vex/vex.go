// Package vex reads what others say about vulnerabilities (OpenVEX documents
// and the analyses of CycloneDX), weighs it, and writes our own statements as
// OpenVEX.
//
// A statement lifts a finding when it says not_affected or fixed (in CycloneDX
// also false_positive and resolved), names the finding's advisory, is about the
// judged package or the dependency itself, and is the latest such statement; of
// two with the same time, the stricter counts. A statement about a package in
// between lifts the finding when every path to the dependency leads through
// such packages. Products are recognised by package URLs of type npm, by the
// rule that scanners follow. Statements that name products by hashes or CPE are
// ignored.
//
// VEX has no expiry, so the policy sets one: a statement counts for a limited
// time after it was made or last confirmed. A statement that is undated, dated
// in the future or too old does not count, nor one without an author or a
// reason. Malware is never lifted. All this is reported where it would have
// mattered.
//
// The package opens no file, has no clock and verifies no signature: the caller
// vouches for the origin of a document. CSAF is not read.
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

// A Statement says how a vulnerability affects some products.
type Statement struct {
	IDs           []string // of the vulnerability, its name first
	Status        Status
	Justification string    // OpenVEX vocabulary, "" where it gives none
	Reason        string    // for people; "" where it gives none
	Author        string    // who is responsible for it; "" where nobody is named
	Said          time.Time // when it was known to be true; zero: undated
	Confirmed     time.Time // when it was last confirmed, not before Said
	Until         time.Time // when it says itself that it ends; zero: it does not say
	Products      []Product
	Line          int // in the file
}

// A Status is the status of a statement. The zero value lifts nothing.
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

// A Product is what a statement is about: a package, or some of its parts.
type Product struct {
	PURLs []string    // package URLs; empty: it is identified in another way
	Parts []Component // empty: the package as a whole, with all its parts
}

// A Component is part of a product.
type Component struct {
	PURLs []string
}

// errFormat is the error for a document of an unknown format.
var errFormat = errors.New("neither OpenVEX nor CycloneDX: it has no @context of openvex.dev and no bomFormat")

// Read reads one document. The file name is only shown to people. If any part
// of a document is not understood, Read returns an error and no statements.
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

// A reader reads typed fields and keeps the first error.
type reader struct{ err error }

func (r *reader) fail(at strict.Value, format string, args ...any) {
	if r.err == nil {
		line, column := at.Position()
		r.err = &strict.SyntaxError{Line: line, Column: column, Text: fmt.Sprintf(format, args...)}
	}
}

// want reports whether an optional value is present and of the given kind.
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

// list yields the elements of an optional list.
func (r *reader) list(v strict.Value, key string) func(func(strict.Value) bool) {
	f := v.Get(key)
	if !r.want(f, key, strict.Array) {
		return func(func(strict.Value) bool) {}
	}
	return f.Elements()
}

// time reads an RFC 3339 time; zero if there is none.
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

// oneOf reads one word of a vocabulary.
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

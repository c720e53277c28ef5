package monitor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
)

// FileVersion is the version of the state's form that this program reads and
// writes.
const FileVersion = 1

// Limits of a state file. Five hundred packages of five hundred versions each are
// some 11 MB.
const (
	MaxBytes    = 64 << 20
	maxPackages = 5_000
	maxVersions = 100_000 // of one package, and of each other list
)

// The errors of Read. Each has the reason with it.
var (
	ErrForm    = errors.New("this is no state of publishgate monitor")                  // cut, foreign text, a wrong value
	ErrVersion = errors.New("this state was written by another version of publishgate") // "version" is not FileVersion
	ErrLarge   = errors.New("this state is larger than a state of publishgate can be")  // more than MaxBytes
)

// New returns a state that remembers nothing.
func New() *State { return &State{Packages: map[string]*Package{}} }

// fields are the keys that each kind of object of the file has.
var fields = map[string][]string{
	"state":   {"version", "since", "packages"},
	"package": {"looks", "versions", "built", "people", "licenses", "tags", "counts", "week", "findings"},
	"first":   {"at", "of"},
	"tags":    {"at", "n", "of"},
	"count":   {"at", "n"},
	"finding": {"n", "since", "seen", "ended", "overdue", "topic", "rule", "severity", "level", "name", "version", "package", "ids", "paths",
		"message", "fix", "published", "ends", "subject", "scope", "shipped"},
}

// Read reads a state file. The error is ErrForm, ErrVersion or ErrLarge with the
// reason; nothing of a file that is wrong anywhere is returned. It takes no time
// for granted: what lies ahead of the clock Judge and Settle leave out.
func Read(data []byte) (*State, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrLarge, len(data), MaxBytes)
	}
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: MaxBytes, Depth: 8, Members: maxVersions})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	if v := doc.Get("version"); string(v.Raw()) != fmt.Sprint(FileVersion) || v.Kind() != strict.Number {
		if v.Kind() == strict.Number {
			return nil, fmt.Errorf("%w: its version is %.20s, and this one reads %d", ErrVersion, v.Raw(), FileVersion)
		}
		return nil, fmt.Errorf("%w: it has no version", ErrForm)
	}
	if err := known(doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	var f fileState
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	s, err := f.state()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return s, nil
}

// known refuses keys that the file does not have, also in another letter case.
func known(doc strict.Value) error {
	packages := doc.Get("packages")
	if packages.Len() > maxPackages {
		return fmt.Errorf("%d packages, more than %d", packages.Len(), maxPackages)
	}
	err := only(doc, "state")
	for _, p := range packages.Members() {
		err = errors.Join(err, only(p, "package"), only(p.Get("people"), "first"), only(p.Get("tags"), "tags"))
		for part, kind := range map[string]string{"licenses": "first", "counts": "count", "findings": "finding"} {
			for _, v := range p.Get(part).Members() {
				err = errors.Join(err, only(v, kind))
			}
		}
		if err != nil {
			return err
		}
	}
	return err
}

func only(v strict.Value, kind string) error {
	for key := range v.Members() {
		if text := key.Text(); !slices.Contains(fields[kind], text) {
			return fmt.Errorf("line %d: a %s has no key %+.60q", key.Line(), kind, text)
		}
	}
	return nil
}

// state checks what was read.
func (f *fileState) state() (*State, error) {
	s := &State{Packages: make(map[string]*Package, len(f.Packages))}
	var err error
	if s.Since, err = readTime(f.Since); err != nil {
		return nil, err
	}
	for name, fp := range f.Packages {
		if strings.TrimSpace(name) == "" || len(name) > 300 || fp == nil {
			return nil, fmt.Errorf("%+.100q is no package", name)
		}
		p, err := fp.read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.Packages[name] = p
	}
	return s, nil
}

// read checks what was read of one package.
func (f *filePackage) read() (*Package, error) {
	r := timeReader{}
	p := &Package{Looks: map[Topic]time.Time{}, Versions: f.Versions, Built: f.Built, Week: r.time(f.Week), Findings: map[string]Record{},
		People: r.first(f.People), Tags: Tagged{r.time(f.Tags.At), f.Tags.N, f.Tags.Of}, Licenses: map[string]First{}, Counts: map[string]Count{}}
	for topic, at := range f.Looks {
		if !slices.Contains(Topics, topic) {
			return nil, fmt.Errorf("%+.60q is no topic", topic)
		}
		p.Looks[topic] = r.time(at)
	}
	for version, list := range f.Licenses {
		p.Licenses[version] = r.first(list)
	}
	for version, c := range f.Counts {
		p.Counts[version] = Count{r.time(c.At), c.N}
	}
	if f.Tags.N < 0 || f.Tags.N > 1<<30 {
		return nil, fmt.Errorf("tags that changed %d times in a second", f.Tags.N)
	}
	for at, versions := range p.Built {
		if !ascending(versions) {
			return nil, fmt.Errorf("built %+.100q: its versions are not ascending", at)
		}
	}
	for key, fr := range f.Findings {
		rec, err := fr.record(&r)
		if err != nil {
			return nil, err
		}
		if rec.Finding.Fingerprint() != key {
			return nil, fmt.Errorf("the finding %+.60q is not under its own key", key)
		}
		p.Findings[key] = rec
	}
	return p, r.err
}

// ascending reports whether a list is sorted without repetitions.
func ascending(list []string) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}

// A timeReader reads times and keeps the first error.
type timeReader struct{ err error }

func (r *timeReader) time(s string) time.Time {
	t, err := readTime(s)
	if r.err == nil {
		r.err = err
	}
	return t
}

func (r *timeReader) first(f fileFirst) First {
	if (!ascending(f.Of) || f.At == "" && len(f.Of) > 0) && r.err == nil {
		r.err = errors.New("a list is not ascending, or has no time")
	}
	return First{r.time(f.At), f.Of}
}

// readTime reads what the file has for a time: whole seconds, UTC; empty: none.
func readTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err != nil || t.Unix() <= 0 {
		return time.Time{}, fmt.Errorf("%+.60q is no time of a state", s)
	}
	return t, nil
}

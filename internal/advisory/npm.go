package advisory

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/strict"
)

// NPM is the bulk advisory endpoint of npm registries, what npm audit asks
// (npm/cli, arborist/lib/audit-report.js). npm asks one registry about
// everything; this asks a scope's own registry, and only that, about the
// scope's packages.
type NPM struct {
	Registry string // base address, with or without a slash at the end
	Scopes   Scopes // scopes asked elsewhere
	Web      Web

	// Authorize, when set, adds credentials to a request, by its address. Requests
	// go only to Registry and to those of Scopes.
	Authorize func(*http.Request)
}

const (
	npmBatch    = 1000 // package names per request
	npmParallel = 4
)

// Name is "npm".
func (s *NPM) Name() string { return "npm" }

// Answer asks about all packages, in batches, with the canary in each. If one
// registry does not answer completely, it returns an error.
func (s *NPM) Answer(ctx context.Context, asked []Asked) ([]Record, Status, error) {
	type batch struct {
		share share
		asked []Asked
	}
	var batches []batch
	shares, kept := s.Scopes.shares(s.Registry, asked)
	for i, part := range shares {
		for chunk := range slices.Chunk(part.asked, npmBatch) {
			batches = append(batches, batch{part, chunk})
		}
		if i == 0 && len(batches) == 0 {
			batches = append(batches, batch{part, nil}) // only the canary, to test the source
		}
	}
	answers := make([][]Record, len(batches))
	err := each(ctx, len(batches), npmParallel, func(ctx context.Context, i int) (err error) {
		b := batches[i]
		if answers[i], err = s.batch(ctx, b.share.address, b.asked); err != nil {
			return fmt.Errorf("%s: %w", b.share, err)
		}
		return nil
	})
	if err != nil {
		return nil, Status{}, err
	}
	records := slices.Concat(answers...)
	return records, Status{Advisories: distinct(records), AsOf: s.Web.Now().UTC(), Unasked: kept}, nil
}

func (s *NPM) batch(ctx context.Context, registry string, asked []Asked) ([]Record, error) {
	body, err := npmBody(asked)
	if err != nil {
		return nil, err
	}
	address := strings.TrimRight(registry, "/") + "/-/npm/v1/security/advisories/bulk"
	answer, err := s.Web.fetch(ctx, func() (*http.Request, error) {
		req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Content-Encoding", "gzip")
		req.Header.Set("Accept", "application/json")
		if s.Authorize != nil {
			s.Authorize(req)
		}
		return req, nil
	})
	if err != nil {
		return nil, err
	}
	records, err := parseBulk(answer)
	if err != nil {
		return nil, err
	}
	if !sings(records) {
		return nil, errNoCanary
	}
	return about(records, asked)
}

// about keeps the records of packages that a registry was asked about, and of
// the canary: other packages are not its concern. A name that differs from a
// requested one in letter case only is an error: npm's names are
// case-sensitive, and a proxy may have ignored that.
func about(records []Record, asked []Asked) ([]Record, error) {
	names, folded := map[string]bool{canaryName: true}, map[string]string{}
	for _, a := range asked {
		names[a.Name] = true
		folded[strings.ToLower(a.Name)] = a.Name
	}
	for i := range records {
		name := records[i].Package
		if meant := folded[strings.ToLower(name)]; meant != "" && !names[name] {
			return nil, fmt.Errorf("%w: asked about %s, it answers about %s", errNotBulk, short(meant), short(name))
		}
	}
	return slices.DeleteFunc(records, func(r Record) bool { return !names[r.Package] }), nil
}

// npmBody returns {"name": ["1.0.0", …], …}, gzipped, keys sorted.
func npmBody(asked []Asked) ([]byte, error) {
	query := make(map[string][]string, len(asked)+1)
	for _, a := range asked {
		if a.whole() {
			a.Versions = a.Versions[1:] // the endpoint takes only versions
		}
		if len(a.Versions) == 0 {
			continue
		}
		query[a.Name] = a.Versions
	}
	if list := query[canaryName]; !slices.Contains(list, canaryVersion) {
		query[canaryName] = append([]string{canaryVersion}, list...)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(query); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

var errNotBulk = errors.New("not an answer of the advisory endpoint")

// parseBulk reads {"name": [{id, url, title, severity, vulnerable_versions,
// cwe, cvss}]}. Any other shape is an error, not an empty answer.
func parseBulk(data []byte) ([]Record, error) {
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: maxAnswer})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotBulk, err)
	}
	var records []Record
	folded := map[int]bool{}
	for name, list := range doc.Members() {
		if list.Kind() != strict.Array {
			return nil, fmt.Errorf("%w: %s is %s", errNotBulk, short(name.Text()), list.Kind())
		}
		known := map[string]int{} // by id, its place among records
		for e := range list.Elements() {
			r, err := parseBulkEntry(name.Text(), e)
			if err != nil {
				return nil, err
			}
			// One entry per advisory and range: merge them.
			if i, found := known[r.ID]; found {
				k := knownRecord{Record: &records[i]}
				k.absorb(&r)
				records[i] = *k.Record
				folded[i] = true
				continue
			}
			known[r.ID] = len(records)
			records = append(records, r)
		}
	}
	for i := range folded {
		k := knownRecord{Record: &records[i]}
		k.tidy()
		records[i] = *k.Record
	}
	return records, nil
}

func parseBulkEntry(name string, e strict.Value) (Record, error) {
	id, url := e.Get("id"), e.Get("url")
	if e.Kind() != strict.Object || id.Kind() != strict.Number && id.Kind() != strict.String {
		return Record{}, fmt.Errorf("%w: an advisory of %s without an id", errNotBulk, short(name))
	}
	r := Record{
		ID:       clip("npm-"+id.Text()+numberText(id), maxID),
		Package:  name,
		Title:    clip(e.Get("title").Text(), maxTitle),
		Severity: finding.ParseSeverity(e.Get("severity").Text()),
		Vector:   clip(e.Get("cvss").Get("vectorString").Text(), maxTitle),
	}
	if at := strings.LastIndexByte(url.Text(), '/'); strings.HasPrefix(url.Text()[at+1:], "GHSA-") {
		r.ID = clip(url.Text()[at+1:], maxID)
	}
	if r.Severity == finding.Unknown && r.Vector != "" {
		r.Severity = VectorSeverity(r.Vector)
	}
	r.Kind = kindOf(r.ID, r.Title)
	kind, err := cweKinds(e.Get("cwe"))
	if err != nil {
		return Record{}, fmt.Errorf("%w: cwe of %s: %w", errNotBulk, short(name), err)
	}
	r.Kind = max(r.Kind, kind)
	switch versions := e.Get("vulnerable_versions"); versions.Kind() {
	case strict.String:
		r.Ranges = npmRange(versions.Text())
	case strict.Missing, strict.Null:
		r.Ranges = []Range{{Introduced: "0"}} // npm's own default: every version
	default:
		return Record{}, fmt.Errorf("%w: vulnerable_versions of %s is %s", errNotBulk, short(name), versions.Kind())
	}
	return r, nil
}

func numberText(v strict.Value) string {
	if v.Kind() == strict.Number {
		return string(v.Raw())
	}
	return ""
}

// distinct returns the number of different advisories.
func distinct(records []Record) int {
	ids := map[string]struct{}{}
	for i := range records {
		ids[records[i].ID] = struct{}{}
	}
	return len(ids)
}

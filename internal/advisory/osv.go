package advisory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/web"
)

// OSVAddress is the public OSV API.
const OSVAddress = "https://api.osv.dev"

// OSV is an OSV API (https://google.github.io/osv.dev/api/): which advisories
// concern a package version, then each advisory in full.
type OSV struct {
	Base   string // OSVAddress, or of a mirror
	Scopes Scopes // scopes whose packages are not sent to it
	Web    Web
}

const (
	osvBatch    = 1000 // the API's own limit
	osvBatches  = 4    // concurrent batches
	osvPages    = 100  // no package version has that many pages of advisories
	osvParallel = 16   // concurrent requests for details, if nothing else bounds them
)

// Name is "osv".
func (s *OSV) Name() string { return "osv" }

// An osvQuery asks about one package version or, without one, about all of
// the package (https://google.github.io/osv.dev/post-v1-query/).
type osvQuery struct {
	Package osvPackage `json:"package"`
	Version string     `json:"version,omitempty"`
	Page    string     `json:"page_token,omitempty"`
}

type osvPackage struct {
	Name      string `json:"name"`
	Ecosystem string `json:"ecosystem"`
}

// Answer asks which advisories there are, then reads each. The API returns
// results in the order of the queries. Answer checks that each advisory is
// about its package, and the canary of each batch.
func (s *OSV) Answer(ctx context.Context, asked []Asked) ([]Record, Status, error) {
	open, kept := s.Scopes.public(asked)
	about, err := s.query(ctx, queries(open))
	if err != nil {
		return nil, Status{}, err
	}
	ids := make([]string, 0, len(about))
	for id := range about {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	answers := make([][]Record, len(ids))
	parallel := osvParallel
	if s.Web.Turns != nil {
		parallel = web.Abreast
	}
	err = each(ctx, len(ids), parallel, func(ctx context.Context, i int) (err error) {
		answers[i], err = s.details(ctx, ids[i], about[ids[i]])
		return err
	})
	if err != nil {
		return nil, Status{}, err
	}
	records := slices.Concat(answers...)
	if !sings(records) {
		return nil, Status{}, errNoCanary
	}
	return records, Status{Advisories: len(ids), AsOf: s.Web.Now().UTC(), Unasked: kept, Depth: OfWhole}, nil
}

var canaryQuery = osvQuery{Package: osvPackage{canaryName, "npm"}, Version: canaryVersion}

// queries returns one query per version, or one for a whole package. The canary
// is added to each batch later.
func queries(asked []Asked) []osvQuery {
	var list []osvQuery
	for _, a := range asked {
		if a.whole() {
			list = append(list, osvQuery{Package: osvPackage{Name: a.Name, Ecosystem: "npm"}})
			continue
		}
		for _, v := range a.Versions {
			list = append(list, osvQuery{Package: osvPackage{a.Name, "npm"}, Version: v})
		}
	}
	return list
}

// query returns the names of the packages that each advisory was given for.
func (s *OSV) query(ctx context.Context, list []osvQuery) (map[string][]string, error) {
	batches := slices.Collect(slices.Chunk(list, osvBatch-1))
	if len(batches) == 0 {
		batches = [][]osvQuery{nil} // only the canary, to test the source
	}
	answers := make([]map[string][]string, len(batches))
	err := each(ctx, len(batches), osvBatches, func(ctx context.Context, i int) (err error) {
		answers[i], err = s.batch(ctx, append([]osvQuery{canaryQuery}, batches[i]...))
		return err
	})
	if err != nil {
		return nil, err
	}
	about := map[string][]string{}
	for _, a := range answers {
		for id, names := range a {
			about[id] = append(about[id], names...)
		}
	}
	for id, names := range about {
		slices.Sort(names)
		about[id] = slices.Compact(names)
	}
	return about, nil
}

// batch asks one batch, the canary among it, page by page.
func (s *OSV) batch(ctx context.Context, batch []osvQuery) (map[string][]string, error) {
	about := map[string][]string{}
	sung := false
	for page := 0; len(batch) > 0; page++ {
		if page == osvPages {
			return nil, errors.New("pages without end")
		}
		found, err := s.page(ctx, batch)
		if err != nil {
			return nil, err
		}
		var next []osvQuery
		for i, f := range found {
			name := batch[i].Package.Name
			for _, id := range f.ids {
				sung = sung || name == canaryName && id == CanaryID
				about[id] = append(about[id], name)
			}
			if f.next != "" {
				q := batch[i]
				q.Page = f.next
				next = append(next, q)
			}
		}
		batch = next
	}
	if !sung {
		return nil, errNoCanary
	}
	return about, nil
}

// An osvResult is the result of one query.
type osvResult struct {
	ids  []string
	next string
}

func (s *OSV) page(ctx context.Context, batch []osvQuery) ([]osvResult, error) {
	body, err := json.Marshal(map[string][]osvQuery{"queries": batch})
	if err != nil {
		return nil, err
	}
	answer, err := s.Web.fetch(ctx, func() (*http.Request, error) {
		req, err := http.NewRequest(http.MethodPost, s.base()+"/v1/querybatch", bytes.NewReader(body))
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
		}
		return req, err
	})
	if err != nil {
		return nil, err
	}
	found, err := parseBatch(answer)
	if err != nil {
		return nil, err
	}
	if len(found) != len(batch) {
		return nil, fmt.Errorf("%w: %d results for %d queries", errNotBatch, len(found), len(batch))
	}
	return found, nil
}

var errNotBatch = errors.New("not an answer of the OSV API")

// parseBatch reads {"results": [{"vulns": [{"id"}], "next_page_token"}]}; a
// query without advisories has an empty object.
func parseBatch(data []byte) ([]osvResult, error) {
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: maxAnswer})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotBatch, err)
	}
	if err := errors.Join(spelled(doc, "results"), fails(doc)); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotBatch, err)
	}
	if next, err := nextPage(doc); err != nil || next != "" {
		return nil, fmt.Errorf("%w: a page token beside the results", errNotBatch)
	}
	results := doc.Get("results")
	if results.Kind() != strict.Array {
		return nil, fmt.Errorf("%w: results is %s", errNotBatch, results.Kind())
	}
	var list []osvResult
	for e := range results.Elements() {
		if k := e.Get("vulns").Kind(); e.Kind() != strict.Object || k != strict.Array && k != strict.Missing {
			return nil, fmt.Errorf("%w: a result that is %s with %s as vulns", errNotBatch, e.Kind(), k)
		}
		if err := errors.Join(spelled(e, "vulns"), fails(e)); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotBatch, err)
		}
		next, err := nextPage(e)
		if err != nil {
			return nil, err
		}
		r := osvResult{next: next}
		for v := range e.Get("vulns").Elements() {
			id := v.Get("id").Text()
			if id == "" || len(id) > maxID || strings.ContainsAny(id, "/?#%\\") || strings.Trim(id, ".") == "" {
				return nil, fmt.Errorf("%w: an advisory with the id %s", errNotBatch, short(id))
			}
			r.ids = append(r.ids, id)
		}
		list = append(list, r)
	}
	return list, nil
}

// nextPage returns the token of a result that has more pages. A token that is
// not a string, or has another key, is an error and not "no more".
func nextPage(result strict.Value) (string, error) {
	for key, token := range result.Members() {
		switch name := plainKey(key.Text()); {
		case strings.Contains(name, "page"), strings.Contains(name, "token"), name == "next", name == "cursor":
		default:
			continue
		}
		if key.Text() != "next_page_token" || token.Kind() != strict.String {
			return "", fmt.Errorf("%w: %s that is %s", errNotBatch, short(key.Text()), token.Kind())
		}
		return token.Text(), nil
	}
	return "", nil
}

// details reads one advisory, which must be about the packages of its queries:
// results in a wrong order are an error.
func (s *OSV) details(ctx context.Context, id string, names []string) ([]Record, error) {
	answer, err := s.Web.fetch(ctx, func() (*http.Request, error) {
		return http.NewRequest(http.MethodGet, s.base()+"/v1/vulns/"+url.PathEscape(id), nil)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", short(id), err)
	}
	doc, err := strict.ParseWithin(answer, strict.Limits{Bytes: maxRecordBytes})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", short(id), err)
	}
	records, err := ParseOSV(doc, s.Web.Now(), nil)
	if err != nil {
		return nil, err
	}
	if got := doc.Get("id").Text(); got != id {
		return nil, fmt.Errorf("%w: asked for %s, got %s", errNotBatch, short(id), short(got))
	}
	if over(doc.Get("withdrawn"), s.Web.Now()) {
		return records, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(records, func(r Record) bool { return r.Package == name }) {
			return nil, fmt.Errorf("%w: %s was given for %s and is not about it", errNotBatch, short(id), short(name))
		}
	}
	return records, nil
}

func (s *OSV) base() string { return strings.TrimRight(s.Base, "/") }

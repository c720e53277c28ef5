package registry

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// The downloads API, which npm has at another host, is answered here by the same
// server, as npm's documentation and its users tell of it (npm/registry,
// docs/download-counts.md; npm/download-counts#31 and #37;
// npm/registry-issue-archive#206; npm/documentation#1366): a range above 18 months
// loses its beginning, several packages at once are refused above 365 days or 128
// packages or if one is scoped, and days that are not counted yet have 0 downloads.

const (
	downloadsPath = "/downloads/range/"
	versionsPath  = "/versions/"
)

// Uncounted makes the API leave out the days that it has not counted yet, in place
// of saying 0.
func (s *Server) Uncounted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uncounted = true
}

// downloads answers a request for counts.
func (s *Server) downloads(w http.ResponseWriter, path string) {
	if of, ok := strings.CutPrefix(path, versionsPath); ok {
		name, _ := url.PathUnescape(strings.TrimSuffix(of, "/last-week"))
		p := s.packages[name]
		if p == nil || p.lastWeek == nil || p.Access == "restricted" {
			spoil.Fail(w, http.StatusNotFound, "package "+name+" not found")
			return
		}
		reply(w, http.StatusOK, map[string]any{"package": name, "downloads": p.lastWeek})
		return
	}
	period, of, _ := strings.Cut(strings.TrimPrefix(path, downloadsPath), "/")
	of, _ = url.PathUnescape(of)
	first, last, _ := strings.Cut(period, ":")
	from, wrong := time.Parse(time.DateOnly, first)
	to, alsoWrong := time.Parse(time.DateOnly, last)
	if wrong != nil || alsoWrong != nil || to.Before(from) {
		spoil.Fail(w, http.StatusBadRequest, "invalid date")
		return
	}
	names, days := strings.Split(of, ","), int(to.Sub(from)/(24*time.Hour))+1
	if len(names) == 1 {
		if earliest := to.AddDate(0, -18, 0); from.Before(earliest) {
			from = earliest
		}
		answer := s.days(names[0], from, to)
		if answer == nil {
			spoil.Fail(w, http.StatusNotFound, "package "+names[0]+" not found")
			return
		}
		reply(w, http.StatusOK, answer)
		return
	}
	switch {
	case strings.Contains(of, "/"):
		spoil.Fail(w, http.StatusBadRequest, "scoped packages are not currently supported in bulk lookups")
		return
	case len(names) > 128:
		spoil.Fail(w, http.StatusBadRequest, "exceeded max packages of 128")
		return
	case days > 365:
		spoil.Fail(w, http.StatusBadRequest, "exceeded max days of 365")
		return
	}
	all := map[string]any{}
	for _, name := range names {
		all[name] = s.days(name, from, to)
	}
	reply(w, http.StatusOK, all)
}

// days returns the counts of one package; nil: it is not counted.
func (s *Server) days(name string, from, to time.Time) map[string]any {
	p := s.packages[name]
	if p == nil || p.days == nil || p.Access == "restricted" {
		return nil
	}
	last := ""
	for day := range p.days {
		last = max(last, day)
	}
	list := []any{}
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		if date > last && s.uncounted {
			break
		}
		list = append(list, map[string]any{"day": date, "downloads": p.days[date]})
	}
	return map[string]any{"package": name, "start": from.Format(time.DateOnly), "end": to.Format(time.DateOnly), "downloads": list}
}

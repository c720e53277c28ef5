package respond

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/tarball"
)

// Limits of a search. A tarball has those of package tarball.
const (
	maxSearched = 1000 // versions
	atATime     = 3    // tarballs, each of up to tarball.MaxPacked
	maxPlaces   = 50   // of one version
)

// search downloads each version of the range and looks for what leaked. A version
// that cannot be searched whole is missed, unless the bytes were found in it.
func (q *Inquiry) search(ctx context.Context, l *incident.Look, earlier *incident.Record) {
	list := q.Ask.Covered(l)
	if len(list) > maxSearched {
		l.Missed = append(l.Missed, fmt.Sprintf("%d of %d versions: no more than %d are searched at once, narrow the range",
			len(list)-maxSearched, len(list), maxSearched))
		list = list[:maxSearched]
	}
	forms := formsOf(q.Wanted.Bytes.Reveal())
	l.Found = map[string][]incident.Place{}
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(chan struct{}, atATime)
	why := make([]string, len(list))
	for i, p := range list {
		all.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; all.Done() }()
			places, missed := q.searchOne(ctx, p, forms)
			mu.Lock()
			defer mu.Unlock()
			if why[i] = missed; missed == "" {
				l.Found[p.Version] = places
			}
		}()
	}
	all.Wait()
	for _, one := range why {
		if one != "" {
			l.Missed = append(l.Missed, one)
		}
	}
	q.say("%d versions searched", len(l.Found))
}

// searchOne searches one tarball.
func (q *Inquiry) searchOne(ctx context.Context, p registry.Publication, forms []form) (places []incident.Place, missed string) {
	info := registry.Info{Name: q.Ask.Package, Version: p.Version, Integrity: p.Integrity, Shasum: p.Shasum, Tarball: p.Tarball}
	data, err := q.Client.Tarball(ctx, info, tarball.MaxPacked)
	if err != nil {
		return nil, fmt.Sprintf("the bytes of %s@%s: %v", q.Ask.Package, p.Version, err)
	}
	places, whole, why := Search(data, q.Wanted, forms)
	if !whole && len(places) == 0 {
		return nil, fmt.Sprintf("all files of %s@%s: %s", q.Ask.Package, p.Version, why)
	}
	return places, ""
}

// Search looks into a packed tarball. whole is false where the archive is not one
// that every reader reads alike, so that a file may not have been seen; why says it.
func Search(data []byte, w Wanted, forms []form) (places []incident.Place, whole bool, why string) {
	add := func(path, how string) {
		if len(places) < maxPlaces && !slices.Contains(places, incident.Place{Path: path, How: how}) {
			places = append(places, incident.Place{Path: path, How: how})
		}
	}
	o := tarball.Options{NoSecrets: true, AnyRoot: true, Digests: w.SHA256 != ""}
	if len(forms) > 0 {
		o.Watch = func(path string) func([]byte) {
			m := newMatcher(forms, func(how string) { add(path, how) })
			return m.write
		}
	}
	t, err := tarball.Read(data, "the tarball", o)
	if err != nil {
		return nil, false, err.Error()
	}
	if w.SHA256 != "" && t.SHA256 == w.SHA256 {
		add("the tarball itself", "its digest")
	}
	for _, e := range t.Entries {
		switch {
		case e.Dir:
		case w.SHA256 != "" && e.SHA256 == w.SHA256:
			add(e.Path, "its digest")
		case w.Path != "" && named(e.Path, w.Path):
			add(e.Path, "its path")
		}
	}
	slices.SortFunc(places, func(a, b incident.Place) int { return strings.Compare(a.Path+"\x00"+a.How, b.Path+"\x00"+b.How) })
	for _, v := range t.Violations {
		if v.Rule != tarball.RuleMode {
			return places, false, v.Text
		}
	}
	return places, true, ""
}

// named reports whether an entry has a path, below the root folder or with it; a
// path without a slash is the name of a file in any folder.
func named(entry, path string) bool {
	path = strings.TrimPrefix(path, "./")
	_, inner, _ := strings.Cut(entry, "/")
	return entry == path || inner == path || !strings.Contains(path, "/") && strings.HasSuffix(entry, "/"+path)
}

// A matcher finds forms in what is written to it piece by piece.
type matcher struct {
	forms []form
	found func(how string)
	tail  []byte // the end of what was written, shorter than the longest form
	keep  int
}

func newMatcher(forms []form, found func(how string)) *matcher {
	m := &matcher{forms: forms, found: found}
	for _, f := range forms {
		m.keep = max(m.keep, len(f.text)-1)
	}
	return m
}

func (m *matcher) write(piece []byte) {
	text := append(m.tail, piece...)
	for _, f := range m.forms {
		if bytes.Contains(text, f.text) {
			m.found(f.how)
		}
	}
	m.tail = slices.Clone(text[max(0, len(text)-m.keep):])
}

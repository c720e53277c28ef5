package lockfile

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// agree holds an entry's version against its resolution, which says it too.
// yarn fetches the resolution and shows the version, so what is judged here is
// the resolution.
func (b *berry) agree(e *berryEntry) {
	p := e.pkg
	if p.Source != npm.SourceRegistry {
		return
	}
	fetched, ok := b.fetchedVersion(e.reference)
	if !ok || fetched == p.Version {
		return
	}
	if _, err := npm.ParseVersion(fetched); err != nil {
		b.contradict(e, "%s says version %s, but resolves to %+q, which is no version", p.Name, p.Version, clip(fetched))
		return
	}
	b.contradict(e, "%s says version %s, but resolves to %s, which is what yarn installs", p.Name, p.Version, fetched)
	p.Version = fetched
}

// fetchedVersion is what a locator's reference has for a version, that of the
// original where it is patched; false where it names an address.
func (b *berry) fetchedVersion(reference string) (string, bool) {
	for depth := 0; depth < 8; depth++ {
		inner, _, ok := patchOf(reference)
		if !ok {
			break
		}
		_, reference = descriptor("x" + inner[max(strings.LastIndexByte(inner, '@'), 0):])
		reference = withProtocolOf(reference)
	}
	version, ok := strings.CutPrefix(reference, "npm:")
	version, _, _ = strings.Cut(version, "::")
	return version, ok
}

// resolvesTo holds the name an entry is asked for by against that of its
// resolution: yarn installs another package under a name only for an alias,
// "npm:real@range".
func (b *berry) resolvesTo(e *berryEntry, name, rng string) {
	want := name
	if alias, ok := strings.CutPrefix(rng, "npm:"); ok {
		if at := strings.IndexByte(alias[min(1, len(alias)):], '@') + 1; at > 0 {
			want = alias[:at]
		}
	}
	if want == e.name {
		return
	}
	b.contradict(e, "%s@%s resolves to another package, %s", clip(name), clip(rng), e.pkg.ID())
}

func (b *berry) contradict(e *berryEntry, format string, args ...any) {
	b.graph.Notes = append(b.graph.Notes, npm.Note{
		Kind: npm.NoteContradiction, File: b.in.File, Line: e.pkg.Line, Column: e.pkg.Column, Text: fmt.Sprintf(format, args...),
	})
}

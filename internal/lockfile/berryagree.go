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
	_, reference = patchedFrom(reference)
	version, ok := strings.CutPrefix(withProtocolOf(reference), "npm:")
	version, _, _ = strings.Cut(version, "::")
	return version, ok
}

// resolvesTo holds the name an entry is asked for by against that of its
// resolution: yarn installs another package under a name only for an alias,
// "npm:real@range", and for a patch of another, "patch:real@npm:range#file".
func (b *berry) resolvesTo(e *berryEntry, name, rng string) {
	asked, inner := patchedFrom(rng)
	if asked == "" {
		asked = name
	}
	if real := aliasOf(inner); real != "" {
		asked = real
	}
	got, _ := patchedFrom(e.reference)
	if got == "" {
		got = e.name
	} else if name != e.name { // a patch keeps the name it is asked for by
		got = ""
	}
	if asked != got {
		b.contradict(e, "%s@%s resolves to another package, %s", clip(name), clip(rng), e.pkg.ID())
	}
}

// aliasOf is the package that a range names itself; "": it names none.
func aliasOf(rng string) string {
	real, ok := strings.CutPrefix(rng, "npm:")
	if !ok {
		return ""
	}
	return real[:strings.IndexByte(real[min(1, len(real)):], '@')+1]
}

// patchedFrom is the package that a reference or a range is a patch of, which may
// be of a patch, and its own; without a name where it is no patch.
func patchedFrom(reference string) (name, original string) {
	for depth := 0; depth < 8; depth++ {
		inner, _, ok := patchOf(reference)
		if !ok {
			break
		}
		name, reference = descriptor(inner)
	}
	return name, reference
}

func (b *berry) contradict(e *berryEntry, format string, args ...any) {
	b.graph.Notes = append(b.graph.Notes, npm.Note{
		Kind: npm.NoteContradiction, File: b.in.File, Line: e.pkg.Line, Column: e.pkg.Column, Text: fmt.Sprintf(format, args...),
	})
}

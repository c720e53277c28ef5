package lockfile

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// agree compares the version of an entry with that in its resolution. yarn
// fetches by the resolution and only displays the version, so the resolution is
// what is judged.
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

// fetchedVersion returns the version in a locator's reference: that of the
// original if the package is patched. It returns false for an address.
func (b *berry) fetchedVersion(reference string) (string, bool) {
	_, reference = patchedFrom(reference)
	version, ok := strings.CutPrefix(withProtocolOf(reference), "npm:")
	version, _, _ = strings.Cut(version, "::")
	return version, ok
}

// resolvesTo compares the name in an entry's descriptor with that in its
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
	} else if name != e.name { // a patch keeps the name of the request
		got = ""
	}
	if asked != got {
		b.contradict(e, "%s@%s resolves to another package, %s", clip(name), clip(rng), e.pkg.ID())
	}
}

// aliasOf returns the package name that a range contains, or "".
func aliasOf(rng string) string {
	real, ok := strings.CutPrefix(rng, "npm:")
	if !ok {
		return ""
	}
	return real[:strings.IndexByte(real[min(1, len(real)):], '@')+1]
}

// patchedFrom returns the package that a reference or a range patches, and the
// innermost original of patches of patches. The name is empty for what is no
// patch.
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

package upgrade

import "github.com/publishgate/publishgate/internal/npm"

// overlap reports whether a version can satisfy two declared values; a value
// that is no range overlaps with everything.
func overlap(a, b string) bool {
	var x reached
	x.add(a)
	x.sort()
	return x.by(b)
}

// reached is the set of versions that some declared values admit.
type reached struct {
	texts                 map[string]bool
	anything              bool // one of them is no range
	whole, windows        []npm.Span
	releases, prereleases npm.Versions
}

func (x *reached) add(value string) {
	text := ask(value).Range
	if x.texts[text] {
		return
	}
	if x.texts == nil {
		x.texts = map[string]bool{}
	}
	x.texts[text] = true
	r, err := npm.ParseRange(text)
	x.anything = x.anything || err != nil
	releases, prereleases := r.Admitted()
	x.whole, x.windows = append(x.whole, releases...), append(x.windows, prereleases...)
}

func (x *reached) sort() {
	x.releases, x.prereleases = npm.NewVersions(x.whole), npm.NewVersions(x.windows)
}

// by reports whether a version in the set can satisfy another value.
func (x *reached) by(value string) bool {
	r, err := npm.ParseRange(ask(value).Range)
	if x.texts == nil || err != nil || x.anything {
		return x.texts != nil
	}
	releases, prereleases := r.Admitted()
	_, found := x.releases.Common(releases)
	_, before := x.prereleases.Common(prereleases)
	return found || before
}

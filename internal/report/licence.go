package report

import (
	"github.com/publishgate/publishgate/internal/display"
)

// maxLicences is the number of accepted licences that are named; unknown and denied
// ones are named in any case, up to maxOdd each.
const (
	maxLicences = 6
	maxOdd      = 20
)

// A Licence is how many of the judged packages state a licence.
type Licence struct {
	License         string // as stated, foreign; empty: none is
	Packages        int
	Denied, Unknown bool // by the policy; neither: accepted
}

// The data of the section about licences.
type (
	pageLicences struct {
		Bar []pageBar
		Key []pageLicenceKey
	}
	pageLicenceKey struct {
		Class, Word string
		Text        []piece
	}
)

// A licenceKind is the licences that the policy treats alike.
type licenceKind struct {
	class, word string
	list        []Licence
	packages    int
}

// licenceKinds returns the licences by what the policy makes of them, without empty
// kinds.
func (d *Document) licenceKinds() (kinds []licenceKind, packages int) {
	all := []licenceKind{{class: "n1", word: "accepted"}, {class: "w1", word: "unknown"}, {class: "b1", word: "denied"}}
	for _, l := range d.LookedAt.Licences {
		k := &all[0]
		switch {
		case l.Denied:
			k = &all[2]
		case l.Unknown:
			k = &all[1]
		}
		k.list = append(k.list, l)
		k.packages += l.Packages
		packages += l.Packages
	}
	for _, k := range all {
		if k.packages > 0 {
			kinds = append(kinds, k)
		}
	}
	return kinds, packages
}

// most returns how many licences of a kind are named.
func (k *licenceKind) most() int {
	if k.class == "n1" {
		return min(len(k.list), maxLicences)
	}
	return min(len(k.list), maxOdd)
}

// parts names the licences of a kind: "MIT 62, ISC 3".
func (k *licenceKind) parts() []part {
	var parts []part
	rest := k.packages
	for i, l := range k.list[:k.most()] {
		if i > 0 {
			parts = append(parts, plainly(", "))
		}
		if l.License == "" {
			parts = append(parts, plainly("none stated"))
		} else {
			parts = append(parts, foreign(l.License))
		}
		parts = append(parts, own(" %s", thousands(int64(l.Packages))))
		rest -= l.Packages
	}
	if rest > 0 {
		parts = append(parts, own(" and others %s", thousands(int64(rest))))
	}
	return parts
}

// pageLicences shows the licences as a bar, and names them.
func (d *Document) pageLicences() (out pageLicences) {
	kinds, packages := d.licenceKinds()
	at := 0.0
	bar := func(class, word string, n int) {
		share := float64(n) / float64(packages)
		b := pageBar{X: percent(at), Width: percent(share), Class: class}
		if share > 0.03 {
			b.Count = thousands(int64(n))
		}
		if share > 0.12 {
			b.Word = word
		}
		at += share
		out.Bar = append(out.Bar, b)
	}
	for i := range kinds {
		k := &kinds[i]
		out.Key = append(out.Key, pageLicenceKey{k.class, k.word, textOf(k.parts()...)})
		if k.class != "n1" {
			bar(k.class, k.word, k.packages)
			continue
		}
		rest := k.packages
		for _, l := range k.list[:k.most()] {
			bar(k.class, display.Cap(l.License, 20), l.Packages)
			rest -= l.Packages
		}
		if rest > 0 {
			bar(k.class, "others", rest)
		}
	}
	return out
}

// licences appends a line for each kind of licence.
func (m *markdownWriter) licences(d *Document) {
	kinds, packages := d.licenceKinds()
	if packages == 0 {
		return
	}
	text := []byte("\n### Licences\n\n")
	for i := range kinds {
		text = spans(append(text, "- "+kinds[i].word+": "...), kinds[i].parts(), display.Markdown)
		text = append(text, '\n')
	}
	m.item(text)
}

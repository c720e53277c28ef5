package license

import (
	"slices"
	"strings"
)

// A mark identifies the text of a licence: words in lower case with single
// spaces. All of its words must occur in the text, and none of without.
type mark struct {
	id      string
	words   []string
	without []string
}

// marks returns the marks of the licences that nearly all packages use, taken
// from their titles and grants. If one licence contains another, without
// distinguishes them.
func marks() []mark {
	const redistribution = "redistributions of source code must retain"
	const isc = "permission to use, copy, modify, and/or distribute this software for any purpose with or " +
		"without fee is hereby granted"
	const iscOld = "permission to use, copy, modify, and distribute this software for any purpose with or " +
		"without fee is hereby granted"
	const keepNotice = "provided that the above copyright notice and this permission notice appear in all copies"
	return []mark{
		{id: "MIT", words: []string{"permission is hereby granted, free of charge, to any person obtaining a copy " +
			"of this software", "shall be included in all copies or substantial portions"}},
		{id: "MIT-0", words: []string{"permission is hereby granted, free of charge, to any person obtaining a " +
			"copy of this software"}, without: []string{"shall be included in all copies"}},
		{id: "ISC", words: []string{isc, keepNotice}},
		{id: "ISC", words: []string{iscOld, keepNotice}},
		{id: "0BSD", words: []string{isc}, without: []string{keepNotice}},
		{id: "BSD-2-Clause", words: []string{redistribution, "redistributions in binary form must reproduce"},
			without: []string{"endorse or promote products"}},
		{id: "BSD-3-Clause", words: []string{redistribution, "redistributions in binary form must reproduce",
			"endorse or promote products"}},
		{id: "Apache-2.0", words: []string{"apache license", "version 2.0, january 2004"}},
		{id: "Apache-2.0", words: []string{"licensed under the apache license, version 2.0"}},
		{id: "MPL-2.0", words: []string{"mozilla public license", "covered software", "version 2.0"}},
		{id: "GPL-2.0", words: []string{"gnu general public license version 2, june 1991"}},
		{id: "GPL-3.0", words: []string{"gnu general public license version 3, 29 june 2007"}},
		{id: "AGPL-3.0", words: []string{"gnu affero general public license version 3, 19 november 2007"}},
		{id: "LGPL-2.1", words: []string{"gnu lesser general public license version 2.1, february 1999"}},
		{id: "LGPL-3.0", words: []string{"gnu lesser general public license version 3, 29 june 2007"}},
		{id: "EPL-2.0", words: []string{"eclipse public license - v 2.0"}},
		{id: "Unlicense", words: []string{"this is free and unencumbered software released into the public domain"}},
		{id: "CC0-1.0", words: []string{"cc0 1.0 universal"}},
		{id: "BlueOak-1.0.0", words: []string{"blue oak model license", "version 1.0.0"}},
		{id: "Artistic-2.0", words: []string{"the artistic license 2.0"}},
		{id: "BUSL-1.1", words: []string{"business source license 1.1"}},
		{id: "SSPL-1.0", words: []string{"server side public license", "version 1, october 16, 2018"}},
		{id: "Elastic-2.0", words: []string{"elastic license 2.0"}},
	}
}

// Texts returns the licences whose text a file contains, sorted, as SPDX ids
// without -only and -or-later, which the text does not tell; empty if none is
// recognised. A file may contain several: alternatives, or those of bundled
// code.
func Texts(text string) []string {
	text = plainWords(text)
	var ids []string
	for _, m := range marks() {
		if m.in(text) {
			ids = append(ids, m.id)
		}
	}
	return unique(ids)
}

func (m *mark) in(text string) bool {
	for _, w := range m.words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return !slices.ContainsFunc(m.without, func(w string) bool { return strings.Contains(text, w) })
}

// plainWords removes what differs between copies of one text: letter case, line
// breaks, comment markers, markup and typographic quotes.
func plainWords(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		switch r {
		case ' ', '\t', '\n', '\r', '*', '#', '>', '_', '=', '\u00a0', '\ufeff':
			return true
		}
		return false
	})
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "//" || w == "/" }), " ")
}

// States reports whether the licence in package.json, an SPDX expression, names
// one of the licences whose text was found. known is false if they cannot be
// compared: it is not an expression, or names licences by reference.
func States(expression string, texts []string) (agrees, known bool) {
	n := parse(strings.TrimSpace(expression))
	if n == nil || !n.listed() {
		return false, false
	}
	known = true
	n.leaves(func(l *node) {
		if isRef(l.id) {
			known = false
		}
		agrees = agrees || slices.Contains(texts, family(l.id))
	})
	return agrees, known
}

// family returns the name that Texts uses for a licence; variants with the same
// text are one.
func family(id string) string {
	id = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(id, "-only"), "-or-later"), "+")
	switch id {
	case "X11", "MIT-Modern-Variant", "JSON":
		return "MIT"
	case "BSD-4-Clause", "BSD-3-Clause-Clear", "BSD-Source-Code":
		return "BSD-3-Clause"
	}
	return id
}

package license

import (
	"strings"
	"sync"
)

// correct converts the free text of old packages to an SPDX expression, or ""
// where that is not safe. It knows only spellings of common licences with a
// single meaning. A GNU licence without a version is read as any version,
// because a policy that denies the family means that too.
func correct(text string) string {
	if len(text) > maxText {
		return ""
	}
	if alternatives := choices(text); len(alternatives) > 1 {
		var read []string
		for _, a := range alternatives {
			one := correct(a)
			if n := parse(a); n != nil && n.listed() {
				one = n.text()
			}
			if one == "" {
				return ""
			}
			read = append(read, one)
		}
		return strings.Join(read, " OR ")
	}
	k := key(text)
	if id, ok := listed()[strings.ToLower(strings.Trim(text, " *\"'().,"))]; ok {
		return id
	}
	if id, ok := spellings()[k]; ok {
		return id
	}
	return gnuFamily(k)
}

// choices splits a text at OR, as the legacy array of licences is joined.
func choices(text string) []string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") && strings.Count(text, "(") == 1 {
		text = text[1 : len(text)-1]
	}
	if strings.ContainsAny(text, "()") || strings.Contains(strings.ToUpper(text), " AND ") {
		return nil
	}
	var parts []string
	rest := text
	for {
		i := indexFold(rest, " OR ")
		if i < 0 || strings.HasPrefix(strings.ToLower(rest[i+4:]), "later") ||
			strings.HasPrefix(strings.ToLower(rest[i+4:]), "newer") ||
			strings.HasPrefix(strings.ToLower(rest[i+4:]), "any later") {
			return append(parts, rest)
		}
		parts = append(parts, rest[:i])
		rest = rest[i+4:]
	}
}

// indexFold is strings.Index without regard to letter case. Offsets are those
// of s itself: changing the case of a text can change its length.
func indexFold(s, word string) int {
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// key reduces a text to what distinguishes licences: lower-case letters and
// digits, without filler words.
func key(text string) string {
	var words []string
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '+'
	}) {
		switch w {
		case "the", "license", "licence", "licensed", "licensing", "lic", "version", "ver", "v", "software",
			"foundation", "under", "terms", "of", "a":
			continue
		}
		words = append(words, w)
	}
	return strings.Join(words, "")
}

// spellings maps the keys of licences that npm packages name most, besides the
// SPDX ids themselves.
var spellings = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"mit": "MIT", "mitx11": "MIT", "x11mit": "MIT", "expat": "MIT", "mitexpat": "MIT", "mitopensource": "MIT",
		"mits": "MIT", "mitstyle": "MIT",
		"isc": "ISC", "iscinternetsystemsconsortium": "ISC",
		"apache": "Apache-2.0", "apache2": "Apache-2.0", "apache20": "Apache-2.0", "apachev2": "Apache-2.0",
		"apachev20": "Apache-2.0",
		"apacheasl": "Apache-2.0", "asl2": "Apache-2.0", "asl20": "Apache-2.0", "apl2": "Apache-2.0",
		"al2": "Apache-2.0", "al20": "Apache-2.0", "apachelicensev2": "Apache-2.0",
		"bsd2": "BSD-2-Clause", "bsd2clause": "BSD-2-Clause", "2clausebsd": "BSD-2-Clause",
		"simplifiedbsd": "BSD-2-Clause", "freebsd": "BSD-2-Clause", "bsdsimplified": "BSD-2-Clause",
		"bsd3": "BSD-3-Clause", "bsd3clause": "BSD-3-Clause", "3clausebsd": "BSD-3-Clause", "newbsd": "BSD-3-Clause",
		"modifiedbsd": "BSD-3-Clause", "bsdnew": "BSD-3-Clause", "revisedbsd": "BSD-3-Clause",
		"mpl": "MPL-2.0", "mpl2": "MPL-2.0", "mpl20": "MPL-2.0", "mplv2": "MPL-2.0", "mplv20": "MPL-2.0",
		"mozillapublic20": "MPL-2.0", "mozillapublic2": "MPL-2.0", "mpl11": "MPL-1.1",
		"unlicense": "Unlicense", "unlicence": "Unlicense", "wtfpl": "WTFPL", "wtfpl2": "WTFPL",
		"dowhatthefuckyouwanttopublic": "WTFPL",
		"cc0":                          "CC0-1.0", "cc010": "CC0-1.0", "cc010universal": "CC0-1.0", "zlib": "Zlib",
		"artistic2": "Artistic-2.0", "artistic20": "Artistic-2.0",
		"boost": "BSL-1.0", "boost10": "BSL-1.0", "bsl1": "BSL-1.0", "epl1": "EPL-1.0", "epl10": "EPL-1.0",
		"epl2": "EPL-2.0", "epl20": "EPL-2.0", "eclipsepublic10": "EPL-1.0", "eclipsepublic20": "EPL-2.0",
		"ccby40": "CC-BY-4.0", "ccby30": "CC-BY-3.0", "ccby4": "CC-BY-4.0", "ccby3": "CC-BY-3.0",
		"python": "Python-2.0", "0bsd": "0BSD", "blueoak100": "BlueOak-1.0.0",
	}
})

// gnuFamily reads names of the GNU licences, with or without a version.
func gnuFamily(k string) string {
	family, rest := "", ""
	for _, f := range []struct{ word, id string }{
		{"gnuafferogeneralpublic", "AGPL"}, {"afferogeneralpublic", "AGPL"}, {"gnuaffero", "AGPL"},
		{"afferogpl", "AGPL"}, {"gnuagpl", "AGPL"}, {"agpl", "AGPL"},
		{"gnulessergeneralpublic", "LGPL"}, {"gnulesserpublic", "LGPL"}, {"lessergeneralpublic", "LGPL"},
		{"gnulibrarygeneralpublic", "LGPL"}, {"gnulgpl", "LGPL"}, {"lessergpl", "LGPL"}, {"gnulesser", "LGPL"},
		{"lgpl", "LGPL"},
		{"gnugeneralpublic", "GPL"}, {"generalpublic", "GPL"}, {"gnupublic", "GPL"}, {"gnugpl", "GPL"},
		{"gpl", "GPL"}, {"gnu", "GPL"},
	} {
		if r, ok := strings.CutPrefix(k, f.word); ok {
			family, rest = f.id, r
			break
		}
	}
	if family == "" {
		return ""
	}
	rest = strings.TrimPrefix(rest, "gpl") // "GNU General Public License (GPL) v3"
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "v"), "gpl")
	later := strings.ContainsRune(rest, '+') || strings.Contains(rest, "orlater") ||
		strings.Contains(rest, "oranylater") || strings.Contains(rest, "ornewer")
	for _, cut := range []string{"+", "orlater", "oranylater", "ornewer", "only"} {
		rest, _, _ = strings.Cut(rest, cut)
	}
	version := map[string]string{"1": "1.0", "10": "1.0", "2": "2.0", "20": "2.0", "21": "2.1", "3": "3.0",
		"30": "3.0"}[rest]
	switch {
	case rest == "":
		version, later = map[string]string{"AGPL": "3.0", "LGPL": "2.1", "GPL": "2.0"}[family], true
	case version == "":
		return ""
	}
	suffix := "-only"
	if later {
		suffix = "-or-later"
	}
	id, ok := canonicalID(family + "-" + version + suffix)
	if !ok {
		return ""
	}
	return id
}

package normal

import (
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/strict"
)

// description takes the first paragraph of the README where there is none.
func (n *normaliser) description() {
	if d := n.get("description"); truthy(d) && kind(d) != strict.String {
		n.drop("description")
	}
	readme := n.get("readme")
	if truthy(n.get("description")) || text(readme) == noReadme {
		return
	}
	if kind(readme) != strict.String {
		n.fail("readme", "is %s, expected a string", kind(readme))
		return
	}
	lines := strings.Split(trimmed(text(readme)), "\n")
	start := 0
	for start < len(lines) {
		if s := trimmed(lines[start]); s != "" && s[0] != '#' {
			break
		}
		start++
	}
	end := start + 1
	for end < len(lines) && trimmed(lines[end]) != "" {
		end++
	}
	n.set("description", trimmed(strings.Join(lines[min(start, len(lines)):min(end, len(lines))], " ")))
}

// lists drops what nobody reads any more, and from files what is no name.
func (n *normaliser) lists() {
	if truthy(n.get("modules")) {
		n.drop("modules")
	}
	n.strings("files")
}

// strings keeps the non-empty strings of a list, and drops a field that is none.
func (n *normaliser) strings(field string) {
	given := n.get(field)
	switch {
	case !truthy(given):
	case kind(given) != strict.Array:
		n.drop(field)
	default:
		list := []any{}
		for _, e := range elements(given) {
			if kind(e) == strict.String && truthy(e) {
				list = append(list, e)
			}
		}
		n.shorten(field, list)
	}
}

// shorten replaces a list by those of its elements that are kept.
func (n *normaliser) shorten(field string, kept []any) {
	if len(kept) < len(elements(n.get(field))) {
		n.set(field, kept)
	}
}

// bugs takes the place for issues of a known host where there is none, and makes
// an object of it.
func (n *normaliser) bugs() {
	given := n.get("bugs")
	fixed := newObject()
	switch {
	case !truthy(given):
		if h := n.host(); h != nil && h.bugs() != "" {
			fixed.set("url", h.bugs())
			n.set("bugs", fixed)
		}
		return
	case kind(given) == strict.String:
		switch s := text(given); {
		case isEmail(s):
			fixed.set("email", given)
		case isURL(s):
			fixed.set("url", given)
		}
	case kind(given) == strict.Object:
		old := opened(given)
		for _, key := range names(given) {
			if key == "web" || key == "name" {
				old.set("url", old.get(key))
			}
		}
		if url := old.get("url"); truthy(url) && isURL(spelled(url)) {
			fixed.set("url", url)
		}
		if mail := old.get("email"); isEmail(text(mail)) {
			fixed.set("email", mail)
		}
	}
	if len(fixed.at) == 0 {
		n.drop("bugs")
		return
	}
	n.set("bugs", fixed)
}

// host returns the host of the repository, if it is a known one.
func (n *normaliser) host() *hosted { return hostOf(text(member(n.get("repository"), "url"))) }

func isEmail(s string) bool {
	i := strings.IndexByte(s, '@')
	return i >= 0 && i < strings.LastIndexByte(s, '.')
}

var comma = pattern.New(`,[` + space + `]+`)

// keywords makes a list of them.
func (n *normaliser) keywords() {
	if given := n.get("keywords"); kind(given) == strict.String {
		list := []any{}
		for _, word := range comma.Split(text(given), -1) {
			list = append(list, word)
		}
		n.set("keywords", list)
	}
	n.strings("keywords")
}

// homepage takes the README at a known host where there is none.
func (n *normaliser) homepage() {
	if !truthy(n.get("homepage")) {
		if h := n.host(); h != nil {
			n.set("homepage", h.docs())
		}
	}
	switch given := n.get("homepage"); {
	case !truthy(given):
	case kind(given) != strict.String:
		n.drop("homepage")
	case !isURL(text(given)):
		n.set("homepage", "http://"+text(given))
	}
}

// people makes objects of the author, the maintainers and the contributors.
func (n *normaliser) people() {
	if author := n.get("author"); truthy(author) {
		n.set("author", person(author))
	}
	for _, field := range []string{"maintainers", "contributors"} {
		if kind(n.get(field)) != strict.Array {
			continue
		}
		list := elements(n.get(field))
		for i, p := range list {
			if kind(p) == strict.Null {
				n.fail(field, "has null in its list, expected a person")
				return
			}
			list[i] = person(p)
		}
		n.set(field, list)
	}
}

var (
	personName  = pattern.New(`^[^(<]+`)
	personURL   = pattern.New(`\(([^()]+)\)`)
	personEmail = pattern.New(`<([^<>]+)>`)
)

// person reads "Name <mail> (URL)", or an object after it was written like that.
func person(v any) *object {
	s := text(v)
	if kind(v) != strict.String {
		either := func(keys ...string) any {
			for _, key := range keys {
				if m := member(v, key); truthy(m) {
					return m
				}
			}
			return ""
		}
		s = spelled(either("name"))
		if mail := either("email", "mail"); truthy(mail) {
			s += " <" + spelled(mail) + ">"
		}
		if url := either("url", "web"); truthy(url) {
			s += " (" + spelled(url) + ")"
		}
	}
	p := newObject()
	if name := trimmed(personName.FindString(s)); name != "" {
		p.set("name", name)
	}
	if m := personEmail.FindStringSubmatch(s); m != nil {
		p.set("email", m[1])
	}
	if m := personURL.FindStringSubmatch(s); m != nil {
		p.set("url", m[1])
	}
	return p
}

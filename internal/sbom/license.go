package sbom

import "strings"

// A licence is how one is written: in one of these forms, never two, which
// before 1.7 is invalid.
type licence struct{ id, name, expression string }

// license writes a licence where the schema wants it: one SPDX identifier as
// id, an expression as expression, anything else (UNLICENSED, SEE LICENSE IN …,
// free text) as name. What is not known is not written.
func (b *builder) license(e *encoder, text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	l, known := e.licenses[text]
	if !known {
		l = b.readLicense(text)
		if e.licenses == nil {
			e.licenses = map[string]licence{}
		}
		e.licenses[text] = l
	}
	e.List("licenses")
	e.Item()
	e.Open('{')
	if l.expression == "" {
		e.Key("license")
		e.Open('{')
		e.Some("id", l.id)
		e.Some("name", l.name)
	} else {
		e.Text("expression", l.expression)
	}
	if b.since("1.6") { // a licence is what the author claims
		e.Plain("acknowledgement", "declared")
	}
	if l.expression == "" {
		e.Close('}')
	}
	e.Close('}')
	e.Close(']')
}

func (b *builder) readLicense(text string) licence {
	if b.in.License == nil {
		return licence{name: text}
	}
	canonical, ids, expression := b.in.License(text)
	switch {
	case expression:
		return licence{expression: canonical}
	case len(ids) == 1:
		return licence{id: ids[0]}
	}
	return licence{name: text}
}

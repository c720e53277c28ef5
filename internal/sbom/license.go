package sbom

import (
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// unlisted are identifiers of SPDX's list that the schemas of CycloneDX do not have
// (their list is 3.28.0): as an id they would make the document invalid.
var unlisted = []string{
	"BSD-2-Clause-pos-unchanged", "BSD-3-Clause-OpenWebUI", "BSD-Source-Code-no-disclaimer", "BSD-Source-alt-GPL",
	"BSD-ask-to-endorse", "Brian-Gladman-3-Clause-no-conversion", "Bugroff", "CC-BY-NC-3.0-IGO", "FDK-MPEG-H",
	"Hippocratic-3.0-core", "Informatica", "MVT-1.1", "atc-game",
}

// license puts a licence where the schema wants it, in one of three forms: one
// SPDX identifier as id, an expression as expression, anything else (UNLICENSED,
// SEE LICENSE IN …, free text) as name. What is not known is not written.
func (r *reader) license(text string) *cdx.Licenses {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	l, known := r.licenses[text] // there are few among many packages
	if !known {
		l = &cdx.Licenses{r.b.choice(text)}
		r.licenses[text] = l
	}
	return l
}

func (b *builder) choice(text string) cdx.LicenseChoice {
	var declared cdx.LicenseAcknowledgement
	if b.since("1.6") { // a licence is what the author claims
		declared = cdx.LicenseAcknowledgementDeclared
	}
	l := cdx.License{Name: text, Acknowledgement: declared}
	if b.in.License != nil {
		canonical, ids, expression := b.in.License(text)
		switch {
		case expression:
			c := cdx.LicenseChoice{Expression: canonical}
			if declared != "" {
				c.Acknowledgement = &declared
			}
			return c
		case len(ids) == 1 && slices.Contains(unlisted, ids[0]):
			l.Name = ids[0]
		case len(ids) == 1:
			l.ID, l.Name = ids[0], ""
		}
	}
	return cdx.LicenseChoice{License: &l}
}

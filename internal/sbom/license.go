package sbom

import (
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// unlisted are SPDX ids that are missing in CycloneDX's schemas (whose list is
// 3.28.0). Written as an id, they would make the document invalid.
var unlisted = []string{
	"BSD-2-Clause-pos-unchanged", "BSD-3-Clause-OpenWebUI", "BSD-Source-Code-no-disclaimer", "BSD-Source-alt-GPL",
	"BSD-ask-to-endorse", "Brian-Gladman-3-Clause-no-conversion", "Bugroff", "CC-BY-NC-3.0-IGO", "FDK-MPEG-H",
	"Hippocratic-3.0-core", "Informatica", "MVT-1.1", "atc-game",
}

// license returns a licence in the form that the schema requires: a single SPDX
// id as id, an expression as expression, anything else (UNLICENSED, SEE LICENSE
// IN …, free text) as name. An unknown licence is left out.
func (r *reader) license(text string) *cdx.Licenses {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	l, known := r.licenses[text] // many packages share few licences
	if !known {
		l = &cdx.Licenses{r.b.choice(text)}
		r.licenses[text] = l
	}
	return l
}

func (b *builder) choice(text string) cdx.LicenseChoice {
	var declared cdx.LicenseAcknowledgement
	if b.since("1.6") { // the licence is what the author declares
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

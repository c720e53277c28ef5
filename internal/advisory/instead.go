package advisory

import (
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/strict"
)

// A replacement in an advisory's text: a package in code style or linked on
// npm's site, after words that recommend one. "use" is too common a word, so
// "instead" has to follow it.
const namedPackage = "(?:the )?(?:maintained )?(?:npm )?(?:package |module |fork " +
	")?(?:`(@?[a-z0-9][\\w./-]*)`|\\[[^\\]\\n]*\\]\\(https://(?:www\\.)?npmjs\\.com/package/(@?[a-z0-9][\\w./-]*)\\))"

var recommended = []*pattern.Expr{
	pattern.New(`(?i)(?:(?:migrat|switch|mov|chang|upgrad|updat)\w* to |replac\w* (?:it |this package )?(?:by ` +
		`|with )|succeeded by |successor(?: is|,)? |in favou?r of |alternatives?[^.\n]{0,80}(?:such as|is|like|:) )(?-i:` + namedPackage + ")"),
	pattern.New(`(?i)\bus(?:e|ing) (?-i:` + namedPackage + `) (?:instead|in its place)`),
}

// maxDetails is the number of bytes of an advisory's text that are searched.
const maxDetails = 64 << 10

// instead returns the replacement that an advisory names for a package: another
// affected package that has a fix, such as a maintained fork, else one that the
// text recommends, or "".
func instead(doc strict.Value, name string) string {
	for a := range doc.Get("affected").Elements() {
		pkg := a.Get("package")
		other := pkg.Get("name").Text()
		if other == name || !isNPM(pkg.Get("ecosystem").Text()) || npm.ValidName(other) != nil {
			continue
		}
		for g := range a.Get("ranges").Elements() {
			for e := range g.Get("events").Elements() {
				if e.Get("fixed").Exists() {
					return other
				}
			}
		}
	}
	details := clip(doc.Get("details").Text(), maxDetails)
	for _, words := range recommended {
		for _, m := range words.FindAllStringSubmatch(details, 8) {
			for _, other := range m[1:] {
				if _, err := npm.ParseVersion(other); err != nil && other != name && npm.ValidName(other) == nil {
					return other
				}
			}
		}
	}
	return ""
}

// fixable reports whether a record names an unaffected release.
func (r *Record) fixable() bool {
	for _, run := range r.Ranges {
		if run.Fixed != "" {
			return true
		}
	}
	return false
}

package support

import (
	"regexp"
	"strings"
	"sync"
)

// A pattern is a regular expression that is compiled when it is first used: most
// runs of the program read no table.
type pattern func() *regexp.Regexp

func lazy(text string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

var (
	tags     = lazy(`(?i)</?(?:a|abbr|b|br|code|del|div|em|font|i|ins|kbd|p|s|small|span|strike|strong|u)(?:\s[^>]*)?/?>`)
	pictures = lazy(`(?is)<img\s[^>]*?\balt="([^"]*)"[^>]*>|<img\s[^>]*>`)
	notes    = lazy(`(?is)<su[bp]>.*?</su[bp]>|<!--.*?-->`)
	links    = lazy(`!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])`)
	bold     = lazy(`\*\*([^*]+(?:\*[^*]+)*)\*\*|__([^_]+)__`)
	slanted  = lazy(`^\*([^*]+)\*$|^_([^_]+)_$`)
	escaped  = lazy(`\\([!-/:-@\[-` + "`" + `{-~])`)
	entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&le;", "<=", "&ge;", ">=", "&nbsp;", " ", "&ndash;", " - ", "&mdash;", " - ",
		"&minus;", " - ", "&times;", "x", "&check;", "✅", "&cross;", "❌", "&#10003;", "✅", "&#10004;", "✅", "&#9989;", "✅",
		"&#10005;", "❌", "&#10006;", "❌", "&#10007;", "❌", "&#10060;", "❌", "&#x2705;", "✅", "&#x274c;", "❌", "&#x274C;", "❌",
		"&amp;", "&")
	spellings = strings.NewReplacer("≥", ">=", "≤", "<=", "–", " - ", "—", " - ", "‒", " - ", "−", " - ", "→", " - ", "×", "x", "…", "..",
		"\u00a0", " ", "\u202f", " ", "\ufe0f", "", "\u200b", "")
)

// plainText returns the text of a cell as a reader sees it, in plain characters.
func plainText(cell string) string {
	text := cell
	if strings.Contains(text, "<") {
		text = pictures().ReplaceAllString(notes().ReplaceAllString(text, ""), " $1 ")
		text = tags().ReplaceAllString(breaks().ReplaceAllString(text, ", "), "")
	}
	if strings.Contains(text, "[") {
		text = links().ReplaceAllString(text, "$1")
	}
	text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(text, "~~", ""), "`", ""))
	if strings.ContainsAny(text, "*_") {
		text = slanted().ReplaceAllString(strings.TrimSpace(bold().ReplaceAllString(text, "$1$2")), "$1$2")
	}
	if strings.Contains(text, `\`) {
		text = escaped().ReplaceAllString(text, "$1")
	}
	text = spellings.Replace(entities.Replace(text))
	return strings.Join(strings.Fields(text), " ")
}

var breaks = lazy(`(?i)<br\s*/?>`)

package support

import (
	"regexp"
	"strings"
)

var (
	tags     = regexp.MustCompile(`(?i)</?(?:a|abbr|b|br|code|del|div|em|font|i|ins|kbd|p|s|small|span|strike|strong|u)(?:\s[^>]*)?/?>`)
	pictures = regexp.MustCompile(`(?is)<img\s[^>]*?\balt="([^"]*)"[^>]*>|<img\s[^>]*>`)
	notes    = regexp.MustCompile(`(?is)<su[bp]>.*?</su[bp]>|<!--.*?-->`)
	links    = regexp.MustCompile(`!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])`)
	bold     = regexp.MustCompile(`\*\*([^*]+(?:\*[^*]+)*)\*\*|__([^_]+)__`)
	slanted  = regexp.MustCompile(`^\*([^*]+)\*$|^_([^_]+)_$`)
	escaped  = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)
	entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&le;", "<=", "&ge;", ">=", "&nbsp;", " ", "&ndash;", " - ", "&mdash;", " - ",
		"&minus;", " - ", "&times;", "x", "&check;", "✅", "&cross;", "❌", "&#10003;", "✅", "&#10004;", "✅", "&#9989;", "✅",
		"&#10005;", "❌", "&#10006;", "❌", "&#10007;", "❌", "&#10060;", "❌", "&#x2705;", "✅", "&#x274c;", "❌", "&#x274C;", "❌",
		"&amp;", "&")
	spellings = strings.NewReplacer("≥", ">=", "≤", "<=", "–", " - ", "—", " - ", "‒", " - ", "−", " - ", "→", " - ", "×", "x", "…", "..",
		"\u00a0", " ", "\u202f", " ", "\ufe0f", "", "\u200b", "")
)

// plainText returns the text of a cell as a reader sees it, in plain characters.
func plainText(cell string) string {
	text := notes.ReplaceAllString(cell, "")
	text = pictures.ReplaceAllString(text, " $1 ")
	text = breaks.ReplaceAllString(text, ", ")
	text = tags.ReplaceAllString(text, "")
	text = links.ReplaceAllString(text, "$1")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "~~", ""), "`", "")
	text = bold.ReplaceAllString(strings.TrimSpace(text), "$1$2")
	text = slanted.ReplaceAllString(strings.TrimSpace(text), "$1$2")
	text = spellings.Replace(entities.Replace(escaped.ReplaceAllString(text, "$1")))
	return strings.Join(strings.Fields(text), " ")
}

var breaks = regexp.MustCompile(`(?i)<br\s*/?>`)

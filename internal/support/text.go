package support

import (
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

var (
	tags     = pattern.New(`(?i)</?(?:a|abbr|b|br|code|del|div|em|font|i|ins|kbd|p|s|small|span|strike|strong|u)(?:\s[^>]*)?/?>`)
	pictures = pattern.New(`(?is)<img\s[^>]*?\balt="([^"]*)"[^>]*>|<img\s[^>]*>`)
	notes    = pattern.New(`(?is)<su[bp]>.*?</su[bp]>|<!--.*?-->`)
	links    = pattern.New(`!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])`)
	bold     = pattern.New(`\*\*([^*]+(?:\*[^*]+)*)\*\*|__([^_]+)__`)
	slanted  = pattern.New(`^\*([^*]+)\*$|^_([^_]+)_$`)
	escaped  = pattern.New(`\\([!-/:-@\[-` + "`" + `{-~])`)
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
		text = pictures.ReplaceAllString(notes.ReplaceAllString(text, ""), " $1 ")
		text = tags.ReplaceAllString(breaks.ReplaceAllString(text, ", "), "")
	}
	if strings.Contains(text, "[") {
		text = links.ReplaceAllString(text, "$1")
	}
	text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(text, "~~", ""), "`", ""))
	if strings.ContainsAny(text, "*_") {
		text = slanted.ReplaceAllString(strings.TrimSpace(bold.ReplaceAllString(text, "$1$2")), "$1$2")
	}
	if strings.Contains(text, `\`) {
		text = escaped.ReplaceAllString(text, "$1")
	}
	text = spellings.Replace(entities.Replace(text))
	return strings.Join(strings.Fields(text), " ")
}

var breaks = pattern.New(`(?i)<br\s*/?>`)

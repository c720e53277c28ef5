// Package markdown has what each reader of Markdown here needs to know: where a
// line ends, and where fenced code begins and ends, as CommonMark has it. It reads
// nothing else: what a heading or a list is for, its callers know.
package markdown

import "strings"

// Lines returns the lines of a text without their ends, which are LF, CR LF or CR,
// and without a byte order mark. A text that ends with a line's end has an empty
// last line.
func Lines(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// Fence returns the fence that a line opens, such as "```" or "~~~~"; empty: none.
// White space and marks in front of it are cut off by the caller. A fence of
// backticks has none in what follows it, else it is code within a sentence.
func Fence(line string) string {
	for _, c := range "`~" {
		n := len(line) - len(strings.TrimLeft(line, string(c)))
		if n >= 3 && (c == '~' || !strings.Contains(line[n:], "`")) {
			return line[:n]
		}
	}
	return ""
}

// Closes reports whether a line closes a fence: it is as long or longer, and
// nothing stands behind it.
func Closes(line, fence string) bool {
	return strings.HasPrefix(line, fence) && strings.Trim(line, fence[:1]+" \t") == ""
}

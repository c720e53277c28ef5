package support

import (
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/pattern"
)

var (
	yesMarks = pattern.New(`✅|✔|☑|🟢|🆗|👍|:(?:white_check_mark|heavy_check_mark|check_mark|ballot_box_with_check|` +
		`green_circle|large_green_circle|ok|thumbsup|\+1):|^\[x\]`)
	noMarks = pattern.New(`❌|✖|✗|✘|❎|⛔|🚫|🔴|👎|:(?:x|no_entry|no_entry_sign|negative_squared_cross_mark|` +
		`heavy_multiplication_x|red_circle|thumbsdown|-1|cross_mark):|^\[ ?\]|^[x×]$`)
	noWords = pattern.New(`\b(?:unsupported|unmaintained|deprecated|discontinued|retired|obsolete|abandoned|` +
		`ended|expired|dropped|` +
		`archived|false|nein|non|never)\b|\b(?:not|no longer|isn't|aren't|without)\s+(?:be(?:ing)?\s+|is\s+|are\s+|actively\s+|currently\s+)?` +
		`(?:supported|maintained|updated|patched|receiv\w+|support|active)|` +
		`\bno\s+(?:security\s+)?(?:support|updates|fixes|patches|maintenance)\b|` +
		`^no?(?:$|[\s,;.:!-]+(?:[^n\s]|n[^e]))`)
	endWords = pattern.New(`\b(?:eol|eos|end[- ]of[- ](?:life|support|maintenance|security))\b`)
	yesWords = pattern.New(`\b(?:supported|support|yes|true|active|actively|maintained|maintenance|lts|current|stable|latest|` +
		`full|fully|ja|oui|si|sí|(?:security|critical|bug)[- ]?(?:fix(?:es)?|updates?|patch(?:es)?|only)|fixes|updates|patches|ok)\b|^y$`)
	sinceWords = pattern.New(`\b(?:since|from|released|started|as of|starting)\b`)
	openEnded  = pattern.New(`^(?:|[-–—?.]+|tb[dac]|to be (?:determined|announced)|not (?:yet )?(?:planned|scheduled|set)|` +
		`(?:until )?further notice|rolling|unknown|ongoing|indefinite(?:ly)?|open|` +
		`(?:in|active) support|supported|active(?:ly maintained)?|current)$`)
	unsaid     = pattern.New(`^(?:n/?a|none|never|not applicable)$`)
	securities = pattern.New(`^\W*security(?: only)?$`)
)

// A status is what a cell says of the versions beside it.
type status struct {
	supported bool
	until     time.Time
}

// statusOf reads such a cell; ok is false if it says neither yes nor no.
func statusOf(cell string) (s status, ok bool) {
	text := strings.TrimSpace(strings.ToLower(plainText(cell)))
	day, found := date(text)
	no := noMarks.MatchString(text) || noWords.MatchString(text)
	rest := noWords.ReplaceAllString(text, " ")
	end := endWords.MatchString(rest)
	yes := yesMarks.MatchString(text) || securities.MatchString(text) || yesWords.MatchString(endWords.ReplaceAllString(rest, " "))
	switch {
	case yesMarks.MatchString(text) && noMarks.MatchString(text):
		return s, false
	case no:
		return s, !yesMarks.MatchString(text)
	case found && (end || !sinceWords.MatchString(text)):
		return status{true, day}, true
	case end && strings.ContainsAny(text, "0123456789"), datelike.MatchString(text) && !found:
		return s, false // a day that cannot be read
	case end:
		return s, !yes
	}
	return status{supported: true}, yes
}

// endOf reads a cell of a column that says when support ends, or whether it has.
// alone: no other column says whether the versions are supported, so that "n/a" is
// no answer.
func endOf(cell string, alone bool) (s status, ok bool) {
	text := strings.TrimSpace(strings.ToLower(plainText(cell)))
	if day, found := date(text); found {
		return status{true, day}, true
	}
	switch {
	case openEnded.MatchString(text), unsaid.MatchString(text) && !alone, noMarks.MatchString(text), text == "no":
		return status{supported: true}, true
	case yesMarks.MatchString(text), text == "yes", endWords.MatchString(text), noWords.MatchString(text):
		return status{}, !datelike.MatchString(text)
	}
	return s, false
}

const month = `(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?`

// The forms of a date: the groups in order, each a letter of "ymdqn", n is the
// name of a month.
var dates = []struct {
	form   *pattern.Expr
	groups string
}{
	{pattern.New(`\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b`), "ymd"},
	{pattern.New(`\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b`), "dmy"},
	{pattern.New(`\b(\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?` + month + `,?\s+(\d{4})\b`), "dny"},
	{pattern.New(`\b` + month + `\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b`), "ndy"},
	{pattern.New(`\b` + month + `,?\s+(\d{4})\b`), "ny"},
	{pattern.New(`\b(\d{4})-(\d{2})\b`), "ym"},
	{pattern.New(`\bq([1-4])[\s/-]*(\d{4})\b`), "qy"},
	{pattern.New(`\b(\d{4})[\s/-]*q([1-4])\b`), "yq"},
	{pattern.New(`\bend of (?:the year )?(\d{4})\b`), "y"},
}

// datelike finds what looks like a day, in a form that has one reading or not.
var datelike = pattern.New(`\b(?:19|20)\d\d\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b`)

// date returns the last day of what a text names: a day, a month, a quarter, the
// end of a year. Days such as 01/02/2027 have two readings, and so none.
func date(text string) (day time.Time, ok bool) {
	for _, d := range dates {
		m := d.form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		year, mon, dom := 0, 13, 0 // the day before the first of the month after
		for i, g := range d.groups {
			n, _ := strconv.Atoi(m[i+1])
			switch g {
			case 'y':
				year = n
			case 'm':
				mon = n
			case 'd':
				dom = n
			case 'q':
				mon = 3 * n
			case 'n':
				mon = strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", m[i+1])/3 + 1
			}
		}
		switch {
		case d.groups == "y":
			return time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC), true
		case mon < 1 || mon > 12:
			return day, false
		case dom == 0 && !strings.Contains(d.groups, "d"):
			return time.Date(year, time.Month(mon)+1, 0, 0, 0, 0, 0, time.UTC), true
		}
		day = time.Date(year, time.Month(mon), dom, 0, 0, 0, 0, time.UTC)
		return day, day.Day() == dom
	}
	return day, false
}

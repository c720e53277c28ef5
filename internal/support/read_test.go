package support

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// shown writes a table as one line: each row as versions, + or -, and its end.
func shown(t *Table) string {
	var all []string
	for _, r := range t.Rows {
		text := r.Range()
		if text == "" {
			text = []string{"", "latest", "older", "others", "prereleases", "branch"}[r.set.kind] + r.set.unit
		}
		text += map[bool]string{true: " +", false: " -"}[r.Supported]
		if !r.Until.IsZero() {
			text += " " + r.Until.Format(time.DateOnly)
		}
		all = append(all, text)
	}
	for _, p := range t.Problems {
		all = append(all, fmt.Sprintf("!%d", p.Line))
	}
	return strings.Join(all, "; ")
}

const github = `# Security Policy

## Supported Versions

Use this section to tell people about which versions of your project are
currently being supported with security updates.

| Version | Supported          |
| ------- | ------------------ |
| 5.1.x   | :white_check_mark: |
| 5.0.x   | :x:                |
| 4.0.x   | :white_check_mark: |
| < 4.0   | :x:                |

## Reporting a Vulnerability
`

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"GitHub's template": {github, "5.1.x +; 5.0.x -; 4.0.x +; <4.0 -"},
		"no outer pipes":    {"Version | Supported\n--- | :-:\n5.x | yes\n4.x | no\n", "5.x +; 4.x -"},
		"CRLF":              {"|Version|Supported|\r\n|--|--|\r\n|5.x|✅|\r\n|4.x|❌|\r\n", "5.x +; 4.x -"},
		"a longer fence": {"````\n```\n|Version|Supported|\n|--|--|\n|5.x|no|\n```\n````\n" +
			"|Version|Supported|\n|--|--|\n|6.x|yes|\n", "6.x +"},
		"a byte order mark": {"\ufeff|Version|Supported|\n|--|--|\n|5.x|no|\n", "5.x -"},
		"CR":                {"|Version|Supported|\r|--|--|\r|5.x|✅|\r|4.x|❌|\r", "5.x +; 4.x -"},
		"setext title": {"Supported versions\n------------------\n\n| v | ok? |\n|--|--|\n| `5.x` | Yes |\n| **4.x** | No |\n",
			"5.x +; 4.x -"},
		"states": {table("Supported", "6.x|Active", "5.x|Maintenance", "4.x|Security fixes only", "3.x|End of life", "2.x|EOL", "1.x|Unsupported",
			"0.9.x|not supported", "0.8.x|no longer maintained", "0.7.x|Deprecated", "0.6.x|No"),
			"6.x +; 5.x +; 4.x +; 3.x -; 2.x -; 1.x -; 0.9.x -; 0.8.x -; 0.7.x -; 0.6.x -"},
		"marks": {table("Supported", "9.x|✔️ yes", "8.x|:heavy_check_mark:", "7.x|☑", "6.x|🟢", "5.x|✗", "4.x|✖️", "3.x|⛔", "2.x|x",
			"1.x|:no_entry:",
			"0.x|🔴 EOL"), "9.x +; 8.x +; 7.x +; 6.x +; 5.x -; 4.x -; 3.x -; 2.x -; 1.x -; 0.x -"},
		"until": {table("Supported", "5.x|✅ until 2027-01-31", "4.x|until January 2027", "3.x|Supported through Q2 2027", "2.x|ended 2024-01-01",
			"1.x|EOL 1 March 2025", "0.x|yes (since 2020-01-01)"),
			"5.x + 2027-01-31; 4.x + 2027-01-31; 3.x + 2027-06-30; 2.x -; 1.x + 2025-03-01; 0.x +"},
		"a column of ends": {"| Release | Released | Status | End of life |\n|--|--|--|--|\n| 5 | 2026-01-01 | Active | TBD |\n" +
			"| 4 | 2025-01-01 | LTS | 2027-04-30 |\n| 3 | 2024-01-01 | EOL | 2025-04-30 |\n", "5.x +; 4.x + 2027-04-30; 3.x -"},
		"ends alone": {"| Version | Supported until |\n|--|--|\n| 5.x | - |\n| 4.x | 31.12.2026 |\n| 3.x | ended |\n",
			"5.x +; 4.x + 2026-12-31; 3.x -"},
		"two readings":      {table("Supported", "5.x|until 01/02/2027"), "!3"},
		"a year alone":      {table("Supported", "5.x|until 2027"), "!3"},
		"neither":           {table("Supported", "5.x|⚠️", "4.x|", "3.x|maybe"), "!3; !4; !5"},
		"both":              {table("Supported", "5.x|✅ ❌"), "!3"},
		"inverted":          {table("EOL", "5.x|no", "4.x|yes"), "5.x +; 4.x -"},
		"no versions":       {table("Supported", "five|yes", "5.x|yes"), "5.x +; !3"},
		"twice, no and yes": {table("Supported", "5.x|yes", "4.x|no", "5|no"), "5.x +; 4.x -; 5.x -; !5"},
		"partly over":       {table("Supported", ">= 4.2|yes", "< 4.5|no"), ">=4.2 +; <4.5 -; !4"},
		"narrower":          {table("Supported", "4.0.x|yes", "< 5.1|no"), "4.0.x +; <5.1 -"},
		"HTML": {"<table>\n<thead><tr><th>Version</th><th>Supported</th></tr></thead>\n<tbody>\n<tr>\n  <td>5.1.x</td>\n  <td>✅</td>\n</tr>\n" +
			"<tr><td>&lt; 5.1</td><td align=\"center\">:x:</td></tr></tbody></table>\n", "5.1.x +; <5.1 -"},
		"on its side": {"## Supported versions\n\n| Version | 5.x | 4.x |\n|--|--|--|\n| Supported | ✅ | ❌ |\n", "5.x +; 4.x -"},
		"of packages": {"| Package | Version | Supported |\n|--|--|--|\n| @acme/widget | 5.x | ✅ |\n| | 4.x | ❌ |\n| @acme/other | 9.x | ❌ |\n",
			"5.x +; 4.x -"},
		"a name in front": {table("Supported", "@acme/widget@5.x|yes", "widget 4.x|no"), "5.x +; 4.x -"},
		"two tables": {"## Supported versions\n\n| Version | Supported |\n|--|--|\n| 5.x | ✅ |\n\n### Older\n\n| Version | Supported " +
			"|\n|--|--|\n| 4.x | ❌ |\n" +
			"\n## Other\n| Version | Status |\n|--|--|\n| 1.x | no |\n", "5.x +; 4.x -"},
		"another table first": {"| Severity | Response |\n|--|--|\n| high | 48 hours |\n\n" + table("Supported", "5.x|yes"), "5.x +"},
		"in code":             {"```\n" + table("Supported", "5.x|yes") + "```\n", ""},
		"in a comment":        {"<!--\n" + table("Supported", "5.x|yes") + "-->\n", ""},
		"after a comment":     {"<!-- ours -->\n" + table("Supported", "5.x|yes"), "5.x +"},
		"quoted":              {"> | Version | Supported |\n> |--|--|\n> | 5.x | ✅ |\n", "5.x +"},
		"a table for each package": {"## Supported versions\n\n### `@acme/other`\n\n" + table("Supported", "9.x|yes") + "\n### @acme/widget\n\n" +
			table("Supported", "5.x|yes"), "5.x +"},
		"a list": {"## Supported Versions\n\n- 5.1.x: ✅\n- **5.0.x** — not supported\n- 4.0.x (supported until 2027-01-01)\n* < 4.0 is " +
			"unsupported\n",
			"5.1.x +; 5.0.x -; 4.0.x + 2027-01-01; <4.0 -"},
		"a list of marks": {"## Supported Versions\n\n- ✅ 5.1.x\n- ❌ 5.0.x\n- [x] 4.0.x\n- [ ] 3.x\n", "5.1.x +; 5.0.x -; 4.0.x +; 3.x -"},
		"lists below lines": {"## Supported versions\n\nThe following versions are supported:\n\n- 5.x\n- 4.x\n\nNot supported:\n\n- < 4\n",
			"5.x +; 4.x +; <4.0 -"},
		"lists below titles": {"## Versions and support\n\n### Supported\n\n- 5.x\n\n### Unsupported\n\n- 4.x and older\n",
			"5.x +; <5.0 -"},
		"a list that says nothing": {"## Supported Versions\n\n- 5.1.x\n- please update\n", "!3"},
		"the latest alone":         {"## Supported Versions\n\nOnly the latest release is supported.\n", "latest +; others -"},
		"the latest major":         {"## Supported Versions\n\nWe support the latest major version with\nsecurity fixes.\n", "latestmajor +"},
		"only these":               {"## Supported Versions\n\nOnly versions 4.x and 5.x are supported.\n", "4.x, 5.x"},
		"nothing":                  {"## Supported Versions\n\nAsk us.\n", ""},
		"no section":               {"# Security\n\nMail us about 5.1.x: yes.\n", ""},
		"yes, and no":              {table("Supported", "5.x|✅ not supported"), "!3"},
		"a branch":                 {table("Supported", "main|⚠️ development", "5.x|✅"), "branch +; 5.x +"},
		"two ends, the last one counts": {"## Supported versions\n\n| Version | Status | Released | Active ends | LTS ends " +
			"|\n|--|--|--|--|--|\n" +
			"| ^5.0.0 | LTS | 2025-11-19 | 2026-06-03 | 2027-06 |\n", "5.x + 2027-06-30"},
		"two ends, that of security counts": {"| Version | Support starts | Security updates until | Support ends | Notes |\n|--|--|--|--|--|\n" +
			"| 5.x.x | September 2024 | Further Notice | Further Notice | LTS |\n| 4.x.x | 2021-11-01 | April 2026 | October 2025 | " +
			"Security only |\n" +
			"| 3.x.x | N/A | N/A | N/A | End of life |\n", "5.x +; 4.x + 2026-04-30; !5"},
		"a schedule": {"### Support schedule\n\n| Version | Release Date | End Of LTS Date | Node.js |\n|:--|:--|:--|:--|\n| 4.x | " +
			"2022-06-08 | 2025-06-30 | 14, 16 |\n" +
			"| 5.x | 2024-09-17 | TBD | 20, 22 |\n", "4.x + 2025-06-30; 5.x +"},
		"days of releases": {"## Supported versions\n\n| Version | Date |\n|--|--|\n| 5.2.x | ~ September 2026 |\n", ""},
		"a note against it": {"| Version | Supported | Notes |\n|--|--|--|\n| 5.x | ✅ | end of life |\n| 4.x | ✅ | end of life in 2027 " +
			"|\n", "4.x +; !3"},
		"a warning with a day": {"| Version | Supported | End of life |\n|--|--|--|\n| 5.x | ✅ Yes | Rolling |\n| 4.x | ⚠️ Legacy | " +
			"2026-06-01 |\n| 3.x | ⚠️ Security | Dec 2025 |\n" +
			"| 2.x | :warning: | N/A |\n", "5.x +; 4.x + 2026-06-01; 3.x + 2025-12-31; !6"},
		"advisories are no list of versions": {"# History\n\n| Date | CVE | Affected versions | Patched versions |\n|--|--|--|--|\n| " +
			"2024 | CVE-1 | < 2.5.1 | 2.5.1 |\n", ""},
		"of other programs":  {"## Supported versions\n\n| Component | Supported range |\n|--|--|\n| Node.js | ^20.19.0 |\n", ""},
		"the latest, always": {"## Supported Versions\n\nAlways the latest release.\n", "latest +"},
		"the current one": {"## Supported Versions\n\nSecurity updates are only released for the current version.\n",
			"latest +; others -"},
		"for these lines": {"## Supported Versions\n\nWe provide security fixes for the 4.x and 5.x release lines.\n",
			"4.x || 5.x +"},
		"what is current, and what is below": {table("Supported", "0.6.0|Yes (current)", "< 0.6.0|No"), "0.6.0 +; <0.6 -"},
		"below the latest":                   {table("Supported", "latest|:white_check_mark:", "< latest|:x:"), "latest +; older -"},
		"kinds": {table("Supported", "latest|✅", "Latest minor|✅", "main|✅", "beta|❌", "older versions|❌", "All other versions|❌"),
			"latest +; latestminor +; branch +; prereleases -; older -; others -"},
	} {
		t.Run(name, func(t *testing.T) {
			got := shown(Read(tt.text, "@acme/widget"))
			if name == "only these" {
				tt.want = "4.x || 5.x +; others -"
			}
			if got != tt.want {
				t.Errorf("\n%s\ngot  %s\nwant %s\n%+v", tt.text, got, tt.want, Read(tt.text, "@acme/widget").Problems)
			}
		})
	}
}

func table(head string, rows ...string) string {
	return "| Version | " + head + " |\n|---|---|\n| " + strings.Join(rows, " |\n| ") + " |\n"
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		"5": "5.x", "v5": "5.x", "5.1": "5.1.x", "5.1.x": "5.1.x", "5.1.*": "5.1.x", "5.X": "5.x", "v5.1.3": "5.1.3", "5.x.x": "5.x",
		"5.x.y": "5.x",
		"< 4.0": "<4.0", "<4": "<4.0", "<= 4.0": "<4.1", "≤ 4": "<5.0", ">= 2": ">=2.0", "≥2.3": ">=2.3", "> 2": ">=3.0", "=> 2": ">=2.0",
		"^3": "3.x", "^3.2": ">=3.2 <4.0", "~2.1": "2.1.x", "~2.1.3": ">=2.1.3-0 <2.2", "*": "*", "all versions": "*",
		"2.0 – 2.4": ">=2.0 <2.5", "2.0 - 2.4": ">=2.0 <2.5", "2.0-2.4": ">=2.0 <2.5", "2.0.0-2.4.3": ">=2.0 <2.4.4-0",
		"2.x to 4.x": ">=2.0 <5.0",
		"2.0..2.4":   ">=2.0 <2.5", "from 2.0 to 2.4": ">=2.0 <2.5", "between 2 and 4": ">=2.0 <5.0", "1-3": ">=1.0 <4.0",
		"5.1+": ">=5.1", "5.x+": ">=5.0", "5.1 and above": ">=5.1", "5.1 or later": ">=5.1", "4.x and below": "<5.0", "4.2 or older": "<4.3",
		"before 4.0": "<4.0", "prior to 4": "<4.0", "older than 4": "<4.0", "up to 4.2": "<4.3", "since 3": ">=3.0", "newer than 3": ">=4.0",
		"5.x, 6.x": "5.x || 6.x", "5.x and 6.x": "5.x || 6.x", "5.0 / 5.1": "5.0.x || 5.1.x", `5.x \| 6.x`: "5.x || 6.x",
		"5.x<br>6.x": "5.x || 6.x",
		">= 2, < 3":  "2.x", ">=2 <3": "2.x", ">= 2.1 and < 3": ">=2.1 <3.0", "< 2, >= 3": "<2.0 || >=3.0", "<3, >=2": "2.x",
		"^4 || ^5":    "4.x || 5.x",
		"Version 5.x": "5.x", "5.x (LTS)": "5.x", "`5.x`": "5.x", "**5.x**": "5.x", "*5.x*": "5.x", "[5.x](https://x.example)": "5.x",
		"~~4.x~~":         "4.x",
		"5.x<sup>1</sup>": "5.x", "5.x[^1]": "5.x", "&lt; 4": "<4.0", `\< 4`: "<4.0", "@acme/widget 5.x": "5.x", "widget v5": "5.x",
		"0.2.x":        "0.2.x",
		"1.2.3-beta.1": "1.2.3-beta.1", "latest 5.x": "5.x", "5.x LTS": "5.x", "2024.1": "2024.1.x", "5.1.3+build": "5.1.3",
		"": "!", "five": "!", "1.2.3.4": "!", "<": "!", "5.x maybe": "!", "^5.0.0-beta.1": "!", "last two majors": "!", "Node 20": "!",
		"https://5.example": "!",
	} {
		s, ok := versions(text, "@acme/widget")
		got := (&Row{set: s}).Range()
		if !ok {
			got = "!"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
		if r, err := npm.ParseRange(want); want != "!" && (err != nil || fmt.Sprint(spansOf(r)) != fmt.Sprint(s.spans)) && len(s.exact) == 0 {
			t.Errorf("%q: npm reads %s as %v, this as %v", text, want, spansOf(r), s.spans)
		}
	}
}

func spansOf(r npm.Range) []span { all, _ := spans(r); return all }

func TestOf(t *testing.T) {
	classic := Read(github, "")
	words := Read(table("Supported", "latest|✅", "older|❌"), "")
	older := Read(table("Supported", "5.x|✅", "4.x|✅", "older|❌"), "")
	others := Read(table("Supported", "5.x|✅", "beta|❌", "all others|❌"), "")
	narrow, wide := Read(table("Supported", "4.0.x|✅", "< 5.1|❌"), ""), Read(table("Supported", "< 5.1|❌", "4.0.x|✅"), "")
	major := Read("## Supported Versions\n\nOnly the latest major version is supported.\n", "")
	for _, tt := range []struct {
		table       *Table
		version     string
		newest, row string
	}{
		{classic, "5.1.4", "", "5.1.x"}, {classic, "5.0.7", "", "5.0.x"}, {classic, "3.9.0", "", "< 4.0"}, {classic, "4.0.9", "", "4.0.x"},
		{classic, "4.1.0", "", ""}, {classic, "6.0.0", "", ""}, {classic, "4.0.0-rc.1", "", "4.0.x"}, {classic, "5.1.0+build", "", "5.1.x"},
		{narrow, "4.0.9", "", "4.0.x"}, {wide, "4.0.9", "", "4.0.x"}, {narrow, "4.1.0", "", "< 5.1"}, {wide, "4.1.0", "", "< 5.1"},
		{words, "2.0.0", "2.0.0", "latest"}, {words, "1.9.1", "2.0.0", "older"}, {words, "1.9.1", "", "unsure"}, {words, "2.1.0", "2.0.0",
			"latest"},
		{older, "3.0.0", "", "older"}, {older, "6.0.0", "", ""}, {others, "6.0.0", "", "all others"}, {others, "6.0.0-beta.1", "", "beta"},
		{others, "5.2.0-beta.1", "", "5.x"}, {major, "2.0.1", "2.5.0", "latest major version"}, {major, "1.0.1", "2.5.0", "others"},
	} {
		v, err := npm.ParseVersion(tt.version)
		if err != nil {
			t.Fatal(err)
		}
		var newest *npm.Version
		if n, err := npm.ParseVersion(tt.newest); err == nil {
			newest = &n
		}
		row, unsure := tt.table.Of(v, newest)
		got := ""
		if row != nil {
			got = row.Text
		}
		if unsure {
			got = "unsure"
		}
		if got != tt.row {
			t.Errorf("%s after %q: %q, want %q", tt.version, tt.newest, got, tt.row)
		}
	}
}

func TestEnded(t *testing.T) {
	r := Read(table("Supported", "5.x|until 2027-01-31"), "").Rows[0]
	for at, want := range map[string]bool{"2027-01-31T23:59:59Z": false, "2027-02-01T00:00:00Z": true} {
		if now, _ := time.Parse(time.RFC3339, at); r.Ended(now) != want {
			t.Errorf("%s: %v", at, r.Ended(now))
		}
	}
}

// What is too much is told, and read in bounded time.
func TestLimits(t *testing.T) {
	many := Read("## Supported versions\n\n"+table("Supported", strings.Split(strings.Repeat("1.x|yes;", maxRows), ";")[:maxRows]...), "")
	if len(many.Rows) >= maxRows || len(many.Problems) != 1 {
		t.Errorf("%d rows, %v", len(many.Rows), many.Problems)
	}
	tables := Read(strings.Repeat(table("Supported", "1.x|yes")+"\n", maxGrids+1), "")
	if len(tables.Rows) != maxGrids || len(tables.Problems) != 1 {
		t.Errorf("%d rows of %d tables, %v", len(tables.Rows), maxGrids+1, tables.Problems)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(github)
	f.Add("## Supported Versions\n\n- ✅ 5.1.x\n- 4.x (supported until 2027-01-01)\n")
	f.Add("<table><tr><th>Version<th>Supported<tr><td>5.x<td>yes</table>")
	f.Add("Supported Versions\n===\n\nOnly the latest major version is supported.\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			return
		}
		got := Read(text, "widget")
		count := strings.Count(text, "\n") + 1
		at := func(line int) {
			if line < 1 || line > count {
				t.Fatalf("line %d of %d", line, count)
			}
		}
		if len(got.Rows)+len(got.Problems) > 0 {
			at(got.Line)
		}
		for i := range got.Rows {
			r := &got.Rows[i]
			at(r.Line)
			for _, s := range r.set.spans { // each version of a row is in a row
				v, err := npm.ParseVersion(s.low.String())
				if err != nil || s.empty() {
					t.Fatalf("%q: %v, %v", r.Text, s, err)
				}
				if row, unsure := got.Of(v, nil); row == nil || unsure {
					t.Fatalf("%s of %q is in no row", v, r.Text)
				}
				if again, ok := versions(s.String(), ""); !ok || len(again.spans) != 1 || again.spans[0] != s {
					t.Fatalf("%v is read back as %v", s, again)
				}
			}
		}
		for _, p := range got.Problems {
			at(p.Line)
		}
	})
}

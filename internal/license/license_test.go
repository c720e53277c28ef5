package license

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var gnuDenied = []string{"GPL-*", "AGPL-*"}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		text        string
		deny, allow []string
		want        string // allowed, unknown, or what is denied
	}{
		{"MIT", gnuDenied, nil, "allowed"},
		{"mit", gnuDenied, nil, "allowed"},
		{"", gnuDenied, nil, "unknown"},
		{"GPL-3.0-only", gnuDenied, nil, "GPL-3.0-only"},
		{"GPL-2.0", gnuDenied, nil, "GPL-2.0"},
		{"gpl-2.0-or-later", gnuDenied, nil, "GPL-2.0-or-later"},
		{"GPL-2.0+", gnuDenied, nil, "GPL-2.0+"},
		{"LGPL-3.0-only", gnuDenied, nil, "allowed"},
		{"LGPL-3.0-only", []string{"*GPL-*"}, nil, "LGPL-3.0-only"},
		{"AGPL-3.0", gnuDenied, nil, "AGPL-3.0"},
		{"MIT OR GPL-3.0-only", gnuDenied, nil, "allowed"},
		{"(MIT OR GPL-3.0-only)", gnuDenied, nil, "allowed"},
		{"MIT AND GPL-3.0-only", gnuDenied, nil, "GPL-3.0-only"},
		{"GPL-3.0-only OR AGPL-3.0-only", gnuDenied, nil, "AGPL-3.0-only,GPL-3.0-only"},
		{"MIT OR GPL-3.0-only AND ISC", gnuDenied, nil, "allowed"},
		{"(MIT OR GPL-3.0-only) AND AGPL-3.0-only", gnuDenied, nil, "AGPL-3.0-only"},
		{"GPL-2.0-only WITH Classpath-exception-2.0", gnuDenied, nil, "GPL-2.0-only WITH Classpath-exception-2.0"},
		{"GPL-2.0-only WITH Classpath-exception-2.0", gnuDenied, []string{"MIT", "GPL-2.0-only WITH Classpath-exception-2.0"}, "allowed"},
		{"GPL-2.0-with-classpath-exception", gnuDenied, nil, "GPL-2.0-with-classpath-exception"},
		{"Apache-2.0 WITH LLVM-exception", nil, []string{"Apache-2.0"}, "allowed"},
		{"Apache-2.0+", nil, []string{"Apache-2.0"}, "allowed"},
		{"GPL-2.0", []string{"GPL-2.0-only"}, nil, "GPL-2.0"},
		{"GPL-2.0-only", []string{"GPL-2.0"}, nil, "GPL-2.0-only"},
		{"ISC", nil, []string{"MIT", "Apache-2.0"}, "ISC"},
		{"MIT AND ISC", nil, []string{"MIT"}, "ISC"},
		{"MIT", []string{"MIT"}, []string{"MIT"}, "MIT"},
		{"BOLA-1.1", gnuDenied, nil, "allowed"}, // of SPDX 3.27 and 3.28
		{"BSD-3-Clause-OpenWebUI OR MVT-1.1", gnuDenied, nil, "allowed"},
		{"GPL-3.0-only WITH sqlitestudio-OpenSSL-exception", gnuDenied, nil, "GPL-3.0-only WITH sqlitestudio-OpenSSL-exception"},
		{"UNLICENSED", gnuDenied, nil, "unknown"},
		{"UNLICENSED", []string{"UNLICENSED"}, nil, "UNLICENSED"},
		{"UNLICENSED", nil, []string{"UNLICENSED"}, "allowed"},
		{"SEE LICENSE IN LICENSE.md", gnuDenied, nil, "unknown"},
		{"NOASSERTION", gnuDenied, nil, "unknown"},
		{"LicenseRef-acme", gnuDenied, nil, "unknown"},
		{"LicenseRef-acme", gnuDenied, []string{"LicenseRef-acme"}, "allowed"},
		{"MIT OR LicenseRef-acme", gnuDenied, nil, "allowed"},
		{"GPL-3.0-only OR LicenseRef-acme", gnuDenied, nil, "unknown"},
		{"GPL-3.0-only AND LicenseRef-acme", gnuDenied, nil, "GPL-3.0-only"},
		{"MIT AND LicenseRef-acme", gnuDenied, nil, "unknown"},
		{"Apache 2.0", gnuDenied, nil, "allowed"},
		{"Apache License, Version 2.0", nil, []string{"Apache-2.0"}, "allowed"},
		{"MIT*", nil, []string{"MIT"}, "allowed"},
		{"The MIT License", nil, []string{"MIT"}, "allowed"},
		{"GPL", gnuDenied, nil, "GPL-2.0-or-later"},
		{"GPLv3", gnuDenied, nil, "GPL-3.0-only"},
		{"GNU GPL v2 or later", gnuDenied, nil, "GPL-2.0-or-later"},
		{"GNU Affero General Public License v3", gnuDenied, nil, "AGPL-3.0-only"},
		{"LGPL", gnuDenied, nil, "allowed"},
		{"BSD", gnuDenied, nil, "unknown"}, // which of them nobody can say
		{"MIT OR Apache 2.0", nil, []string{"Apache-2.0"}, "allowed"},
		{"Custom: https://example.com/licence", gnuDenied, nil, "unknown"},
		{"MIT OR", gnuDenied, nil, "unknown"},
		{"MIT)", gnuDenied, nil, "allowed"}, // read as the licence it names
		{"((((MIT))))", gnuDenied, nil, "allowed"},
		// too deep an expression; the text names one licence all the same
		{strings.Repeat("(", 100) + "MIT" + strings.Repeat(")", 100), gnuDenied, nil, "allowed"},
		{strings.Repeat("(", 100) + "MIT AND ISC" + strings.Repeat(")", 100), gnuDenied, nil, "unknown"},
		{strings.Repeat("MIT OR ", 5000) + "MIT", gnuDenied, nil, "unknown"},
	} {
		v := Judge(c.text, c.deny, c.allow)
		got := strings.Join(v.Denied, ",")
		if v.Allowed {
			got = "allowed" + got
		}
		if v.Unknown {
			got = "unknown" + got
		}
		if got != c.want || v.Why == "" {
			t.Errorf("Judge(%.60q, %v, %v) = %q (%s), want %q", c.text, c.deny, c.allow, got, v.Why, c.want)
		}
	}
	if (Verdict{}).Allowed {
		t.Error("the zero verdict allows")
	}
}

func TestExpression(t *testing.T) {
	for _, c := range []struct {
		text, canonical string
		ids             []string
		isExpression    bool
	}{
		{"mit", "MIT", []string{"MIT"}, false},
		{" (MIT) ", "MIT", []string{"MIT"}, false},
		{"GPL-2.0", "GPL-2.0", []string{"GPL-2.0"}, false},
		{"GPL-2.0+", "GPL-2.0+", []string{"GPL-2.0+"}, false},
		{"Apache-2.0+", "Apache-2.0+", []string{"Apache-2.0"}, true},
		{"(mit or apache-2.0)", "MIT OR Apache-2.0", []string{"MIT", "Apache-2.0"}, true},
		{"MIT AND (ISC OR BSD-2-Clause)", "MIT AND (ISC OR BSD-2-Clause)", []string{"MIT", "ISC", "BSD-2-Clause"}, true},
		{"GPL-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", []string{"GPL-2.0-only"}, true},
		{"LicenseRef-x", "LicenseRef-x", []string{"LicenseRef-x"}, true},
		{"Apache 2.0", "Apache 2.0", nil, false},
		{"UNLICENSED", "UNLICENSED", nil, false},
		{"SEE LICENSE IN x", "SEE LICENSE IN x", nil, false},
		{"MIT OR Nonsense", "MIT OR Nonsense", nil, false},
		{"MIT WITH Nonsense", "MIT WITH Nonsense", nil, false},
		{"", "", nil, false},
	} {
		canonical, ids, isExpression := Expression(c.text)
		if canonical != c.canonical || !slices.Equal(ids, c.ids) || isExpression != c.isExpression {
			t.Errorf("Expression(%q) = %q %q %v", c.text, canonical, ids, isExpression)
		}
	}
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	root := os.Getenv("PUBLISHGATE_DATA")
	if root == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the data archive is not unpacked")
	}
	b, err := os.ReadFile(filepath.Join(root, "spdx", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// TestListIsKnown: every id of the SPDX list of the archive, which is newer or
// older than the module's, is known; differences are counted.
func TestListIsKnown(t *testing.T) {
	var list struct {
		Licenses []struct{ LicenseID string }
	}
	read(t, "license-list.json", &list)
	var exceptions struct {
		Exceptions []struct{ LicenseExceptionID string }
	}
	read(t, "exceptions.json", &exceptions)
	if len(list.Licenses) < 600 || len(exceptions.Exceptions) < 50 {
		t.Fatal("the lists were not read")
	}
	var unknown []string
	for _, l := range list.Licenses {
		if id, ok := canonicalID(strings.ToUpper(l.LicenseID)); !ok || id != l.LicenseID {
			unknown = append(unknown, l.LicenseID)
		}
	}
	for _, e := range exceptions.Exceptions {
		if id, ok := canonicalException(strings.ToUpper(e.LicenseExceptionID)); !ok || id != e.LicenseExceptionID {
			unknown = append(unknown, e.LicenseExceptionID)
		}
	}
	// Newer than the module's list; they are judged as unknown until it is upgraded.
	newer := []string{"BOLA-1.1", "Brian-Gladman-3-Clause-no-conversion", "MVT-1.1", "OSC-1.0", "Google-Patent-WebM",
		"Nokia-Qt-exception-1.1", "sqlitestudio-OpenSSL-exception"}
	unknown = slices.DeleteFunc(unknown, func(id string) bool { return slices.Contains(newer, id) })
	if len(unknown) > 0 {
		t.Errorf("not known: %v", unknown)
	}
}

// TestParseAgrees compares with spdx-expression-parse, npm's reader.
func TestParseAgrees(t *testing.T) {
	var calls []struct {
		Args   []string
		Result json.RawMessage
	}
	read(t, "spdx-expression-parse-calls.json", &calls)
	for _, c := range calls {
		if strings.Contains(c.Args[0], " : ") {
			continue // blanks around a colon: SPDX has none there, and nobody writes them
		}
		n := parse(c.Args[0])
		if got, want := n != nil && n.listed(), len(c.Result) > 0; got != want {
			t.Errorf("%q: accepted %v, want %v", c.Args[0], got, want)
		}
	}
	if len(calls) < 15 {
		t.Error("the table was not read")
	}
}

// rangeRows are where go-spdx takes the allow list for ranges: GPL-2.0+ there
// admits GPL-3.0. A policy of ours means what it names; GPL-* is how to mean
// all of them.
var rangeRows = map[string]bool{
	"Apache-1.0+ satisfies [Apache-2.0]":                                             true,
	"GPL-2.0 satisfies [GPL-2.0-or-later]":                                           true,
	"GPL-3.0 satisfies [GPL-2.0+]":                                                   true,
	"GPL-1.0+ satisfies [GPL-2.0+]":                                                  true,
	"GPL-3.0-only satisfies [GPL-2.0+]":                                              true,
	"GPL-3.0 WITH Bison-exception-2.2 satisfies [GPL-2.0+ WITH Bison-exception-2.2]": true,
}

// TestSatisfies compares with go-spdx: an expression satisfies an allow list.
func TestSatisfies(t *testing.T) {
	var rows []struct {
		Name, Expression string
		Allowed          []string
		Satisfied        bool
		Error            *string
	}
	read(t, "go-spdx-satisfies.json", &rows)
	compared := 0
	for _, r := range rows {
		if r.Error != nil {
			continue
		}
		if rangeRows[r.Name] {
			continue
		}
		compared++
		if got := Judge(r.Expression, nil, r.Allowed).Allowed; got != r.Satisfied {
			t.Errorf("%s: %v, want %v", r.Name, got, r.Satisfied)
		}
	}
	if compared < 30 {
		t.Errorf("only %d rows", compared)
	}
}

// kind reduces a licence to what the comparison is about. Of the GNU licences
// that is the family: spdx-correct reads "GPLv3" as GPL-3.0-or-later, we as
// GPL-3.0-only, which grants less; a bare "GPL" we read as the lowest version
// anybody may mean.
func kind(id string) string {
	family, _, _ := strings.Cut(id, "-")
	switch {
	case strings.HasSuffix(family, "GPL"):
		return family
	case id == "BSD-2-Clause-FreeBSD": // deprecated: BSD-2-Clause with another disclaimer
		return "BSD-2-Clause"
	}
	return strings.Trim(id, "()")
}

// TestCorrect compares with spdx-correct, which dares more than we do.
func TestCorrect(t *testing.T) {
	var calls []struct {
		Args   []json.RawMessage
		Result *string
	}
	read(t, "spdx-correct-calls.json", &calls)
	same, silent := 0, 0
	for _, c := range calls {
		var text string
		if c.Result == nil || json.Unmarshal(c.Args[0], &text) != nil {
			continue
		}
		read := correct(text)
		if n := parse(text); n != nil && n.listed() {
			read = n.text()
		}
		switch {
		case read == "":
			silent++
		case kind(read) == kind(*c.Result):
			same++
		default:
			t.Errorf("%q: %q, spdx-correct %q", text, read, *c.Result)
		}
	}
	t.Logf("%d the same, %d not dared", same, silent)
	if same < 150 {
		t.Errorf("only %d of %d are read", same, len(calls))
	}
}

func FuzzJudge(f *testing.F) {
	for _, s := range []string{"MIT", "(MIT OR GPL-2.0+) AND ISC", "GPL v2 or later", "LicenseRef-a WITH b", "a:b+ (", "MIT WITH"} {
		f.Add(s, "GPL-*")
	}
	f.Fuzz(func(t *testing.T, text, pattern string) {
		open := Judge(text, nil, nil)
		shut := Judge(text, []string{"*"}, nil)
		some := Judge(text, []string{pattern}, nil)
		if shut.Allowed {
			t.Errorf("%q is allowed where everything is denied", text)
		}
		if some.Allowed && !open.Allowed {
			t.Errorf("%q: denying %q allows it", text, pattern)
		}
		if canonical, _, isExpression := Expression(text); isExpression {
			if again, _, _ := Expression(canonical); again != canonical {
				t.Errorf("%q → %q → %q", text, canonical, again)
			}
		}
	})
}

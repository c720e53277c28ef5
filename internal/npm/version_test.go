package npm

import (
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"1.2.3", "1.2.3"},
		{"v1.2.3", "1.2.3"},
		{" 1.2.3", "1.2.3"},
		{"1.2.3\n", "1.2.3"},
		{"\ufeff1.2.3\u00a0", "1.2.3"},
		{"1.2.3-rc.1+build.01", "1.2.3-rc.1"},
		{"1.2.3-0a", "1.2.3-0a"},
		{"1.2.3--", "1.2.3--"},
		{"0.0.0-0", "0.0.0-0"},
		{"9007199254740991.0.0", "9007199254740991.0.0"},
		{"9007199254740992.0.0", ""},
		{"99999999999999999999999999.0.0", ""},
		{"=1.2.3", ""},
		{"vv1.2.3", ""},
		{"v 1.2.3", ""},
		{"1.2", ""},
		{"1.2.x", ""},
		{"01.2.3", ""},
		{"1.2.3-01", ""},
		{"1.2.3-", ""},
		{"1.2.3+", ""},
		{"1.2.3-a..b", ""},
		{"1.2.3.4", ""},
		{"-1.2.3", ""},
		{"", ""},
		{"\u0661.2.3", ""}, // an Arabic digit
		{"1.2.3-é", ""},
		{"1.2.3-" + strings.Repeat("a", 250), "1.2.3-" + strings.Repeat("a", 250)},
		{"1.2.3-" + strings.Repeat("a", 251), ""},
	} {
		v, err := ParseVersion(row.in)
		if got := v.Canonical(); err == nil && got != row.want || err != nil && row.want != "" {
			t.Errorf("%q: got %q, %v, want %q", row.in, got, err, row.want)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%q: the error quotes too much", row.in)
		}
	}
	if v := must(t, "1.2.3-a+b.c"); v.Build() != "b.c" || v.Prerelease() != "a" || v.String() != "1.2.3-a" {
		t.Errorf("parts of 1.2.3-a+b.c: %q %q %q", v.Prerelease(), v.Build(), v)
	}
}

func TestCompare(t *testing.T) {
	// Ascending; the order of SemVer 2.0.0 section 11 and npm's own cases.
	list := []string{"0.0.0-0", "0.0.0", "0.0.1", "0.9.0", "0.10.0", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-99999999999999999999",
		"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
		"1.0.0", "1.0.1-0", "2.0.0"}
	for i, a := range list {
		for j, b := range list {
			got := must(t, a).Compare(must(t, b))
			if got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s against %s: %d", a, b, got)
			}
		}
	}
	if must(t, "1.0.0+a").Compare(must(t, "1.0.0+b")) != 0 {
		t.Error("build metadata takes part in precedence")
	}
}

func TestSatisfies(t *testing.T) {
	for _, row := range []struct {
		version, spec string
		pre, want     bool
	}{
		{"1.2.4-rc.1", ">=1.2.3-beta", false, false}, // Masterminds says true
		{"1.2.3-rc.1", ">=1.2.3-beta", false, true},
		{"1.2.3-rc.1", "<1.2.3", false, false},
		{"1.2.3-rc.1", "<1.2.3", true, true},
		{"1.0.0", "", false, true},
		{"1.0.0", "^1.2.3 ||", false, true},
		{"1.3.0", ">=1.2.3\n<2", false, true},
		{"1.2.9", "~>1.2.3", false, true},
		{"1.0.0-beta", "* || 1.0.0-beta", false, false},
		{"0.2.9", "^0.2.3", false, true},
		{"0.3.0", "^0.2.3", false, false},
		{"0.0.4", "^0.0.3", false, false},
		{"2.0.0-alpha", "^1.2.3", true, false},
		{"1.2.3", "1.2.3*", false, true},
		{"1.2.3", " 1.2.3 - 1.2.4 ", false, true},
	} {
		got, err := Satisfies(row.version, row.spec, row.pre)
		if err != nil || got != row.want {
			t.Errorf("%s in %q (prereleases %v): got %v, %v", row.version, row.spec, row.pre, got, err)
		}
		r, err := ParseRange(row.spec)
		if err != nil || r.Contains(must(t, row.version), row.pre) != row.want {
			t.Errorf("%s in parsed %q (prereleases %v): got %v, %v", row.version, row.spec, row.pre, !row.want, err)
		}
	}
	for _, spec := range []string{"latest", "1.2.3, 2", "!=1.2.3", "> = 1.0.0", "==1.0.0", "1.2.3.4", "01.2.3", "x.1", "github:a/b",
		"npm:a@1", "^9007199254740991", ">>1", "1.0.0 -2.0.0", "é", "file:../x"} {
		if r, err := ParseRange(spec); err == nil {
			t.Errorf("%q: got %v, want an error", spec, r)
		}
		if got, err := Satisfies("1.0.0", spec, false); got || err == nil {
			t.Errorf("1.0.0 in %q: got %v, %v", spec, got, err)
		}
	}
	if got, err := Satisfies("1.0", "*", false); got || err == nil {
		t.Errorf("1.0 in *: got %v, %v", got, err)
	}
	if (Range{}).Contains(must(t, "1.0.0"), true) {
		t.Error("the zero range contains something")
	}
}

func TestIntervals(t *testing.T) {
	for _, row := range []struct{ spec, want string }{
		{"<1.2.3", "[0.0.0-0,1.2.3)"},
		{">=1.0.0 <1.2.3 || 2.x", "[1.0.0,1.2.3) [2.0.0-0,3.0.0-0)"},
		{"=1.2.3", "[1.2.3,1.2.3]"},
		{">1.2.3 <=1.3.0", "(1.2.3,1.3.0]"},
		{"*", "[0.0.0-0,"},
		{"<1.0.0 >2.0.0", ""},
		{">1.0.0 <1.0.0", ""},
		{"<*", ""},
		{">=1.0.0 >=1.1.0 <3 <2", "[1.1.0,2.0.0-0)"},
	} {
		r, err := ParseRange(row.spec)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, i := range r.Intervals() {
			s := "["
			if i.LowOpen {
				s = "("
			}
			s += i.Low.Canonical() + ","
			switch {
			case i.NoHigh:
			case i.HighOpen:
				s += i.High.Canonical() + ")"
			default:
				s += i.High.Canonical() + "]"
			}
			out = append(out, s)
		}
		if got := strings.Join(out, " "); got != row.want {
			t.Errorf("%q: got %s, want %s", row.spec, got, row.want)
		}
	}
}

func TestNext(t *testing.T) {
	for in, want := range map[string]string{"1.2.3": "1.2.4-0", "1.2.3-rc.1": "1.2.3-rc.1.0"} {
		if got := must(t, in).Next().Canonical(); got != want {
			t.Errorf("after %s: got %s, want %s", in, got, want)
		}
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, s := range []string{"1.2.3", "v1.2.3-rc.1+b", " 1.2.3\n", "1.2.3-01", "9007199254740992.0.0", "1.2.3-99999999999999999999"} {
		f.Add(s, "1.2.3-rc.2")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, err := ParseVersion(a)
		if err != nil {
			return
		}
		again, err := ParseVersion(v.Canonical())
		if err != nil || again.Compare(v) != 0 || again.Canonical() != v.Canonical() {
			t.Errorf("%q: canonical %q does not read back: %v", a, v.Canonical(), err)
		}
		if v.Patch < maxSafeInteger && v.Next().Compare(v) <= 0 {
			t.Errorf("%q: %q does not follow it", a, v.Next())
		}
		if w, err := ParseVersion(b); err == nil {
			c, d := v.Compare(w), w.Compare(v)
			if c < 0 != (d > 0) || c > 0 != (d < 0) {
				t.Errorf("%q and %q: %d and %d", a, b, c, d)
			}
		}
	})
}

func FuzzRange(f *testing.F) {
	for _, s := range []string{"^1.2.3 || ~2", ">= 1.0.0 <2", "1 - 2.3", "*", "> =1", "~> 1.x", "1.2.3*+b", "<x || 1.0.0-a",
		"1.x", "^1", ">=0.0.0", ">=0.0.0-0", "1.2.3 || >1.2", "1.2.3 - 2.0.0"} {
		f.Add(s, "1.2.3-rc.2")
	}
	f.Fuzz(func(t *testing.T, spec, version string) {
		r, err := ParseRange(spec)
		v, err2 := ParseVersion(version)
		if err != nil || err2 != nil {
			return
		}
		if sets, err := parseSets(spec, true); err == nil && format(sets) != format(r.prerelease) {
			t.Errorf("%q: with prereleases %q, expected %q", spec, format(r.prerelease), format(sets))
		}
		again, err := ParseRange(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q: canonical %q reads back as %q: %v", spec, r, again, err)
		}
		if r.Contains(v, false) != again.Contains(v, false) {
			t.Errorf("%q in %q: not the same in %q", version, spec, r)
		}
		if r.Contains(v, false) && !r.Contains(v, true) && v.pre == "" {
			t.Errorf("%q in %q: only without prereleases", version, spec)
		}
		in := false
		for _, i := range r.Intervals() {
			low, high := v.Compare(i.Low), v.Compare(i.High)
			in = in || (low > 0 || low == 0 && !i.LowOpen) && (i.NoHigh || high < 0 || high == 0 && !i.HighOpen)
		}
		if in != r.Contains(v, true) {
			t.Errorf("%q in %q: intervals say %v", version, spec, in)
		}
	})
}

func BenchmarkSatisfies(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := Satisfies("1.5.2", "^1.2.3", false); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func TestRangeIsReadInLinearTime(t *testing.T) {
	var b strings.Builder
	for i := range 40_000 {
		b.WriteString(">=1.0." + Version{Patch: uint64(i)}.Canonical()[4:] + " ")
	}
	for _, spec := range []string{b.String(), strings.Repeat("1.0.0 ", 200_000), strings.Repeat("||", 200_000),
		strings.Repeat("~ ", 200_000), strings.Repeat("+a", 200_000)} {
		_, _ = ParseRange(spec) // a quadratic reader takes minutes here
	}
}

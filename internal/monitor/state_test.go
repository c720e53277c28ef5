package monitor

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/registry"
)

// pick returns one of several.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// some returns a random state. There are few values of each kind, so that two
// states often say something about the same thing.
func some(r *rand.Rand) *State {
	s := New()
	at := func() time.Time { return day0.Add(time.Duration(r.IntN(3)) * time.Hour) }
	maybe := func() time.Time { return pick(r, time.Time{}, at()) }
	list := func(of ...string) []string {
		return slices.DeleteFunc(slices.Clone(of), func(string) bool { return r.IntN(2) == 0 })
	}
	s.Since = maybe()
	for _, name := range list("a", "@b/c") {
		p := (&Package{}).clone()
		for _, topic := range Topics[:3] {
			if r.IntN(2) == 0 {
				p.Looks[topic] = at()
			}
		}
		for _, version := range list("1.0.0", "1.1.0", "2.0.0-rc.1") {
			v := Version{Digests: list("1"+strings.Repeat("a", 24), "5"+strings.Repeat("a", 24), "5"+strings.Repeat("b", 24)),
				Trust: registry.Trust(r.IntN(4)), Published: maybe(), Known: Known(r.IntN(3)), Late: r.IntN(2) == 0, Gone: r.IntN(2) == 0}
			if _, one := joined(v.Digests, nil); !one {
				v.Known = Unjudged
			}
			p.Versions[version] = v
		}
		for _, at := range list("https://github.com/a/b x.yml", "https://github.com/c/d ") {
			p.Built[at] = list("1.0.0", "1.1.0")
		}
		if r.IntN(2) == 0 {
			p.People = First{at(), list("ann", "bob")}
		}
		p.Tags = Tagged{at(), r.IntN(2), map[string]string{"latest": pick(r, "1.0.0", "1.1.0"), pick(r, "next", "old"): "1.0.0"}}
		p.Licenses["1.0.0"] = First{at(), list("ISC", "MIT")}
		p.Counts["1.0.0"] = Count{at(), int64(r.IntN(2))}
		p.Week = maybe()
		for _, subject := range list("x", "y") {
			rec := Record{N: 1 + r.IntN(2), Since: at(), Seen: at(), Ended: maybe(), Overdue: maybe(), Topic: Publishes,
				Finding: finding.Finding{Rule: "published-unknown", Severity: finding.High, Subject: subject, Message: pick(r, "m", "n")}}
			p.Findings[rec.Finding.Fingerprint()] = rec
		}
		s.Packages[name] = p
	}
	return s
}

func text(t *testing.T, s *State) string {
	t.Helper()
	data, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Merge does not care for order, grouping or repetition, changes neither argument,
// and forgets nothing; what it makes can be read.
func TestMerge(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		a, b, c := some(r), some(r), some(r)
		before := text(t, a) + text(t, b)
		ab := Merge(a, b)
		for _, law := range []struct {
			name        string
			left, right *State
		}{
			{"commutative", ab, Merge(b, a)},
			{"associative", Merge(ab, c), Merge(a, Merge(b, c))},
			{"idempotent", Merge(a, a), a},
			{"nothing lost", Merge(ab, a), ab},
			{"nothing is nothing", Merge(New(), a), a},
		} {
			if left, right := text(t, law.left), text(t, law.right); left != right {
				t.Fatalf("seed %d: not %s:\n%s\n%s", seed, law.name, left, right)
			}
		}
		if text(t, a)+text(t, b) != before {
			t.Fatalf("seed %d: an argument was changed", seed)
		}
		again(t, ab)
		for name, p := range a.Packages {
			q := ab.Packages[name]
			for topic, at := range p.Looks {
				if q.Looks[topic].Before(at) {
					t.Fatalf("seed %d: the last look went back", seed)
				}
			}
			if len(q.Versions) < len(p.Versions) || len(q.Findings) < len(p.Findings) {
				t.Fatalf("seed %d: something is lost", seed)
			}
		}
	}
}

// What is no state is refused with the error that says what it is.
func TestRead(t *testing.T) {
	w := quiet()
	w.stranger("2.12.0", day0)
	_, s := run(t, New(), w.look(day0), asks(t, "version: 1\n"))
	good := text(t, s)
	if !strings.Contains(good, `"2.12.0":"1`) || !strings.Contains(good, "published-unknown") {
		t.Fatalf("%s", good)
	}
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in it", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	// A rule is printed as it is, in links too. Whoever writes the file knows its key.
	markup := finding.Finding{Rule: "x`](https://evil.example) <img src=x>", Name: widget, Severity: finding.High}
	forged := &State{Packages: map[string]*Package{widget: {Findings: map[string]Record{markup.Fingerprint(): {N: 1, Since: day0, Seen: day0,
		Topic: Publishes, Finding: markup}}}}}
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"itself", good, nil},
		{"a rule that is no word", text(t, forged), ErrForm},
		{"with a byte-order mark and blanks", "\xEF\xBB\xBF" + replace(`{"version":1,`, "{ \"version\": 1,\n "), nil},
		{"the least", `{"version":1,"packages":{}}`, nil},
		{"empty", "", ErrForm},
		{"cut", good[:len(good)/2], ErrForm},
		{"cut at the end", good[:len(good)-3], ErrForm},
		{"twice", good + good, ErrForm},
		{"a list", "[]", ErrForm},
		{"HTML", "<!DOCTYPE html><title>503</title>", ErrForm},
		{"another JSON", `{"name":"widget","version":"1.0.0"}`, ErrForm},
		{"no version", replace(`"version":1,`, ""), ErrForm},
		{"version 2", replace(`"version":1`, `"version":2`), ErrVersion},
		{"version 1.0", replace(`"version":1`, `"version":1.0`), ErrVersion},
		{"a key twice", replace(`"version":1,`, `"version":1,"version":1,`), ErrForm},
		{"a key in another letter case", replace(`"looks"`, `"Looks"`), ErrForm},
		{"a key of another version", replace(`"looks"`, `"glances"`), ErrForm},
		{"an unknown key of a finding", replace(`"seen":`, `"saw":`), ErrForm},
		{"no topic", replace(`"tags":"2026`, `"tag":"2026`), ErrForm},
		{"a time that is none", replace(`"tags":"2026-11-01T06:00:00Z"`, `"tags":"yesterday"`), ErrForm},
		{"a time with another zone", replace(`"tags":"2026-11-01T06:00:00Z"`, `"tags":"2026-11-01T06:00:00+01:00"`), ErrForm},
		{"a version with more words", replace(` s"`, ` s x"`), ErrForm},
		{"a version with an unknown letter", replace(` s"`, ` sz"`), ErrForm},
		{"a version with a trust above all", replace(` 3 `, ` 4 `), ErrForm},
		{"a version before 1970", replace(` 3 `, ` 3 -`), ErrForm},
		{"a finding under another key", replace(`"findings":{"`, `"findings":{"0`), ErrForm},
		{"a finding that never opened", replace(`"n":1`, `"n":0`), ErrForm},
		{"a finding without a rule", replace(`"rule":"published-unknown"`, `"rule":""`), ErrForm},
		{"a severity that is none", replace(`"severity":"critical"`, `"severity":"awful"`), ErrForm},
		{"a level that is none", replace(`"severity":"critical"`, `"severity":"critical","level":9`), ErrForm},
		{"a package without a name", replace(`"@acme/widget":`, `"":`), ErrForm},
		{"a package that is null", `{"version":1,"packages":{"a":null}}`, ErrForm},
		{"a number too large", replace(`"n":1`, `"n":99999999999999999999`), ErrForm},
		{"deep", `{"version":1,"packages":{"a":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 101) + "}", ErrForm},
		{"too many packages", `{"version":1,"packages":{` + strings.TrimSuffix(many(maxPackages+1), ",") + `}}`, ErrForm},
		{"too large", good + strings.Repeat(" ", MaxBytes-len(good)+1), ErrLarge},
		{"as large as can be", good + strings.Repeat(" ", MaxBytes-len(good)), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Read([]byte(c.text))
			if !errors.Is(err, c.want) || (err == nil) != (s != nil) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"p%d":{},`, i)
	}
	return b.String()
}

// A state of 500 packages with 500 versions each is read and written, and is not
// larger than a repository may hold.
func TestLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s := New()
	for i := range 500 {
		p := (&Package{}).clone()
		for v := range 500 {
			text := fmt.Sprintf("%d %d", i, v)
			p.Versions[fmt.Sprintf("1.%d.0", v)] = Version{Digests: digests(integrity(text), strings.Repeat(fmt.Sprintf("%02x", v%256), 20)),
				Trust: registry.Approved, Published: day0, Known: Signed}
		}
		s.Packages[fmt.Sprintf("@acme/package-%d", i)] = p
	}
	data, err := s.Bytes()
	if err != nil || len(data) > MaxBytes/2 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	t.Logf("%d bytes", len(data))
	start := time.Now()
	read, err := Read(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("read in %v", time.Since(start))
	if back, _ := Merge(read, s).Bytes(); !bytes.Equal(back, data) {
		t.Error("it is another one after all that")
	}
}

// FuzzRead: reading ends, and what is read is written so that it is read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"version":1,"packages":{}}`))
	for seed := range uint64(5) {
		data, _ := some(rand.New(rand.NewPCG(seed, 2))).Bytes()
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(data)
		if err != nil {
			return
		}
		again(t, s)
		again(t, Merge(s, s))
	})
}

// What was judged is known by its SHA-512 alone, and by no other bytes.
func TestKnownAs(t *testing.T) {
	w := quiet()
	_, s := run(t, New(), w.look(day0), asks(t, "version: 1\n"))
	p := s.Packages[widget]
	r := w.at("2.11.0")
	for _, c := range []struct {
		name, version, integrity, shasum string
		want                             Known
	}{
		{"as it was", r.Version, r.Integrity, r.Shasum, Signed},
		{"by its integrity", r.Version, r.Integrity, "", Signed},
		{"by its SHA-1", r.Version, "", r.Shasum, Unjudged},
		{"by nothing", r.Version, "", "", Unjudged},
		{"other bytes", r.Version, integrity("evil"), r.Shasum, Unjudged},
		{"another SHA-1", r.Version, r.Integrity, strings.Repeat("ab", 20), Unjudged},
		{"another version", "2.12.0", r.Integrity, r.Shasum, Unjudged},
	} {
		if got := p.KnownAs(c.version, c.integrity, c.shasum); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	var none *Package
	if !p.BuiltAt("2.11.0") || p.BuiltAt("2.12.0") || none.BuiltAt("2.11.0") || none.KnownAs("1.0.0", "", "") != Unjudged {
		t.Error("BuiltAt")
	}
}

// Old says before a look what Judge does in it.
func TestOld(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		published    time.Time
		appears      bool // after the first look
		want         bool
	}{
		{"long ago", "", day0.AddDate(-1, 0, 0), false, true},
		{"on the first day", "", day0.Add(-time.Hour), false, false},
		{"before the day of the policy", "monitor: {since: 2027-01-01}", day0, false, true},
		{"after the day of the policy", "monitor: {since: 2020-01-01}", day0.AddDate(-1, 0, 0), false, false},
		{"without a time", "", time.Time{}, false, true},
		{"without a time, and the policy names a day", "monitor: {since: 2027-01-01}", time.Time{}, false, false},
		{"said to be old, and appeared", "", day0.AddDate(-1, 0, 0), true, false},
		{"without a time, and appeared", "", time.Time{}, true, false},
		{"on a day to come", "", day0.AddDate(73, 0, 0), false, false},
	} {
		w, ask, s := quiet(), asks(t, "version: 1\n"+c.policy+"\n"), New()
		if !c.appears {
			w.stranger("2.12.0", c.published)
		}

		for day := range 3 {
			if c.appears && day == 1 {
				w.stranger("2.12.0", c.published)
			}
			now := day0.AddDate(0, 0, day)
			var r Result
			before := s
			r, s = run(t, s, w.look(now), ask)
			if c.appears && day == 0 {
				continue
			}
			found := slices.ContainsFunc(append(r.New, r.Open...), func(it Item) bool { return it.Finding.Rule == "published-unknown" })
			if old := before.Old(widget, w.at("2.12.0"), ask.Policy, now); old != c.want || found == c.want {
				t.Errorf("%s, day %d: old %t, found %t", c.name, day, old, found)
			}
		}
	}
}

package policy

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// rounds is how many random policies and finding sets each property meets.
const rounds = 3000

// A world makes random findings and policies from few names, so that they meet.
type world struct{ *rand.Rand }

func pick[T any](w world, of ...T) T { return of[w.IntN(len(of))] }

func (w world) finding() finding.Finding {
	name := pick(w, "a", "b", "@s/c", "")
	f := finding.Finding{
		Rule:      pick(w, "vulnerable-dependency", "malware", "unpinned", "forbidden-file"),
		Severity:  finding.Severity(w.IntN(8) - 1), // one off the scale on either side
		Level:     finding.Level(w.IntN(4)),        // one nobody knows
		Scope:     pick(w, npm.Prod, npm.Dev, npm.Peer, "", "x"),
		Name:      name,
		Version:   pick(w, "1.0.0", "2.0.0", ""),
		Published: pick(w, "", "2026-05-31T00:00:00Z", "2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "x"),
		Line:      w.IntN(3),
	}
	if name != "" {
		f.Package = "pkg:npm/" + name
	}
	for range w.IntN(3) {
		f.IDs = append(f.IDs, pick(w, "GHSA-1", "CVE-1", "CVE-1", "ghsa-1", "MAL-1"))
	}
	for range w.IntN(3) {
		f.Paths = append(f.Paths, []string{"r@1", pick(w, "x@1", "y@1"), name + "@1"})
	}
	return f
}

func (w world) findings() []finding.Finding {
	fs := make([]finding.Finding, w.IntN(6))
	for i := range fs {
		fs[i] = w.finding()
	}
	return fs
}

func (w world) exception() Exception {
	return Exception{
		ID:      pick(w, "GHSA-1", "CVE-1", "MAL-1", "vulnerable-dependency", "malware", "unpinned", "forbidden-file", ""),
		Package: pick(w, "", "a", "a@1.0.0", "pkg:npm/b", "@s/c@2.0.0", "*", "a@*"),
		Path:    pick(w, "", "", "*>x>*", "*>y>a", "*"),
		Owner:   "o", Reason: "r",
		Expires: now.Add(pick(w, -time.Second, 0, time.Second, time.Hour, time.Hour, time.Hour, 366*24*time.Hour)),
		Line:    w.IntN(9),
	}
}

func (w world) threshold() Threshold {
	return Threshold{Severity: finding.Severity(w.IntN(6)), Never: w.IntN(6) == 0}
}

func (w world) policy() *Effective {
	e := builtin()
	for _, s := range npm.Scopes {
		if w.IntN(5) > 0 {
			e.Thresholds[s] = w.threshold()
		} else {
			delete(e.Thresholds, s)
		}
	}
	for s := finding.Info; s <= finding.Critical; s++ {
		if w.IntN(3) == 0 {
			e.SLA[s] = pick(w, Deadline{Within: time.Hour}, Deadline{Within: 90 * 24 * time.Hour}, Deadline{NextRelease: true},
				Deadline{NextMinor: true}, Deadline{})
		}
	}
	for range w.IntN(7) {
		e.Exceptions = append(e.Exceptions, w.exception())
	}
	return e
}

func (w world) context() Context {
	return Context{Now: now, Version: pick(w, "1.0.0", "1.0.1", "1.1.0-rc.1", "")}
}

// properties runs a property against random worlds; the number names the one
// that failed.
func properties(t *testing.T, f func(t *testing.T, w world)) {
	for n := range uint64(rounds) {
		f(t, world{rand.New(rand.NewPCG(n, 1))})
		if t.Failed() {
			t.Fatalf("in world %d", n)
		}
	}
}

func TestMoreFindingsNeverOpen(t *testing.T) {
	opened := 0
	properties(t, func(t *testing.T, w world) {
		e, ctx, fs := w.policy(), w.context(), w.findings()
		before := Decide(e, fs, ctx)
		if before.Passed() {
			opened++
		}
		if after := Decide(e, slices.Concat(fs, w.findings()), ctx); after.Passed() && !before.Passed() {
			t.Errorf("more findings open the gate: %+v", before)
		}
	})
	if opened < rounds/20 || opened > rounds*19/20 {
		t.Errorf("%d of %d worlds pass: the property is hardly tried", opened, rounds)
	}
}

func TestStricterNeverOpens(t *testing.T) {
	properties(t, func(t *testing.T, w world) {
		e, ctx, fs := w.policy(), w.context(), w.findings()
		before := Decide(e, fs, ctx)
		for _, s := range npm.Scopes {
			e.Thresholds[s] = tighter(e.Thresholds[s], w.threshold())
		}
		if Decide(e, fs, ctx).Passed() && !before.Passed() {
			t.Error("a stricter level opens the gate")
		}
		if len(e.Exceptions) > 0 {
			e.Exceptions = e.Exceptions[1:]
			if Decide(e, fs, ctx).Passed() && !before.Passed() {
				t.Error("one exception less opens the gate")
			}
		}
	})
}

// An SLA adds blocks and takes none away.
func TestSLANeverOpens(t *testing.T) {
	properties(t, func(t *testing.T, w world) {
		e, ctx, fs := w.policy(), w.context(), w.findings()
		with := Decide(e, fs, ctx)
		e.SLA = nil
		if with.Passed() && !Decide(e, fs, ctx).Passed() {
			t.Error("an sla opens the gate")
		}
	})
}

// A flag and a file, both speaking, are at least as strict as either alone.
func TestFlagAndFileNeverLoosen(t *testing.T) {
	properties(t, func(t *testing.T, w world) {
		word := func() string { return pick(w, levelWords...) }
		text := fmt.Sprintf("audit-level: %s\nscopes: {dev: %s}\npackages: {p: {audit-level: %s}}\n", word(), word(), word())
		flag := *level(t, word())
		p := parse(t, text)
		file, both := p.For("p", Flags{}), p.For("p", Flags{AuditLevel: &flag})
		for _, s := range npm.Scopes {
			got := both.Thresholds[s].rank()
			if got > file.Thresholds[s].rank() || got > flag.rank() {
				t.Errorf("%s with -audit-level %s: %s is %s", text, flag, s, both.Thresholds[s])
			}
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	properties(t, func(t *testing.T, w world) {
		e, ctx, fs := w.policy(), w.context(), w.findings()
		before := Decide(e, fs, ctx)
		w.Shuffle(len(fs), func(i, j int) { fs[i], fs[j] = fs[j], fs[i] })
		if after := Decide(e, fs, ctx); !reflect.DeepEqual(before, after) {
			t.Errorf("another order, another verdict:\n%+v\n%+v", before, after)
		}
	})
}

func TestExceptionsStayWithTheirPackage(t *testing.T) {
	waived := 0
	properties(t, func(t *testing.T, w world) {
		e, ctx := w.policy(), w.context()
		for _, j := range Decide(e, w.findings(), ctx).Judged {
			if j.State != finding.Waived {
				continue
			}
			waived++
			x, f := j.Waiver, j.Finding
			name, version, err := parsePackage(x.Package)
			switch {
			case x.Package != "" && (err != nil || name != f.Name || version != "" && version != f.Version):
				t.Errorf("the exception for %q waives %s@%s", x.Package, f.Name, f.Version)
			case x.Package == "" && x.ID == f.Rule && f.Name != "":
				t.Errorf("a rule without package waives %s", f.Name)
			case IsMalware(&f) && (x.Package == "" || version == ""):
				t.Errorf("malware is waived by %+v", x)
			case !ctx.Now.Before(x.Expires) || x.Expires.Sub(ctx.Now) > maxException:
				t.Errorf("an exception of another time counts: %v", x.Expires)
			}
		}
	})
	if waived < rounds/50 {
		t.Errorf("only %d findings waived: the property is hardly tried", waived)
	}
}

// A verdict passes exactly when nothing in it blocks, and counts what it holds.
func TestVerdictAddsUp(t *testing.T) {
	properties(t, func(t *testing.T, w world) {
		v := Decide(w.policy(), w.findings(), w.context())
		n := map[finding.State]int{}
		for _, j := range v.Judged {
			n[j.State]++
			if (j.State == finding.Waived) != (j.Waiver != nil) || j.Why == "" {
				t.Errorf("%+v", j)
			}
		}
		c := v.Counts
		if c.Block != n[finding.Block] || c.Warn != n[finding.Warn] || c.Waived != n[finding.Waived] ||
			c.Critical+c.High+c.Moderate+c.Low+c.Info != c.Block+c.Warn || v.Passed() != (c.Block == 0) {
			t.Errorf("%+v", v)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	w := world{rand.New(rand.NewPCG(1, 1))}
	fs := make([]finding.Finding, 1000)
	for i := range fs {
		fs[i] = w.finding()
		fs[i].Message = fmt.Sprint(i)
	}
	e := w.policy()
	for range 100 {
		e.Exceptions = append(e.Exceptions, w.exception())
	}
	for b.Loop() {
		Decide(e, fs, Context{Now: now})
	}
}

func BenchmarkParse(b *testing.B) {
	data, err := os.ReadFile("testdata/every-key.yml")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Parse(data, "p"); err != nil {
			b.Fatal(err)
		}
	}
}

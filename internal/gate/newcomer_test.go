package gate

import (
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// TestArrival: whoever is new is told, and nobody who is not.
func TestArrival(t *testing.T) {
	day := func(text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	version := func(text string) npm.Version {
		v, err := npm.ParseVersion(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	of := func(by, maintainers, at string) known {
		k := known{there: true}
		k.By[0], k.By[1], _ = strings.Cut(by, "+")
		k.Published, k.Maintainers = day(at), strings.Fields(maintainers)
		return k
	}
	debuts := func(k known, list ...string) known {
		k.past = &registry.Past{}
		for i := 0; i < len(list); i += 3 {
			k.past.Debuts = append(k.past.Debuts, registry.Debut{Name: list[i], Number: version(list[i+1]), Published: day(list[i+2])})
		}
		return k
	}
	old := func(number, maintainers, at string) []standing { return []standing{{number, of("", maintainers, at)}} }
	trusted := debuts(of("GitHub Actions", "", "2026-02-01"), "alice", "1.0.0", "2020-01-01", "GitHub Actions", "1.1.0", "2026-02-01")
	trusted.Trusted = true
	silent := debuts(of("alice", "", "2026-01-02"), "alice", "1.0.0", "2020-01-01")
	silent.past.Pauses = []registry.Pause{{From: day("2020-01-01"), To: day("2024-01-01")}, {From: day("2024-01-01"), To: day("2026-01-01")}}
	approved := func(by string) known {
		k := debuts(of("GitHub Actions+"+by, "", "2026-02-01"), "alice", "1.0.0", "2020-01-01", by, "1.1.0", "2026-02-01")
		k.Trusted = true
		return k
	}
	const alice = "1.0.0"
	for _, c := range []struct {
		name string
		now  known
		old  []standing
		want string // publisher|maintainers|revived, each up to its first words
		not  string // why it is skipped
	}{
		{"the same", debuts(of("alice", "alice", "2026-02-01"), "alice", alice, "2020-01-01"),
			old("1.0.0", "alice bob", "2020-01-01"), "", ""},
		{"new", debuts(of("mallory", "", "2026-02-01"), "alice", alice, "2020-01-01", "mallory", "1.1.0", "2026-02-01"),
			old("1.0.0", "", "2020-01-01"), "by mallory, new", ""},
		{"new since", debuts(of("mallory", "", "2026-02-01"), "alice", alice, "2020-01-01", "mallory", "1.0.1", "2026-01-01"),
			old("1.0.0", "", "2020-01-01"), "by mallory, new", ""},
		{"not since", debuts(of("mallory", "", "2026-02-01"), "alice", alice, "2020-01-01", "mallory", "1.0.1", "2026-01-01"),
			old("1.0.1", "", "2026-01-01"), "", ""},
		{"the newest counts", debuts(of("mallory", "", "2026-02-01"), "alice", alice, "2020-01-01", "mallory", "1.0.1", "2026-01-01"),
			append(old("1.0.1", "", "2026-01-01"), old("1.0.0", "", "2020-01-01")...), "", ""},
		{"no times", debuts(of("mallory", "", ""), "alice", alice, "", "mallory", "1.0.1", ""),
			old("1.0.0", "", ""), "by mallory, new", ""},
		{"no times, known", debuts(of("mallory", "", ""), "alice", alice, "", "mallory", "0.9.0", ""), old("1.0.0", "", ""), "", ""},
		{"approved by one of them", debuts(of("mallory+alice", "", "2026-02-01"), "alice", alice, "2020-01-01", "mallory", "1.1.0", "2026-02-01"),
			old("1.0.0", "", "2020-01-01"), "", ""},
		{"approved by nobody known", debuts(of("mallory+eve", "", "2026-02-01"), "alice", alice, "2020-01-01", "mallory", "1.1.0", "2026-02-01"),
			old("1.0.0", "", "2020-01-01"), "by mallory with the approval of eve, new", ""},
		{"approved, published by nobody", debuts(of("+eve", "", "2026-02-01"), "alice", alice, "2020-01-01"),
			old("1.0.0", "", "2020-01-01"),
			"with the approval of eve, new", ""},
		{"a trusted publisher", trusted, old("1.0.0", "", "2020-01-01"), "", ""},
		{"nobody named", debuts(of("", "", "2026-02-01"), "alice", alice, "2020-01-01"),
			old("1.0.0", "", "2020-01-01"), "by somebody whom", ""},
		{"nobody ever named", debuts(of("", "", "2026-02-01")), old("1.0.0", "", "2020-01-01"), "", "does not say who publishes"},
		{"first ever", debuts(of("mallory", "", "2026-02-01"), "mallory", "1.1.0", "2026-02-01"), nil, "", ""},
		{"not locked before, new", debuts(of("mallory", "", "2026-02-01"), "alice", alice, "2020-01-01", "mallory", "1.1.0", "2026-02-01"), nil,
			"by mallory, new to this package: before it that was alice", ""},
		{"not locked before, known", debuts(of("alice", "mallory", "2026-02-01"), "alice", alice, "2020-01-01"), nil, "", ""},
		{"back to an older one", debuts(of("alice", "", "2020-01-01"), "alice", "1.1.0", "2020-01-01"),
			old("2.0.0", "", "2021-01-01"), "", ""},
		{"other maintainers", debuts(of("alice", "eve mallory", "2026-02-01"), "alice", alice, "2020-01-01"),
			old("1.0.0", "alice bob", "2020-01-01"),
			"is maintained by eve, mallory, and 1.0.0, which release 1.2.2 locked, was by alice, bob: nobody is left", ""},
		{"no list of maintainers", debuts(of("alice", "", "2026-02-01"), "alice", alice, "2020-01-01"),
			old("1.0.0", "alice bob", "2020-01-01"), "", ""},
		{"silence", silent, old("1.0.0", "", "2020-01-01"), "after a silence of 1461 days, from 2020-01-01 to 2024-01-01", ""},
		{"silence since", silent, old("1.0.0", "", "2024-06-01"), "after a silence of 731 days", ""},
		{"silence before", silent, old("1.0.0", "", "2026-01-01"), "", ""},
		{"silence, no time", silent, old("1.0.0", "", ""), "", ""},
		{"dated before the one that was locked", debuts(of("mallory", "", "2019-01-01"), "mallory", "1.1.0", "2019-01-01"),
			[]standing{{"1.0.0", debuts(of("alice", "", "2020-01-01"), "alice", alice, "2020-01-01")}},
			"by mallory, new to this package: up to 1.0.0, which release 1.2.2 locked, that was alice", ""},
		{"above it and really before it", debuts(of("alice", "", "2019-02-01"), "alice", alice, "2019-01-01"),
			[]standing{{"1.0.9", debuts(of("bob", "", "2020-01-01"), "alice", alice, "2019-01-01", "bob", "1.0.9", "2020-01-01")}}, "", ""},
		{"trusted, approved by somebody new", approved("eve"), old("1.0.0", "alice bob", "2020-01-01"),
			"by GitHub Actions with the approval of eve, new to this package", ""},
		{"trusted, approved by a maintainer of then", approved("bob"), old("1.0.0", "alice bob", "2020-01-01"), "", ""},
		{"trusted, approved by who published then", approved("alice"), old("1.0.0", "", "2020-01-01"), "", ""},
		{"what was locked is gone", debuts(of("mallory", "", "2026-02-01"), "alice", "0.9.0", "2019-01-01", "mallory", "1.1.0", "2026-02-01"),
			[]standing{{version: "1.0.0"}}, "by mallory, new to this package: up to 1.0.0, which release 1.2.2 locked, that was alice", ""},
		{"what was locked is gone, the same people", debuts(of("alice", "", "2026-02-01"), "alice", "0.9.0", "2019-01-01"),
			[]standing{{version: "1.0.0"}}, "", "does not have 1.0.0, which release 1.2.2 locked, (any more)"},
		{"gone", known{}, old("1.0.0", "", "2020-01-01"), "", "does not have this version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := arrival{since: "release 1.2.2", after: 365 * 24 * time.Hour, address: "https://r.example/", now: c.now, old: c.old,
				p: &npm.Package{Name: "a", Version: "1.1.0"}}
			got := a.judge()
			said := got.Publisher + got.Maintainers + got.Revived
			if (said == "") != (c.want == "") || !strings.Contains(said, c.want) || (got.State == check.SealInvalid) != (c.want != "") {
				t.Errorf("%q, expected %q", said, c.want)
			}
			if (got.State == check.SealSkipped) != (c.not != "") || c.not != "" && !strings.Contains(got.Why, c.not) {
				t.Errorf("%v %q, expected %q", got.State, got.Why, c.not)
			}
		})
	}
}

// TestPastKept: what is kept is what is read again, and nothing that cannot be read.
func TestPastKept(t *testing.T) {
	one, _ := npm.ParseVersion("1.0.0")
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	by := registry.Fact{People: registry.People{By: [2]string{"a", "b"}, Trusted: true, Maintainers: []string{"c"}}, Install: "install: x"}
	p := &registry.Past{Debuts: []registry.Debut{{Name: "a", Number: one, Published: at}}, Pauses: []registry.Pause{{From: at, To: at}}}
	var back registry.Fact
	k := keepPast(p, &by)
	if got := k.read(&back); got == nil || got.Debuts[0] != p.Debuts[0] || got.Pauses[0] != p.Pauses[0] || back.By != by.By ||
		!back.Trusted || len(back.Maintainers) != 1 || back.Install != by.Install {
		t.Errorf("%+v %+v", got, back)
	}
	k.Debuts[0].Version = "one"
	if k.read(&back) != nil || (*keptPast)(nil).read(&back) != nil || keepPast(nil, &by) != nil {
		t.Error("what cannot be read is something")
	}
	for n, kept := range map[int]bool{mostDebuts: true, mostDebuts + 1: false} {
		p := &registry.Past{Debuts: make([]registry.Debut, n)}
		if (keepPast(p, &by) != nil) != kept {
			t.Errorf("%d people", n)
		}
	}
}

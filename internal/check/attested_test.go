package check

import (
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/written"
)

// on returns a day, at its start, UTC. The clean package is judged on 2026-06-01.
func on(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestAttested(t *testing.T) {
	review := func(r policy.Review) func(*Subject) {
		return func(s *Subject) {
			s.Policy.File = ".publishgate.yml"
			s.Policy.Reviews = map[string]policy.Review{"r": r}
			s.Kept = map[string]Kept{"there": {SHA256: "aa"}, "gone": {Why: "is not in commit 1234567"}}
		}
	}
	control := func(c policy.Control) func(*Subject) {
		return func(s *Subject) {
			review(policy.Review{})(s)
			s.Policy.Reviews, s.Policy.Controls = nil, map[string]policy.Control{"c": c}
		}
	}
	major := func(version, last string, r policy.Review) func(*Subject) {
		return func(s *Subject) {
			review(r)(s)
			s.Manifest.Version, s.Last = version, last
		}
	}
	month := 30 * 24 * time.Hour
	says := func(rule, level string) []string { return []string{rule + " .publishgate.yml " + level} }
	stated := policy.Control{By: "ann", Stated: on("2026-01-01"), Until: on("2026-05-31")}
	with := func(c policy.Control, change func(*policy.Control)) policy.Control { change(&c); return c }
	table(t, attested, []row{
		{"due on this day", review(policy.Review{Every: month, Done: on("2026-05-02")}), nil},
		{"due the day before", review(policy.Review{Every: month, Done: on("2026-05-01")}), says("review-overdue", "advice")},
		{"overdue, blocks", review(policy.Review{Every: month, Done: on("2026-04-01"), Blocks: true}), says("review-overdue", "always")},
		{"never done", review(policy.Review{Every: month}), says("review-undone", "advice")},
		{"never done, blocks", review(policy.Review{Every: month, Blocks: true}), says("review-undone", "always")},
		{"today, on the other side of the world", review(policy.Review{Every: month, Done: on("2026-06-01")}), nil},
		{"tomorrow", review(policy.Review{Every: month, Done: on("2026-06-02")}), says("review-future", "always")},
		{"record there", review(policy.Review{Every: month, Done: on("2026-05-20"), Evidence: policy.Evidence{Path: "there"}}), nil},
		{"record there, pinned", review(policy.Review{Every: month, Done: on("2026-05-20"), Evidence: policy.Evidence{Path: "there",
			SHA256: "aa"}}), nil},
		{"another record", review(policy.Review{Every: month, Done: on("2026-05-20"), Evidence: policy.Evidence{Path: "there", SHA256: "bb"}}),
			says("review-without-evidence", "always")},
		{"no record", review(policy.Review{Every: month, Done: on("2026-05-20"), Evidence: policy.Evidence{Path: "gone"}}),
			says("review-without-evidence", "always")},
		{"record that nobody looked for", review(policy.Review{Every: month, Done: on("2026-05-20"), Evidence: policy.Evidence{Path: "other"}}),
			says("review-without-evidence", "always")},
		{"major without", major("2.0.0", "1.9.0", policy.Review{Before: "major"}), says("review-missing", "always")},
		{"major with an old one", major("2.0.0", "1.9.0", policy.Review{Before: "major", Done: on("2025-05-01")}), says("review-missing",
			"always")},
		{"major with one", major("2.0.0", "1.9.0", policy.Review{Before: "major", Done: on("2025-08-01")}), nil},
		{"minor", major("1.10.0", "1.9.0", policy.Review{Before: "major"}), nil},
		{"major, last one not known", major("3.0.0", "", policy.Review{Before: "major"}), says("review-missing", "always")},
		{"later patch of a major", major("3.0.1", "", policy.Review{Before: "major"}), nil},
		{"prerelease of a major", major("2.0.0-rc.1", "1.9.0", policy.Review{Before: "major"}), nil},
		{"counts until today", control(with(stated, func(c *policy.Control) { c.Until = on("2026-06-01") })), nil},
		{"counted until yesterday", control(stated), says("control-expired", "always")},
		{"stated tomorrow", control(policy.Control{Stated: on("2026-06-03"), Until: on("2027-01-01")}), says("review-future", "always")},
		{"another package's", control(with(stated, func(c *policy.Control) { c.Packages = []string{"@other/*"} })), nil},
		{"this package's", control(with(stated, func(c *policy.Control) { c.Packages = []string{"@other/*", "a?p"} })),
			says("control-expired", "always")},
		{"shown by nothing", control(policy.Control{Stated: on("2026-01-01"), Until: on("2027-01-01"), Evidence: policy.Evidence{Path: "gone"}}),
			says("control-without-evidence", "always")},
		{"script there", func(s *Subject) {
			control(policy.Control{Stated: on("2026-01-01"), Until: on("2027-01-01"), Test: "t"})(s)
			s.Manifest.Scripts = map[string]string{"t": "x"}
		}, nil},
		{"no script", control(policy.Control{Stated: on("2026-01-01"), Until: on("2027-01-01"), Test: "t"}),
			says("control-without-evidence", "always")},
	})
}

func TestAboutPolicy(t *testing.T) {
	known := func(maintainers ...string) func(*Subject) {
		return func(s *Subject) {
			s.Policy.File = ".publishgate.yml"
			s.Policy.About.Acknowledged, s.Maintainers = []string{"@Ann", "bob"}, maintainers
		}
	}
	changes := func(c *PolicyChange, list []policy.Amendment) func(*Subject) {
		return func(s *Subject) {
			s.Policy.File, s.PolicyChange, s.Policy.About.Changes = ".publishgate.yml", c, list
		}
	}
	unlogged := []string{"policy-change-unlogged .publishgate.yml always"}
	stranger := "publisher-unacknowledged .publishgate.yml always"
	table(t, aboutPolicy, []row{
		{"nobody was asked", known(), nil},
		{"all have read it", known("ann", "bob"), nil},
		{"two have not", known("ann", "mallory", "eve"), []string{stranger, stranger}},
		{"not asked for", func(s *Subject) { s.Maintainers = []string{"eve"} }, nil},
		{"nobody acknowledged", func(s *Subject) { known("ann")(s); s.Policy.About.Acknowledged = []string{} }, []string{stranger}},
		{"changed and logged", changes(&PolicyChange{Since: "release 1.0.0", Logged: true}, []policy.Amendment{}), nil},
		{"changed", changes(&PolicyChange{Since: "release 1.0.0"}, []policy.Amendment{}), unlogged},
		{"changed, no list", changes(&PolicyChange{Since: "release 1.0.0"}, nil), nil},
	})
}

func TestWrittenPolicy(t *testing.T) {
	row1 := func(class written.Class) func(*Subject) {
		return func(s *Subject) {
			s.Written = &Written{Prose: "SECURITY.md", Lines: "l", Coverage: &written.Coverage{Rows: []written.Row{
				{Statement: written.Statement{Line: 3, Text: strings.Repeat("a", 500), Digest: "d"}, Class: class, At: 7, Reason: "why"}}}}
		}
	}
	table(t, writtenPolicy, []row{
		{"none", func(*Subject) {}, nil},
		{"enforced", row1(written.Enforced), nil},
		{"outside", row1(written.Outside), nil},
		{"uncovered", row1(written.Uncovered), []string{"policy-line-uncovered SECURITY.md always"}},
		{"unenforced", row1(written.Unenforced), []string{"policy-line-unenforced l always"}},
		{"gone", func(s *Subject) {
			row1(written.Silent)(s)
			s.Written.Coverage.Gone = []written.Answer{{Line: 2, At: 9}}
		}, []string{"policy-line-gone l advice"}},
	})
	s := clean()
	row1(written.Uncovered)(s)
	if f := writtenPolicy.Run(s)[0]; f.Line != 3 || len(f.Message) > 300 {
		t.Errorf("%+v", f)
	}
}

func TestDemanded(t *testing.T) {
	files := func(patterns ...string) func(*Subject) {
		return func(s *Subject) { s.Policy.Files.Require = patterns }
	}
	missing := "file-missing package.json always"
	table(t, demanded, []row{
		{"there", files("index.js", "*.md", "/LICENSE"), nil},
		{"missing", files("lib/", "index.ts", "index.js"), []string{missing, missing}},
		{"no tarball", func(s *Subject) { files("lib/")(s); s.Tarball = nil }, nil},
		{"script there", func(s *Subject) {
			s.Policy.Scripts, s.Manifest.Scripts = []string{"test"}, map[string]string{"test": "x"}
		}, nil},
		{"script missing", func(s *Subject) { s.Policy.Scripts = []string{"test", "lint", "test"} },
			[]string{"script-missing package.json always", "script-missing package.json always"}},
	})
}

func TestDeprecated(t *testing.T) {
	old := func(name string) func(*Subject) { return func(s *Subject) { pkg(s, name).Deprecated = "use c" } }
	table(t, deprecated, []row{
		{"direct", old("a"), []string{"deprecated-dependency a advice"}},
		{"through another", old("b"), []string{"deprecated-dependency b advice"}},
		{"a build tool that package.json names", old("tool"), []string{"deprecated-dependency tool advice"}},
		{"a tool's own", func(s *Subject) {
			tool, inner := pkg(s, "tool"), installed("inner", "1.0.0")
			inner.Scope, inner.Dev, inner.Deprecated = "dev", true, "use c"
			link(tool, inner, "^1.0.0", 0)
			s.Graph.Packages = append(s.Graph.Packages, inner)
		}, nil},
		{"the registry says so", registered("b@2.0.0", Listing{There: true, Deprecated: "use c"}), []string{"deprecated-dependency b advice"}},
		{"the registry says so no more", func(s *Subject) {
			old("b")(s)
			registered("b@2.0.0", Listing{There: true})(s)
		}, nil},
		{"the registry does not have it", func(s *Subject) {
			old("b")(s)
			registered("b@2.0.0", Listing{})(s)
		}, []string{"deprecated-dependency b advice"}},
		{"it blocks", func(s *Subject) {
			old("b")(s)
			s.Policy.Dependencies.Deprecated = "block"
		}, []string{"deprecated-dependency b always"}},
		{"ignored", func(s *Subject) {
			old("b")(s)
			s.Policy.Dependencies.Deprecated = "ignore"
		}, nil},
	})
}

func registered(id string, l Listing) func(*Subject) {
	return func(s *Subject) {
		s.Listed.Of = map[*npm.Package]Listing{}
		for _, p := range s.Graph.Packages {
			if p.ID() == id {
				s.Listed.Of[p] = l
			}
		}
	}
}

func TestReleaseAge(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) // as clean has it
	about := func(id string, l Listing) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Dependencies.MinReleaseAge = 72 * time.Hour
			registered(id, l)(s)
		}
	}
	at := func(age time.Duration) Listing { return Listing{There: true, Published: now.Add(-age)} }
	young, missing := []string{"release-too-young b always"}, []string{"release-time-missing b always"}
	table(t, releaseAge, []row{
		{"nobody asks", registered("b@2.0.0", at(0)), nil},
		{"old enough", about("b@2.0.0", at(72*time.Hour)), nil},
		{"a second too young", about("b@2.0.0", at(72*time.Hour-time.Second)), young},
		{"to come", about("b@2.0.0", at(-10000*time.Hour)), young},
		{"no clock", func(s *Subject) { about("b@2.0.0", at(1000*time.Hour))(s); s.Now = "" }, young},
		{"no time", about("b@2.0.0", Listing{There: true}), missing},
		{"gone", about("b@2.0.0", Listing{}), missing},
		{"development", about("tool@3.0.0", at(0)), []string{"release-too-young tool always"}},
		{"an alias", func(s *Subject) { pkg(s, "b").Alias = "nice"; about("b@2.0.0", at(0))(s) }, young},
		{"two copies are one problem", func(s *Subject) {
			about("b@2.0.0", at(0))(s)
			again := *pkg(s, "b")
			again.Location = "node_modules/tool/node_modules/b"
			s.Graph.Packages = append(s.Graph.Packages, &again)
		}, young},
		{"another was asked", about("a@1.2.3", at(1000*time.Hour)), nil},
		{"may be young", func(s *Subject) { about("b@2.0.0", at(0))(s); s.Policy.Dependencies.AnyAge = []string{"b@^2"} }, nil},
		{"another may be young", func(s *Subject) { about("b@2.0.0", at(0))(s); s.Policy.Dependencies.AnyAge = []string{"b@^3", "c"} }, young},
		{"bundled", func(s *Subject) { about("b@2.0.0", at(0))(s); pkg(s, "b").Bundler = pkg(s, "a") }, nil},
		{"from git", func(s *Subject) { about("b@2.0.0", at(0))(s); pkg(s, "b").Source = npm.SourceGit }, nil},
		{"scope left out", func(s *Subject) {
			about("tool@3.0.0", at(0))(s)
			s.Policy.Omit = map[npm.Scope]bool{npm.Dev: true}
		}, nil},
	})
	s := clean()
	about("b@2.0.0", at(time.Hour))(s)
	f := releaseAge.Run(s)[0]
	if want := "b@2.0.0 was published at 2026-05-31 23:00 UTC. The policy asks for an age of 3d, which it has at 2026-06-03 23:00 " +
		"UTC."; f.Message != want {
		t.Errorf("%q", f.Message)
	}
	pkg(s, "b").Source = npm.SourceGit
	if n := s.Ageless(); n != 1 {
		t.Errorf("%d have no age", n)
	}
}

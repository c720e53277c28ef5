package check

import (
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/support"
)

// supports releases a version beside a list of supported versions: "5.1.x yes".
func supports(version string, rows ...string) func(*Subject) {
	return func(s *Subject) {
		text := ""
		for _, r := range rows {
			i := strings.LastIndexByte(r, ' ')
			if until := strings.Index(r, " until"); until >= 0 {
				i = until
			}
			text += "| " + r[:i] + " | " + r[i+1:] + " |\n"
		}
		if len(rows) > 0 {
			text = "| Version | Supported |\n|---|---|\n" + text
		}
		s.Manifest.Version, s.Tarball.Manifest.Version = version, version
		s.Policy.Versions.Supported, s.DistTags = "SECURITY.md", []string{"latest"}
		s.Supported = &Supported{File: "SECURITY.md", Table: support.Read(text, "app")}
	}
}

// publishes adds what the registry has: versions, those with ! deprecated, and
// dist-tags: "latest=1.2.3".
func publishes(all string, change ...func(*Subject)) func(*Subject) {
	return func(s *Subject) {
		for _, c := range change {
			c(s)
		}
		s.Published = &Published{Tags: map[string]string{}}
		for _, word := range strings.Fields(all) {
			if tag, version, is := strings.Cut(word, "="); is {
				s.Published.Tags[tag] = version
				continue
			}
			v, err := npm.ParseVersion(strings.TrimSuffix(word, "!"))
			if err != nil {
				panic(err)
			}
			s.Published.Releases = append(s.Published.Releases, PublishedVersion{v, strings.HasSuffix(word, "!")})
		}
	}
}

func setting(change func(*policy.Versions)) func(*Subject) {
	return func(s *Subject) { change(&s.Policy.Versions) }
}

func TestSupportedVersions(t *testing.T) {
	strict := setting(func(v *policy.Versions) { v.StrictTags = true })
	required := setting(func(v *policy.Versions) { v.EndOfLife.Deprecate = policy.Required })
	notice := setting(func(v *policy.Versions) { v.EndOfLife.Deprecate, v.EndOfLife.Notice = policy.Required, 90*24*time.Hour })
	silent := setting(func(v *policy.Versions) { v.EndOfLife.Deprecate = "ignore" })
	standing := setting(func(v *policy.Versions) { v.EndOfLife.Standing = true })
	given := func(s *Subject) { s.DistTags, s.TagGiven = []string{"old"}, true }
	said := func(rule, level string) []string { return []string{rule + " SECURITY.md " + level} }
	classic := []string{"5.1.x yes", "5.0.x no", "4.0.x yes", "< 4.0 no"}
	blocked := []string{"unsupported-release app always"}
	now := "2026-06-01" // of the clean subject
	table(t, supportedVersions, []row{
		{"nobody asks", func(*Subject) {}, nil},
		{"no file", func(s *Subject) { s.Supported = &Supported{File: "SECURITY.md"} }, said("supported-versions-missing", "always")},
		{"no table", supports("1.0.0"), said("supported-versions-missing", "always")},
		{"supported", supports("5.1.4", classic...), nil},
		{"with build metadata", supports("5.1.4+7", classic...), nil},
		{"ended", supports("5.0.7", classic...), blocked},
		{"far below", supports("3.9.0", classic...), blocked},
		{"a prerelease of an ended line", supports("5.0.8-rc.1", classic...), blocked},
		{"a prerelease of the first supported one", supports("4.0.0-rc.1", classic...), nil},
		{"a prerelease where none is supported", supports("6.0.0-rc.1", "5.x yes", "pre-releases no"), nil},
		{"0.x", supports("0.2.9", "0.3.x yes", "0.2.x no"), blocked},
		{"until yesterday", supports("5.1.4", "5.1.x until 2026-05-31"), blocked},
		{"until today", supports("5.1.4", "5.1.x until "+now), nil},
		{"in no row", supports("6.0.0", classic...), said("supported-versions-stale", "always")},
		{"between rows", supports("4.1.0", classic...), said("supported-versions-stale", "always")},
		{"a prerelease in no row", supports("6.0.0-rc.1", classic...), said("supported-versions-stale", "advice")},
		{"depends on what is out", supports("6.0.0", "latest yes", "older no"), nil},
		{"above what is out", publishes("5.0.0! latest=5.0.0", supports("6.0.0", "latest yes", "older no")), nil},
		{"below what is out", publishes("5.0.0! 6.0.0 latest=6.0.0", supports("5.0.1", "latest yes", "older no")), blocked},
		{"private", func(s *Subject) {
			supports("5.0.7", classic...)(s)
			s.Manifest.Private, s.Tarball.Manifest.Private = true, true
		}, nil},
		{"unclear", supports("5.1.4", "5.1.x yes", "five yes", "5.0.x perhaps"),
			append(said("supported-versions-unclear", "always"), said("supported-versions-unclear", "always")...)},

		{"the first release", publishes("", supports("5.1.0", classic...)), nil},
		{"all in order", publishes("3.9.0! 4.0.1 5.0.0! 5.1.3 latest=5.1.3", supports("5.1.4", classic...), required), nil},
		{"an ended one, advised", publishes("3.9.0 4.0.1 5.0.0! latest=4.0.1", supports("5.1.4", classic...)),
			said("end-of-life-undeprecated", "advice")},
		{"an ended one, required", publishes("3.9.0 4.0.1 5.0.0! latest=4.0.1", supports("5.1.4", classic...), required),
			said("end-of-life-undeprecated", "always")},
		{"an ended one, ignored", publishes("3.9.0 4.0.1 5.0.0! latest=4.0.1", supports("5.1.4", classic...), silent), nil},
		{"an ended prerelease", publishes("3.9.0-rc.1 4.0.1 5.0.0! latest=4.0.1", supports("5.1.4", "5.1.x yes", "4.0.x yes", "5.0.x no"),
			required), nil},
		{"notice is due", publishes("4.0.1 5.1.3 latest=5.1.3", supports("5.1.4", "5.1.x yes", "4.0.x until 2026-08-29"), notice),
			said("end-of-life-undeprecated", "always")},
		{"notice is due, advised", publishes("4.0.1 5.1.3 latest=5.1.3", supports("5.1.4", "5.1.x yes", "4.0.x until 2026-08-29"),
			setting(func(v *policy.Versions) { v.EndOfLife.Notice = 90 * 24 * time.Hour })), said("end-of-life-undeprecated", "advice")},
		{"notice is not due", publishes("4.0.1 5.1.3 latest=5.1.3", supports("5.1.4", "5.1.x yes", "4.0.x until 2026-08-31"), notice), nil},
		{"notice was given", publishes("4.0.1! 5.1.3 latest=5.1.3", supports("5.1.4", "5.1.x yes", "4.0.x until 2026-08-29"), notice), nil},
		{"into an ended line", publishes("5.0.0! 5.1.3 latest=5.1.3", supports("5.0.1", "5.1.x yes", "5.0.x no"), standing),
			append([]string{"unsupported-release app always"}, said("end-of-life-undeprecated", "advice")...)},
		{"a supported one is deprecated", publishes("4.0.0 4.0.1! 5.1.3 latest=5.1.3", supports("5.1.4", "5.1.x yes", "4.0.x yes")),
			said("supported-deprecated", "always")},
		{"this release ends that", publishes("4.0.0! 5.1.3! latest=5.1.3", supports("5.1.4", "5.1.x yes", "4.0.x no")), nil},
		{"a line that never was", publishes("5.1.3 latest=5.1.3", supports("5.1.4", "5.1.x yes", "5.0.x no", "< 5.0 no")),
			said("supported-versions-stale", "advice")},
		{"a line that is out, by a narrower row", publishes("5.1.3 latest=5.1.3", supports("5.1.4", "5.1.x yes", "5.1.3 yes", "5.1.4 yes")), nil},
		{"latest in no row, above", publishes("5.1.3 6.0.0 latest=6.0.0", supports("5.1.4", "5.1.x yes")),
			said("supported-versions-stale", "always")},
		{"latest in no row, below", publishes("4.0.0 latest=4.0.0", supports("5.1.4", "5.1.x yes")), said("supported-versions-stale", "advice")},

		{"latest on an ended one", publishes("5.0.0! 5.1.3 latest=5.0.0", supports("5.1.4", "5.1.x yes", "5.0.x no"), given),
			said("tag-on-unsupported", "always")},
		{"latest moves off an ended one", publishes("5.0.0! latest=5.0.0", supports("5.1.4", "5.1.x yes", "5.0.x no")), nil},
		{"a prerelease does not move it", publishes("5.0.0! 5.1.3 latest=5.0.0", supports("5.1.4-rc.1", "5.1.x yes", "5.0.x no")),
			said("tag-on-unsupported", "always")},
		{"another tag", publishes("5.0.0! 5.1.3 latest=5.1.3 old=5.0.0", supports("5.1.4", "5.1.x yes", "5.0.x no")), nil},
		{"another tag, strict", publishes("5.0.0! 5.1.3 latest=5.1.3 old=5.0.0", supports("5.1.4", "5.1.x yes", "5.0.x no"), strict),
			said("tag-on-unsupported", "always")},
		{"no tag", publishes("4.0.0 5.1.3 latest=5.1.3", supports("5.1.4", "5.1.x yes", "4.0.x yes"), strict), said("supported-untagged",
			"advice")},
		{"back, by default", publishes("4.0.0 5.1.3 latest=5.1.3 v=4.0.0", supports("4.0.1", "5.1.x yes", "4.0.x yes"), strict),
			[]string{"dist-tag-back package.json advice"}},
		{"back, but it is out", publishes("4.0.1 4.0.5 5.1.3 latest=5.1.3 old=4.0.5", supports("4.0.1", "5.1.x yes", "4.0.x yes"), strict,
			given), nil},
		{"back, as asked", publishes("4.0.5 5.1.3 latest=5.1.3 old=4.0.5", supports("4.0.1", "5.1.x yes", "4.0.x yes"), strict, given),
			[]string{"dist-tag-back package.json always"}},
		{"back from a deprecated one", publishes("4.0.5! 5.1.3 latest=5.1.3 old=4.0.5", supports("4.0.6-rc.1", "5.1.x yes", "4.0.x no"),
			strict, given,
			func(s *Subject) { s.Manifest.Version, s.Tarball.Manifest.Version = "4.0.4", "4.0.4" }, silent),
			append(blocked, "tag-on-unsupported SECURITY.md always")},
	})
}

func TestSuperseded(t *testing.T) {
	hurt := func(records ...advisory.Record) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Versions.Superseded = true
			known, _, err := advisory.Gather(t.Context(), []advisory.Source{told{records: records}}, []advisory.Asked{{Name: "app",
				Versions: []string{""}}}, false)
			if err != nil {
				t.Fatal(err)
			}
			s.Published.Known = known
		}
	}
	with := func(all string, change func(*Subject), records ...advisory.Record) func(*Subject) {
		return func(s *Subject) {
			publishes(all, change)(s)
			hurt(records...)(s)
		}
	}
	rule := func(level string) []string { return []string{"superseded-not-deprecated package.json " + level} }
	bare := func(s *Subject) { s.Manifest.Version, s.Tarball.Manifest.Version = "5.1.4", "5.1.4" }
	two := supports("5.1.4", "5.1.x yes", "4.0.x yes")
	table(t, superseded, []row{
		{"nobody asks", publishes("5.1.2 5.1.3", bare), nil},
		{"no advisory", with("5.1.2 5.1.3", bare), nil},
		{"fixed and out", with("5.1.2 5.1.3", bare, old("app", "5.1.3")), rule("always")},
		{"fixed here", with("5.1.2 5.1.3", bare, old("app", "5.1.4")), rule("advice")},
		{"not fixed", with("5.1.2 5.1.3", bare, old("app", "5.2.0")), nil},
		{"deprecated", with("5.1.2! 5.1.3", bare, old("app", "5.1.3")), nil},
		{"withdrawn", with("5.1.2 5.1.3", bare, advisory.Record{ID: "GHSA-app", Package: "app", Withdrawn: true,
			Ranges: []advisory.Range{{Introduced: "0", Fixed: "5.1.3"}}}), nil},
		{"a prerelease alone", with("5.1.3-rc.1 5.1.3", bare, old("app", "5.1.3")), nil},
		{"a supported line without a fix of its own", with("4.0.8 5.1.2! 5.1.3", two, old("app", "5.1.3")), nil},
		{"an ended line", with("3.0.0 5.1.2! 5.1.3", supports("5.1.4", "5.1.x yes", "< 4 no"), old("app", "5.1.3")), rule("always")},
	})
}

// The ranges that are told hold what they are meant for, and no other version.
func TestDeprecateRanges(t *testing.T) {
	for _, tt := range []struct{ all, row, want string }{
		{"5.0.0 5.0.1 5.1.0", "5.0.x no", "5.0.x"},
		{"4.0.0-rc.1 4.0.0 5.1.0", "< 4.1 no", "<4.1"},
		{"3.9.0 4.0.0-rc.1 5.1.0", "< 4.0 no", "<4.0"},
		{"3.0.0 4.0.1 5.0.0 5.0.1 5.1.0", "< 5.1 no", "3.0.0 || >=5.0.0 <=5.0.1"},
		{"3.0.0 3.1.0 4.0.1 5.1.0", "older no", ">=3.0.0 <=3.1.0"},
	} {
		s := clean()
		publishes(tt.all+" latest=5.1.0", supports("5.1.1", "5.1.x yes", "4.0.x yes", tt.row))(s)
		if tt.row == "5.0.x no" || strings.Contains(tt.row, "4.") {
			publishes(tt.all+" latest=5.1.0", supports("5.1.1", "5.1.x yes", tt.row))(s)
		}
		found := supportedVersions.Run(s)
		if len(found) == 0 || !strings.Contains(found[len(found)-1].Fix, "\"app@"+tt.want+"\"") {
			t.Errorf("%s of %s: %+v, want %s", tt.row, tt.all, found, tt.want)
		}
	}
}

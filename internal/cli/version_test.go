package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestVersion reads what each way of building records.
func TestVersion(t *testing.T) {
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.modified", Value: modified}}
	}
	build := func(version, sum string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: version, Sum: sum}, Settings: settings}
	}
	platform := ", go1.26.8, " + runtime.GOOS + "/" + runtime.GOARCH
	for _, c := range []struct {
		name, version, commit  string
		info                   *debug.BuildInfo
		wantVersion, wantOther string
	}{
		{"a release", "v1.2.3", "4567def", build("(devel)", ""), "v1.2.3", "commit 4567def" + platform},
		{"an image built with a version", "v1.2.3", "", build("(devel)", ""), "v1.2.3", "commit not recorded" + platform},
		{"go install", "", "", build("v1.2.3", "h1:abc="), "v1.2.3", "module h1:abc=" + platform},
		{"go build of a checkout", "", "", build("v1.2.4-0.20261201", "", vcs("false")...), "v1.2.4-0.20261201", "commit 0123abc" + platform},
		{"of one with changes", "", "", build("v1.2.3+dirty", "", vcs("true")...), "v1.2.3+dirty", "commit 0123abc and changes" + platform},
		{"without version control", "", "", build("(devel)", ""), "devel", "commit not recorded" + platform},
		{"with tags", "", "", build("(devel)", "", debug.BuildSetting{Key: "-tags", Value: "kms"}), "devel",
			"commit not recorded" + platform + ", tags kms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := versionOf(c.version, c.info); got != c.wantVersion {
				t.Errorf("version %q, expected %q", got, c.wantVersion)
			}
			if got := origin(c.commit, c.info); got != c.wantOther {
				t.Errorf("%q, expected %q", got, c.wantOther)
			}
		})
	}
	if got := versionOf("", nil); got != "devel" {
		t.Errorf("of an unknown build: %q", got)
	}
}

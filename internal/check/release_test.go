package check

import "testing"

func TestRelease(t *testing.T) {
	tag := func(tag string) func(*Subject) { return func(s *Subject) { s.Tag = tag } }
	wrong := []string{"release-tag package.json always"}
	table(t, releaseRef, []row{
		{"no tag", tag(""), nil},
		{"version", tag("1.0.0"), nil},
		{"v", tag("v1.0.0"), nil},
		{"name", tag("app@1.0.0"), nil},
		{"name and v", tag("app-v1.0.0"), nil},
		{"folder", tag("releases/v1.0.0"), nil},
		{"another version", tag("v1.0.1"), wrong},
		{"longer version", tag("v11.0.0"), wrong},
		{"prerelease of the version", tag("v1.0.0-rc.1"), wrong},
		{"a word before it", tag("dev1.0.0"), wrong},
		{"another package's", tag("other@1.0.0"), wrong},
		{"another package's, with v", tag("other-v1.0.0"), wrong},
		{"another scope's", tag("@acme/app@1.0.0"), wrong},
		{"another package's release", tag("release/other/v1.0.0"), wrong},
		{"its own release", tag("release/app@1.0.0"), nil},
		{"a longer name", tag("my-app@1.0.0"), wrong},
		{"a name that begins the same", tag("app-extra@1.0.0"), wrong},
		{"a shorter name", tag("ap@1.0.0"), wrong},
		{"a scoped name", func(s *Subject) { s.Tag, s.Manifest.Name = "@acme/app@1.0.0", "@acme/app" }, nil},
		{"a scoped name, short", func(s *Subject) { s.Tag, s.Manifest.Name = "app-v1.0.0", "@acme/app" }, nil},
		{"a scoped name, with dashes", func(s *Subject) { s.Tag, s.Manifest.Name = "acme-app/1.0.0", "@acme/app" }, nil},
		{"the same name of another scope", func(s *Subject) { s.Tag, s.Manifest.Name = "@evil/app@1.0.0", "@acme/app" }, wrong},
		{"its own folder", func(s *Subject) { s.Tag, s.Folder = "packages/one/v1.0.0", "packages/one" }, nil},
		{"another folder", func(s *Subject) { s.Tag, s.Folder = "packages/two/v1.0.0", "packages/one" }, wrong},
		{"no version", func(s *Subject) { s.Tag, s.Manifest.Version = "v1.0.0", "" }, wrong},
		{"taken", func(s *Subject) { s.Taken = "The registry has other bytes." }, []string{"registry-mismatch package.json alarm"}},
		{"refused", func(s *Subject) { s.Refusals = []Refusal{{ID: "publish-config", Text: "publishConfig has a proxy."}} },
			[]string{"publish-refused package/package.json alarm"}},
	})
}

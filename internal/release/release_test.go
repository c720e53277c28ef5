package release

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/tarball"
)

// release is a tarball of a manifest and files, "path=digest:size".
func release(t *testing.T, manifest string, files ...string) *tarball.Tarball {
	t.Helper()
	m, err := npm.ParseManifest([]byte(manifest), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	out := &tarball.Tarball{Manifest: m}
	for _, f := range files {
		e := tarball.Entry{}
		path, rest, _ := strings.Cut(f, "=")
		e.Path = "package/" + path
		if _, err := fmt.Sscanf(strings.Replace(rest, ":", " ", 1), "%s %d", &e.SHA256, &e.Size); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out.Entries = append(out.Entries, e)
		out.Unpacked += e.Size
	}
	return out
}

func TestManifest(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"same", `{"dependencies":{"a":"1"}}`, `{"dependencies":{"a":"2"}}`, ""},
		{"new", `{}`, `{"dependencies":{"a":"1"}}`, "+a"},
		{"gone", `{"dependencies":{"a":"1"}}`, `{}`, "-a"},
		{"of another kind", `{"optionalDependencies":{"a":"1"}}`, `{"peerDependencies":{"a":"1"}}`, ""},
		{"no longer only for the build", `{"devDependencies":{"a":"1"}}`, `{"dependencies":{"a":"1"}}`, "+a"},
		{"for the build", `{}`, `{"devDependencies":{"a":"1"}}`, ""},
		{"another one behind the name", `{"dependencies":{"a":"1"}}`, `{"dependencies":{"a":"npm:evil@1"}}`, "+evil -a"},
		{"the same one behind another name", `{"dependencies":{"a":"1"}}`, `{"dependencies":{"b":"npm:a@1"}}`, ""},
		{"from git", `{"dependencies":{"a":"1"}}`, `{"dependencies":{"a":"git+https://h.example/a.git"}}`, "+a -a"},
		{"from another address", `{"dependencies":{"a":"https://h.example/a.tgz"}}`, `{"dependencies":{"a":"https://i.example/a.tgz"}}`, "+a -a"},
		{"bin", `{"name":"@x/y","bin":"a.js"}`, `{"name":"@x/y","bin":{"y":"b.js","z":"c.js"}}`, "bin+z"},
		{"bin by a path", `{}`, `{"bin":{"../../usr/bin/git":"b.js"}}`, "bin+git"},
		{"bin gone", `{"bin":{"y":"b.js"}}`, `{}`, "bin-y"},
		{"exports", `{"exports":"./a.js"}`, `{"exports":{".":{"import":"./a.mjs","default":"./b.js"},"./x":"./x.js"}}`, "exports+./x"},
		{"exports closed", `{"exports":{".":"./a.js","./x":"./x.js"}}`, `{"exports":{".":"./a.js","./x":null}}`, "exports-./x"},
		{"the first exports", `{}`, `{"exports":"./a.js"}`, ""},
		{"exports gone", `{"exports":"./a.js"}`, `{}`, "unsealed"},
	} {
		d := Compare(release(t, c.from), release(t, c.to))
		var got []string
		add := func(prefix string, names []string) {
			for _, n := range names {
				got = append(got, prefix+n)
			}
		}
		for _, dep := range d.Dependencies.Added {
			got = append(got, "+"+dep.Name)
		}
		for _, dep := range d.Dependencies.Removed {
			got = append(got, "-"+dep.Name)
		}
		add("bin+", d.Bins.Added)
		add("bin-", d.Bins.Removed)
		add("exports+", d.Exports.Added)
		add("exports-", d.Exports.Removed)
		if d.Unsealed {
			got = append(got, "unsealed")
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %q, expected %q", c.name, text, c.want)
		}
	}
}

func TestBundled(t *testing.T) {
	from, to := release(t, `{"dependencies":{"a":"1"}}`), release(t, `{"dependencies":{"a":"1"}}`)
	to.Bundled = []tarball.Bundled{{Name: "a", Version: "1.0.0"}, {Name: "b", Version: "2.0.0"}, {Name: "b", Version: "3.0.0"}}
	got := Compare(from, to).Dependencies.Added
	if len(got) != 1 || got[0].Name != "b" || got[0].Kind != "bundled" {
		t.Errorf("%+v", got)
	}
}

func TestScripts(t *testing.T) {
	const node = `{"scripts":{"postinstall":"node ./run"}}`
	for _, c := range []struct {
		name     string
		from, to *tarball.Tarball
		want     string
	}{
		{"the same", release(t, node, "run.js=1:1"), release(t, node, "run.js=1:1"), ""},
		{"what it runs", release(t, node, "run.js=1:1"), release(t, node, "run.js=2:1"), "postinstall [run.js]"},
		{"what it runs came later", release(t, node), release(t, node, "run/index.js=2:1"), "postinstall [run/index.js]"},
		{"a file that it does not name", release(t, node, "a.js=1:1"), release(t, node, "a.js=2:1"), ""},
		{"in quotes, after another", release(t, `{"scripts":{"install":"true&&node \"b.js\""}}`, "b.js=1:1"),
			release(t, `{"scripts":{"install":"true&&node \"b.js\""}}`, "b.js=2:1"), "install [b.js]"},
		{"for git alone", release(t, `{"scripts":{"prepare":"node b.js"}}`, "b.js=1:1"),
			release(t, `{"scripts":{"prepare":"node b.js"}}`, "b.js=2:1"), ""},
		{"new for git", release(t, `{}`), release(t, `{"scripts":{"prepare":"tsc"}}`), "prepare +"},
		{"of no life cycle", release(t, `{}`), release(t, `{"scripts":{"test":"x","prepublishOnly":"x"}}`), ""},
		{"gone", release(t, node), release(t, `{}`), "postinstall -"},
		{"binding.gyp", release(t, `{}`), release(t, `{}`, "binding.gyp=1:1"), "install + [binding.gyp]"},
		{"binding.gyp changed", release(t, `{}`, "binding.gyp=1:1"), release(t, `{}`, "binding.gyp=2:1"), "install [binding.gyp]"},
		{"binding.gyp that npm leaves alone", release(t, `{}`), release(t, `{"gypfile":false}`, "binding.gyp=1:1"), ""},
		{"binding.gyp with a script", release(t, `{"scripts":{"install":"x"}}`), release(t, `{"scripts":{"install":"x"}}`,
			"binding.gyp=1:1"), ""},
	} {
		var got []string
		for _, s := range Compare(c.from, c.to).Scripts {
			text := s.Name
			if s.Was == "" {
				text += " +"
			}
			if s.Now == "" {
				text += " -"
			}
			if len(s.Files) > 0 {
				text += fmt.Sprint(" ", s.Files)
			}
			got = append(got, text)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %q, expected %q", c.name, text, c.want)
		}
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		was, now int64
		grew     bool
		grown    int
	}{
		{100_000, 200_000, false, 0}, // twice is not more than twice
		{100_000, 200_001, true, 0},
		{50_000, 149_999, false, 0}, // not enough bytes
		{50_000, 150_000, true, 0},
		{0, 999_999, true, 0},
		{0, 1_000_000, true, 1},
		{1_000_000, 2_000_001, true, 1},
		{2_000_000, 3_999_999, false, 0},
		{5_000_000, 1, false, 0},
	} {
		d := Compare(release(t, `{}`, fmt.Sprintf("a=1:%d", c.was)), release(t, `{}`, fmt.Sprintf("a=2:%d", c.now)))
		if d.Grew() != c.grew || len(d.Grown) != c.grown {
			t.Errorf("%d to %d: %v %v", c.was, c.now, d.Grew(), d.Grown)
		}
	}
}

// TestFiles finds each file once, whatever the root folder is called.
func TestFiles(t *testing.T) {
	from := release(t, `{}`, "same=1:1", "gone=2:2", "other=3:3")
	for i := range from.Entries {
		from.Entries[i].Path = strings.Replace(from.Entries[i].Path, "package/", "node/", 1)
	}
	d := Compare(from, release(t, `{}`, "same=1:1", "other=4:9", "z=5:5", "a=6:6"))
	got := fmt.Sprint(d.Added, d.Removed, d.Changed)
	if want := "[{a 0 6} {z 0 5}] [{gone 2 0}] [{other 3 9}]"; got != want {
		t.Errorf("%s, expected %s", got, want)
	}
}

func TestMentions(t *testing.T) {
	from, to := release(t, `{}`), release(t, `{}`)
	from.Env = []tarball.Mention{{Name: "A"}, {Name: "B"}}
	to.Env = []tarball.Mention{{Name: "B"}, {Name: "C", Path: "package/a.js", Line: 3}}
	to.EnvWhole = []tarball.Mention{{Path: "package/b.js", Line: 4}, {Path: "package/c.js"}}
	to.Hosts = []tarball.Mention{{Name: "h.example"}}
	to.Entries = []tarball.Entry{{Path: "package/x.node", Binary: "ELF"}, {Path: "package/y"}}
	d := Compare(from, to)
	if got := fmt.Sprint(d.Env, d.Hosts.Added, d.Native.Added); got != "{[{C package/a.js 3} {process.env package/b.js "+
		"4}] [A]} [{h.example  0}] [{x.node package/x.node 0}]" {
		t.Error(got)
	}
	if back := Compare(to, from); !slices.Equal(back.Env.Removed, []string{"C", "process.env"}) || len(back.Env.Added) != 1 {
		t.Errorf("back: %v", back.Env)
	}
	if to.Env[len(to.Env)-1].Name != "C" {
		t.Error("the facts were changed")
	}
}

// TestItself: whatever a tarball holds, nothing has changed against itself.
func TestItself(t *testing.T) {
	r := release(t, `{"name":"a","version":"1.0.0","bin":"x.js","exports":{"./a":"./a.js"},"scripts":{"install":"node `+
		`x.js"},"dependencies":{"a":"npm:b@1","c":"github:o/r"}}`, "x.js=1:4000000")
	d := Compare(r, r)
	if got := fmt.Sprint(d.Added, d.Removed, d.Changed, d.Grown, d.Dependencies, d.Scripts, d.Bins, d.Exports,
		d.Unsealed, d.Env, d.Hosts, d.Native, d.Grew()); got != "[] [] [] [] {[] []} [] {[] []} {[] []} false {[] []} {[] []} {[] []} false" {
		t.Error(got)
	}
}

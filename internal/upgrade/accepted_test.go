package upgrade

import (
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// Peers of what is raised fit, or the plan is another one.
func TestPlanOfPeers(t *testing.T) {
	// plug has host for a peer; both are direct, and both bring a bad left.
	plugged := []string{"root > host@1.0.0  ^1.0.0", "root > plug@1.0.0  ^1.0.0", "host@1.0.0 > left@1.0.0  ^1.0.0",
		"plug@1.0.0 > host@1.0.0  ^1.0.0 peer"}
	left2 := []string{"left 0 2.0.0"}
	override := "override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"
	raise := func(name, to string) string {
		return "raise " + name + " " + to + " [package.json dependencies > " + name + ": ^" + to + "] -left@1.0.0"
	}
	tests := []struct {
		name     string
		releases []string
		want     []string
	}{
		{"the plug goes along", []string{"left 1.0.0", "left 2.0.0", "host 1.0.0: left ^1.0.0", "host 2.0.0: left ^2.0.0",
			"plug 1.0.0: host! ^1.0.0", "plug 2.0.0: host! ^2.0.0"},
			[]string{raise("host", "2.0.0") + " unverified", raise("plug", "2.0.0") + " unverified"}},
		{"to the first that fits", []string{"left 2.0.0", "host 2.0.0: left ^2.0.0", "plug 2.0.0: host! ^1.0.0",
			"plug 3.0.0: host! ^2.0.0", "plug 4.0.0: host! ^2.0.0"},
			[]string{raise("host", "2.0.0") + " unverified", raise("plug", "3.0.0") + " unverified"}},
		{"the plug takes both", []string{"left 2.0.0", "host 2.0.0: left ^2.0.0", "plug 2.0.0: host! ^1.0.0 || ^2.0.0"},
			[]string{raise("host", "2.0.0") + " unverified", raise("plug", "2.0.0") + " unverified"}},
		{"a release within the range that the manager may take does not fit", []string{"left 2.0.0",
			"host 2.0.0: left ^2.0.0", "plug 2.0.0: host! ^1.0.0", "plug 2.5.0: host! ^2.0.0"},
			[]string{raise("host", "2.0.0") + " unverified", raise("plug", "2.5.0") + " unverified"}},
		{"no plug fits", []string{"left 2.0.0", "host 2.0.0: left ^2.0.0", "plug 1.0.0: host! ^1.0.0",
			"plug 2.0.0: host! ^1.0.0"}, []string{override}},
		{"the host has a newer one that fits", []string{"left 2.0.0", "host 2.0.0: left ^2.0.0", "host 3.0.0: left ^2.0.0",
			"plug 1.0.0: host! ^1.0.0", "plug 2.0.0: host! ^3.0.0"},
			[]string{raise("host", "3.0.0") + " unverified", raise("plug", "2.0.0") + " unverified"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := plan(t, input{tree: plugged, records: left2, releases: tt.releases})
			compare(t, p, tt.want)
		})
	}
	p, _ := plan(t, input{tree: plugged, records: left2, releases: []string{"host 2.0.0: left ^2.0.0", "left 2.0.0"}})
	if !slices.Contains(p.Wants, "plug") {
		t.Errorf("whether a plug fits is not wanted: %q", p.Wants)
	}
	// The host itself is affected: without a plug that fits there is no way.
	p, _ = plan(t, input{tree: plugged, records: []string{"host 0 2.0.0"}, releases: []string{"left 1.0.0", "host 2.0.0",
		"plug 1.0.0: host! ^1.0.0", "plug 2.0.0: host! ^1.0.0"}})
	compare(t, p, []string{"none host -host@1.0.0"})
	if note := p.Steps[0].Notes; !slices.Equal(note,
		[]string{"host 2.0.0 and plug do not go together: plug asks for host ^1.0.0 as a peer, and no releases of both that " +
			"fit each other are known"}) {
		t.Errorf("why not raised is not said: %q", note)
	}
	p, _ = plan(t, input{tree: plugged, records: []string{"host 0 2.0.0"}, releases: []string{"left 1.0.0", "host 2.0.0",
		"plug 1.0.0: host! ^1.0.0", "plug 2.0.0: host! ^2.0.0"}})
	compare(t, p, []string{"raise host 2.0.0 [package.json dependencies > host: ^2.0.0] -host@1.0.0",
		"raise plug 2.0.0 [package.json dependencies > plug: ^2.0.0] -host@1.0.0 unverified"})
	// plug has no peers yet. Of what ^2.0.0 admits npm takes 2.0.0 where 2.5.0 is for a newer Node.
	p, _ = plan(t, input{tree: []string{"root > host@1.0.0  ^1.0.0", "root > plug@1.0.0  ^1.0.0",
		"host@1.0.0 > left@1.0.0  ^1.0.0", "plug@1.0.0 > left@1.0.0  ^1.0.0"}, records: left2,
		releases: []string{"left 2.0.0", "host 2.0.0: left ^2.0.0", "plug 2.0.0: host! ^1.0.0", "plug 2.5.0: host! ^2.0.0"}})
	compare(t, p, []string{raise("host", "2.0.0") + " unverified", raise("plug", "2.5.0") + " unverified"})
	// An optional peer counts too, one that did not fit before does not.
	p, _ = plan(t, input{tree: plugged, records: left2, releases: []string{"left 2.0.0", "host 2.0.0: left ^2.0.0",
		"plug 2.0.0: host? ^1.0.0"}})
	compare(t, p, []string{override})
	ill := slices.Clone(plugged)
	ill[3] = "plug@1.0.0 > host@1.0.0  ^9.0.0 peer"
	p, _ = plan(t, input{tree: append(ill, "root > mid@1.0.0  ^1.0.0"), records: []string{"mid 0 1.2.0"}})
	compare(t, p, []string{"update mid 1.2.0 `npm update mid` -mid@1.0.0"})
}

// What one member raises must go with what another one has, too: npm puts the
// raised copy where that one finds its peer.
func TestPlanOfNeighbors(t *testing.T) {
	raised := []string{"raise host 2.0.0 [packages/one/package.json dependencies > host: ^2.0.0] -left@1.0.0 unverified",
		"raise tool 2.0.0 [packages/one/package.json dependencies > tool: ^2.0.0] -left@1.0.0 unverified"}
	for _, tt := range []struct {
		name, manager, peer string
		want                []string
	}{
		{"a peer of another member's dependency", "npm", "^1.0.0",
			[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}},
		{"one that fits", "npm", ">=1.0.0", raised},
		{"each has its own", "pnpm", "^1.0.0", raised},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, in := plan(t, input{manager: tt.manager, lock: "9", records: []string{"left 0 2.0.0"}, tree: []string{
				"root > one@1.0.0  *", "root > two@1.0.0  *", "one@1.0.0 > host@1.0.0  ^1.0.0", "one@1.0.0 > tool@1.0.0  ^1.0.0",
				"tool@1.0.0 > left@1.0.0  ^1.0.0", "two@1.0.0 > plug@1.0.0  ^1.0.0", "plug@1.0.0 > host@1.0.0  " + tt.peer + " peer"},
				releases: []string{"left 1.0.0", "left 2.0.0", "host 1.0.0", "host 2.0.0", "tool 1.0.0: left ^1.0.0",
					"tool 2.0.0: left ^2.0.0, host! ^2.0.0", "plug 1.0.0: host! " + tt.peer}})
			for _, p := range in.Graph.Packages {
				if p.Name == "one" || p.Name == "two" {
					p.Source, p.Workspace, p.Location = npm.SourceLocal, true, "packages/"+p.Name
				}
			}
			p := Make(in)
			compare(t, p, tt.want)
			why := "tool 2.0.0 and host do not go together: tool asks for host ^2.0.0 as a peer, and no releases of both that " +
				"fit each other are known"
			if said := slices.Contains(p.Steps[0].Notes, why); said != (p.Steps[0].Do == Override) {
				t.Errorf("notes %q", p.Steps[0].Notes)
			}
		})
	}
}

// A lockfile of npm 6 says nothing of peers: the registry is asked, as npm does.
func TestPlanOfPeersNotRecorded(t *testing.T) {
	in := input{manager: "npm", lock: "1", tree: []string{"root > host@1.0.0  ^1.0.0", "root > plug@1.0.0  ^1.0.0"},
		records: []string{"host 0 2.0.0"}, releases: []string{"host 1.0.0", "host 2.0.0"}}
	p, _ := plan(t, in)
	if !slices.Equal(p.Wants, []string{"plug"}) {
		t.Errorf("whether a plug fits is not wanted: %q", p.Wants)
	}
	in.releases = append(in.releases, "plug 1.0.0: host! ^1.0.0")
	p, _ = plan(t, in)
	compare(t, p, []string{"none host -host@1.0.0"})
	in.releases = append(in.releases, "plug 3.0.0: host! ^2.0.0")
	p, _ = plan(t, in)
	compare(t, p, []string{"raise host 2.0.0 [package.json dependencies > host: ^2.0.0] -host@1.0.0",
		"raise plug 3.0.0 [package.json dependencies > plug: ^3.0.0] -host@1.0.0 unverified"})
}

// An override below one dependent does not reach another that a raise brings in.
func TestPlanOfUnreached(t *testing.T) {
	in := input{
		tree: []string{"root > left@1.0.0  ^1.0.0", "root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0",
			"root > top@1.0.0  ^1.0.0", "top@1.0.0 > bad@1.0.0  ^1.0.0",
			"root > keep@1.0.0  ^1.0.0", "keep@1.0.0 > left@3.0.0  >=1.0.0"},
		records: []string{"left 0 2.0.0", "bad 0 2.0.0"},
		releases: []string{"left 1.0.0", "left 2.0.0", "bad 1.0.0", "bad 2.0.0", "mid 1.0.0: left ^1.0.0",
			"top 1.0.0: bad ^1.0.0", "top 2.0.0: bad ^2.0.0, new ^1.0.0", "new 1.0.0: left ^1.0.0"},
	}
	note := "what a raised package brings in asks for left ^1.0.0, and this override may not reach it: judge again afterwards"
	for _, brings := range []bool{true, false} {
		if !brings {
			in.releases[6] = "top 2.0.0: bad ^2.0.0"
		}
		p, _ := plan(t, in)
		at := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Do == Override })
		if at < 0 {
			t.Fatal(p.Steps)
		}
		if s := p.Steps[at]; s.Key != "overrides > mid > left@^1.0.0" || s.Verified == brings || slices.Contains(s.Notes, note) != brings {
			t.Errorf("brings %t: %s, notes %q", brings, shown(s), s.Notes)
		}
	}
}

// What holds another back is updated before it.
func TestPlanDependentsFirst(t *testing.T) {
	p, _ := plan(t, input{
		tree: []string{"root > left@1.0.0  ^1.0.0", "root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  1.0.0",
			"root > a@1.0.0  ^1.0.0", "left@1.0.0 > a@1.0.0  ^1.0.0"},
		records: []string{"left 0 1.2.0", "a 0 1.1.0"}, releases: []string{"left 1.0.0", "left 1.2.0",
			"mid 1.0.0: left 1.0.0", "mid 1.1.0: left 1.2.0", "a 1.1.0"},
	})
	var order []string
	for _, s := range p.Steps {
		order = append(order, s.Do.String()+" "+s.Name)
	}
	if want := []string{"update mid", "update left", "update a"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
}

// A raise that brings in what is affected itself is none.
func TestPlanLooksAtWhatComes(t *testing.T) {
	deep := []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}
	tests := []struct {
		name     string
		tree     []string
		records  []string
		releases []string
		want     []string
	}{
		{"the next one is better", deep, []string{"left 0 2.0.0", "bad 0 2.0.0"},
			[]string{"left 2.0.0", "mid 2.0.0: bad ^1.0.0", "mid 3.0.0: bad ^2.0.0", "bad 1.0.0", "bad 2.0.0"},
			[]string{"raise mid 3.0.0 [package.json dependencies > mid: ^3.0.0] -left@1.0.0 unverified"}},
		{"two levels down", deep, []string{"left 0 2.0.0", "bad 0 2.0.0"},
			[]string{"left 2.0.0", "mid 2.0.0: new ^1.0.0", "new 1.0.0: bad ^1.0.0", "bad 1.0.0"},
			[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}},
		{"as a peer", deep, []string{"left 0 2.0.0", "bad 0 2.0.0"},
			[]string{"left 2.0.0", "mid 2.0.0: bad! ^1.0.0", "bad 1.0.0"},
			[]string{"override left 2.0.0 [package.json overrides > left: 2.0.0] -left@1.0.0"}},
		{"the fixed version itself", deep, []string{"left 0 2.0.0", "bad 0 2.0.0"},
			[]string{"left 2.0.0: bad ^1.0.0", "left 2.1.0", "bad 1.0.0", "mid 1.0.0: left ^1.0.0"},
			[]string{"override left 2.1.0 [package.json overrides > left: 2.1.0] -left@1.0.0"}},
		{"a dependent that needs it no longer, where nothing is fixed", deep, []string{"left 0"},
			[]string{"left 1.0.0", "mid 1.0.0: left ^1.0.0", "mid 2.0.0"},
			[]string{"raise mid 2.0.0 [package.json dependencies > mid: ^2.0.0] -left@1.0.0 unverified"}},
		{"what the raise takes along has no instruction of its own",
			[]string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  1.0.0", "mid@1.0.0 > low@1.0.0  ^1.0.0",
				"low@1.0.0 > left@1.0.0  ^1.0.0"}, []string{"left 0 1.2.0"},
			[]string{"left 1.2.0", "mid 2.0.0: left ^1.2.0", "low 1.0.0: left ^1.0.0"},
			[]string{"raise mid 2.0.0 [package.json dependencies > mid: ^2.0.0] -left@1.0.0 unverified"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := plan(t, input{tree: tt.tree, records: tt.records, releases: tt.releases})
			compare(t, p, tt.want)
		})
	}
}

// Only an advisory or the registry can name a version.
func TestPlanInventsNothing(t *testing.T) {
	direct := []string{"root > left@1.4.0  ^1.0.0"}
	none := []string{"none left -left@1.4.0"}
	for _, run := range []advisory.Range{{Introduced: "0", LastAffected: "1.4.0"}, {Introduced: "0", Limit: "1.4.1"},
		{Introduced: "0", Fixed: "2.0.0-0"}} {
		r := advisory.Record{ID: "GHSA-a", Package: "left", Ranges: []advisory.Range{run}, Instead: "right"}
		known, _, err := advisory.Gather(t.Context(), []advisory.Source{told{r}},
			[]advisory.Asked{{Name: "left", Versions: []string{advisory.AnyVersion}}}, false)
		if err != nil {
			t.Fatal(err)
		}
		_, in := plan(t, input{tree: direct})
		in.Known, in.Affected = known, known.Match(in.Graph)
		p := Make(in)
		compare(t, p, none)
		if got, want := p.Advice("left", "1.4.0", ""), "No fixed version is known: replace left (GHSA-a names right in its "+
			"place), or write an exception if it is not reachable."; got != want {
			t.Errorf("%+v: %s", run, got)
		}
		if text, ok := Narrow(known, "left", "^1.0.0"); ok {
			t.Errorf("%+v: narrowed to %q", run, text)
		}
		in.Releases = releases("left 1.4.0", "left 1.5.0", "left 2.1.0")
		to := "1.5.0"
		if run.Fixed != "" {
			to = "2.1.0"
		}
		if p := Make(in); p.Steps[0].To != to {
			t.Errorf("%+v: %s, want %s", run, shown(p.Steps[0]), to)
		}
	}
	// What an advisory names as fixed may have been taken back.
	p, _ := plan(t, input{tree: direct, records: []string{"left 0 1.4.1"}, releases: []string{"left 1.4.0"}})
	compare(t, p, none)
	if note := p.Steps[0].Notes[0]; !strings.Contains(note, "1.4.1") || !strings.Contains(note, "registry") {
		t.Error(note)
	}
}

// bun before 1.3 adds what it updates to package.json.
func TestPlanOfBun(t *testing.T) {
	deep := []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}
	override := "override left 1.2.0 [package.json overrides > left: 1.2.0] -left@1.0.0"
	for manager, want := range map[string]string{
		"":           override,
		"bun@1.2.20": override,
		"bun@1.3.0":  "update left 1.2.0 `bun update left` -left@1.0.0",
		"bun@2.0.1":  "update left 1.2.0 `bun update left` -left@1.0.0",
		"bun@1":      override,
		"bun@x.y.z":  override,
	} {
		p, _ := plan(t, input{manager: "bun", lock: "1", tree: deep, records: []string{"left 0 1.2.0"},
			more: `, "packageManager": "` + manager + `"`})
		compare(t, p, []string{want})
	}
	// Another copy is to stay, so no override will do.
	p, _ := plan(t, input{manager: "bun", lock: "1", tree: append(deep, "root > new@1.0.0  ^1.0.0",
		"new@1.0.0 > left@3.0.0  ^3.0.0"), records: []string{"left 0 1.2.0"}})
	compare(t, p, []string{"update left 1.2.0 `bun install` -left@1.0.0"})
	if want := "delete the entries of left from the lockfile first: `bun update` of bun before 1.3 would add it to " +
		"package.json"; p.Steps[0].Notes[0] != want {
		t.Errorf("notes %q", p.Steps[0].Notes)
	}
	if got, want := p.Advice("left", "1.0.0", ""), "Delete the entries of left from the lockfile and run `bun install`: "+
		"1.2.0 is fixed and within every range that asks for it."; got != want {
		t.Error(got)
	}
	// What the project asks for itself, bun updates.
	p, _ = plan(t, input{manager: "bun", lock: "1", tree: []string{"root > left@1.0.0  ^1.0.0"}, records: []string{"left 0 1.2.0"}})
	compare(t, p, []string{"update left 1.2.0 `bun update left` -left@1.0.0"})
}

// What this package itself bundles it can update, what another has inside it cannot.
func TestPlanOfBundles(t *testing.T) {
	_, in := plan(t, input{tree: []string{"root > mid@1.0.0  ^1.0.0", "mid@1.0.0 > left@1.0.0  ^1.0.0"}, records: []string{"left 0 1.2.0"}})
	for _, p := range in.Graph.Packages[1:] {
		p.Bundled = true
	}
	compare(t, Make(in), []string{"update left 1.2.0 `npm update left` -left@1.0.0"})
	in.Graph.Packages[2].Bundler = in.Graph.Packages[1]
	compare(t, Make(in), []string{"none left -left@1.0.0"})
	in.Graph.Packages[1].Source = npm.SourceBundled // whatever the lockfile calls our own
	in.Graph.Packages[2].Bundler = nil
	compare(t, Make(in), []string{"update left 1.2.0 `npm update left` -left@1.0.0"})
}

// Where the lockfile has no edges, nothing is said to be asked for by nobody.
func TestPlanOfOldLockfiles(t *testing.T) {
	_, in := plan(t, input{lock: "1", manager: "npm", tree: []string{"left@1.0.0"}, records: []string{"left 0 1.2.0"}})
	compare(t, Make(in), []string{"prune left `npm prune --package-lock-only` -left@1.0.0"})
	in.Graph.Notes = []npm.Note{{Kind: npm.NoteOldLockfile}}
	p := Make(in)
	compare(t, p, []string{"none left -left@1.0.0"})
	if got, want := p.Advice("left", "1.0.0", ""),
		"The lockfile is of npm 4 or older and does not say who asks for what: delete it, run `npm install "+
			"--package-lock-only` and judge again."; got != want {
		t.Error(got)
	}
}

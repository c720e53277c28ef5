package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// inOrder reports the first of the texts that does not come after the one before.
func inOrder(t *testing.T, page string, texts ...string) {
	t.Helper()
	_, rest, _ := strings.Cut(page, "<main")
	for _, want := range texts {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("no %q after what comes before it", want)
		}
		rest = after
	}
}

func vulnerableIn(name string, severity finding.Severity, ids ...string) finding.Finding {
	return finding.Finding{Rule: "vulnerable-dependency", Severity: severity, Level: finding.BySeverity, Scope: npm.Prod, Shipped: true,
		Name: name, Version: "1.0.0", IDs: ids, Subject: ids[0], Title: "Hole in " + name, Published: "2026-11-01T00:00:00Z", Ends: "1.4.0",
		Paths: [][]string{{"app@1.0.0", "mid@2.0.0", name + "@1.0.0"}}, Fix: "Update " + name + ".",
		Advisory: &finding.Advisory{Score: "9.8", Vector: "CVSS:3.1/AV:N", Fixed: "1.4.0", Exploited: severity == finding.Critical}}
}

// On a page that says no, what to do comes first, then what was looked at, then the
// groups, the worst first.
func TestPageOrder(t *testing.T) {
	d := blocked()
	d.Verdict = decide(vulnerableIn("mild", finding.Low, "GHSA-aaaa-bbbb-cccc"), vulnerableIn("bad", finding.High, "GHSA-aaaa-bbbb-dddd"),
		vulnerableIn("worst", finding.Critical, "CVE-2026-1", "GHSA-aaaa-bbbb-eeee"), minimist)
	d.Run = &Run{Reason: Findings, Acts: []Act{{What: "sign", State: Skipped, Text: "the verdict blocks"}}}
	page := render(t, HTML, d)
	inOrder(t, page, "<h2>What was done</h2>", "<h2>Fix plan</h2>", "<h2>What was looked at</h2>", "<h2>Findings by severity", "<h2>Blocks",
		"<b>worst</b> 1.0.0", "<b>bad</b> 1.0.0", "<h2>Warnings", "<b>mild</b> 1.0.0", "<h2>Waived", "<b>minimist</b> 1.2.5",
		"<h2>How they come in</h2>", "mid@2.0.0", "<h2>How to verify</h2>")
	for _, want := range []string{
		`<a href="https://osv.dev/vulnerability/CVE-2026-1" rel="noreferrer">CVE-2026-1</a>`,
		`<a href="https://github.com/advisories/GHSA-aaaa-bbbb-dddd" rel="noreferrer">GHSA-aaaa-bbbb-dddd</a>`,
		"<b>Hole in worst</b>", "CVSS 9.8", "known to be exploited", "published 2026-11-01, 20 days ago", "fixed in 1.4.0", "CVSS:3.1/AV:N",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, section := range regexp.MustCompile(`<section id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `<li><a href="#`+section[1]+`">`) {
			t.Errorf("the contents lack %s", section[1])
		}
	}
	passes := passed()
	passes.Plan = blocked().Plan
	inOrder(t, render(t, HTML, passes), "<h2>What was looked at</h2>", "<h2>Findings by severity", "<h2>Fix plan</h2>", "<h2>Waived")
}

// Where nothing was decided, the page says why and what to do.
func TestPageUndecided(t *testing.T) {
	for reason, next := range map[Reason]string{Fine: "Mend what could not be read",
		SourceDown: "once the advisory source answers, or name another",
		Usage:      "Correct what was asked for", Deadline: "with a longer", Signal: "Run again."} {
		d := undecided()
		d.Run = &Run{Reason: reason}
		page := render(t, HTML, d)
		inOrder(t, page, "<h2>Why nothing was decided</h2>", "unknown lockfileVersion 9", next, "<h2>What was looked at</h2>",
			"Nothing was decided, so nothing was counted.")
		if !strings.Contains(page, `<header class="verdict unknown">`) || strings.Contains(page, "Nothing was found") {
			t.Errorf("%s: the page looks decided", reason)
		}
	}
	// Another advisory source helps nobody whose registry is down.
	d := undecided()
	d.Run, d.Down = &Run{Reason: SourceDown}, []string{"the registry answers", "GitHub answers"}
	inOrder(t, render(t, HTML, d), "Run again once the registry answers, and GitHub answers. Nothing may be published until then.")
}

// The page carries its style, which is allowed by its digest, and nothing else: no
// script, no address that a browser would load.
func TestPageAlone(t *testing.T) {
	for name, d := range map[string]*Document{"blocked": blocked(), "passed": passed(), "undecided": undecided(),
		"hostile": poison("'\"><x y=z>")} {
		page := render(t, HTML, d)
		_, rest, _ := strings.Cut(page, "<style>")
		style, body, _ := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(style))
		digest := base64.StdEncoding.EncodeToString(sum[:])
		want := "default-src 'none'; style-src 'sha256-" + digest + "'; form-action 'none'; base-uri 'none'"
		if !strings.Contains(html.UnescapeString(page), `content="`+want+`"`) {
			t.Errorf("%s: the policy does not name the style's digest: %s", name, want)
		}
		for _, bad := range []string{"<script", " style=", "<img", "<iframe", "<link", "@import", " src=", " on", "<style"} {
			for _, x := range tag.FindAllString(body, -1) {
				if strings.Contains(strings.ToLower(x), bad) {
					t.Errorf("%s: %q in %s", name, bad, x)
				}
			}
		}
		if strings.Contains(style, "http") || regexp.MustCompile(`url\([^#]`).MatchString(style) {
			t.Errorf("%s: the style loads something", name)
		}
		for _, to := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(to[1], "#") && linkOf(to[1][strings.LastIndex(to[1], "/")+1:]) != to[1] {
				t.Errorf("%s: a link to %s", name, to[1])
			}
		}
		if problem := unbalanced(page); problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
		ids := map[string]bool{}
		for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if ids[id[1]] {
				t.Errorf("%s: two elements are %q", name, id[1])
			}
			ids[id[1]] = true
		}
	}
}

// The page stays small, whatever was found: what blocks is shown longest.
func TestPageBudget(t *testing.T) {
	const limit = 3_000_000
	for _, x := range []struct{ blocks, warns int }{{0, 26_500}, {3_000, 23_500}, {26_500, 0}} {
		d := blocked()
		d.Verdict = policy.Verdict{Result: policy.Block}
		for i := range x.blocks + x.warns {
			f := vulnerableIn(fmt.Sprint("package-with-a-long-name-", i), finding.High, fmt.Sprintf("GHSA-aaaa-bbbb-%04d", i%10_000))
			state := finding.Block
			if i >= x.blocks {
				state = finding.Warn
			}
			d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{Finding: f, State: state, Why: "high reaches the level"})
		}
		page := render(t, HTML, d)
		if len(page) > limit {
			t.Errorf("%d blocking, %d warnings: %d bytes", x.blocks, x.warns, len(page))
		}
		if problem := unbalanced(page); problem != "" {
			t.Error(problem)
		}
		if got := strings.Count(page, "package-with-a-long-name-"); got < min(x.blocks, maxPage) {
			t.Errorf("%d blocking: %d names", x.blocks, got)
		}
		if !strings.Contains(page, "problems are not shown.") {
			t.Errorf("%d blocking, %d warnings: what is left out is not said", x.blocks, x.warns)
		}
	}
}

// The map of the tarball is there for many files, or for one with a finding.
func TestPageMap(t *testing.T) {
	d := passed()
	for n := range 300 {
		d.Tarball = &Tarball{Files: append([]PackedFile{}, make([]PackedFile, n)...)}
		for i := range d.Tarball.Files {
			d.Tarball.Files[i] = PackedFile{fmt.Sprintf("package/d%d/f%d", i%70, i), int64(i * i)}
		}
		tiles := d.tiles()
		if (len(tiles) > 0) != (n >= minFiles) || len(tiles) > maxTiles {
			t.Fatalf("%d files: %d tiles", n, len(tiles))
		}
		files, area, size := 0, 0.0, int64(0)
		for _, x := range tiles {
			files, area, size = files+x.files, area+x.w*x.h, size+x.size
			if x.x < 0 || x.y < 0 || x.x+x.w > 1.0001 || x.y+x.h > 1.0001 || x.w*x.h < minArea/3 {
				t.Fatalf("%d files: %+v", n, x)
			}
		}
		if len(tiles) > 0 && (files != n || area < 0.999 || area > 1.001) {
			t.Fatalf("%d files: %d on the map, area %f", n, files, area)
		}
		for i := range d.Tarball.Files {
			size -= d.Tarball.Files[i].Size
		}
		if len(tiles) > 0 && size != 0 {
			t.Fatalf("%d files: the sizes differ by %d", n, size)
		}
	}
	page := render(t, HTML, blocked())
	inOrder(t, page, "Inside the tarball", `class="t-tile hit"`, "config/deploy.env")
}

// The picture of paths has whole paths, the worst first, and says what it lacks.
func TestNetwork(t *testing.T) {
	d := blocked()
	d.Verdict = policy.Verdict{}
	for i := range 60 {
		f := vulnerableIn(fmt.Sprint("p", i), finding.High, "GHSA-aaaa-bbbb-cccc")
		f.Paths = [][]string{{"app@1.0.0", fmt.Sprint("d", i, "@1.0.0"), f.Name + "@1.0.0"}, {"app@1.0.0", "shared@1.0.0", f.Name + "@1.0.0"}}
		d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{Finding: f})
	}
	n := d.network()
	if n.nodes > maxNodes || n.found() < 15 || n.more == 0 || n.root.kids[0].kids[0].name != "p0@1.0.0" {
		t.Errorf("%d nodes, %d found, %d more", n.nodes, n.found(), n.more)
	}
	for _, paths := range [][][]string{nil, {{}}, {{"app@1.0.0"}}} {
		d.Verdict.Judged = d.Verdict.Judged[:1]
		d.Verdict.Judged[0].Finding.Paths = paths
		if n := d.network(); n != nil {
			t.Errorf("%q: %+v", paths, n)
		}
	}
}

// Commands are made of names that mean nothing to a shell, and do what the patch
// does or apply the patch.
func TestRecipe(t *testing.T) {
	raise := func(key, value string) upgrade.Step {
		return upgrade.Step{Do: upgrade.Raise, Name: "x", File: "package.json", Key: key, Old: "1", New: value, Command: "npm install"}
	}
	update := func(name string) upgrade.Step { return upgrade.Step{Name: name, Command: "npm update " + name} }
	override := raise("overrides > @s/a > b.js", "2.0.0")
	override.Do = upgrade.Override
	patch := func(values ...string) string {
		return "--- a\n+++ b\n-  \"old\": \"1\"\n+  \"old\": \"1\",\n+  \"overrides\": {\n+  " + strings.Join(values, "\n+  ") + "\n+  }\n"
	}
	unpatched := override
	unpatched.Notes = []string{"it is not in the patch: overrides is no object"}
	elsewhere := raise("dependencies > x", "2.0.0")
	elsewhere.File = "packages/a/package.json"
	for _, tt := range []struct {
		name, want, title string
		plan              upgrade.Plan
	}{
		{"nothing", "", "", upgrade.Plan{}},
		{"updates", "npm update a b", "The whole plan", upgrade.Plan{Steps: []upgrade.Step{update("a"), update("b"), update("a")}}},
		{"a range and an override", "npm pkg set 'dependencies.x=^2.0.0' 'overrides.@s/a[b.js]=2.0.0'\nnpm install", "The whole plan",
			upgrade.Plan{Steps: []upgrade.Step{raise("dependencies > x", "^2.0.0"), override}, Patch: patch(`"x": "^2.0.0",`, `"b.js": "2.0.0"`)}},
		{"the patch writes more", "git apply fix.patch\nnpm install", "The whole plan",
			upgrade.Plan{Steps: []upgrade.Step{raise("dependencies > x", "2.0.0")}, Patch: patch(`"x": "2.0.0"`, `"x": ">=2"`)}},
		{"the patch writes less", "", "", upgrade.Plan{Steps: []upgrade.Step{raise("dependencies > x", "2.0.0"), override},
			Patch: patch(`"x": "2.0.0"`)}},
		{"a step that is not in the patch", "npm pkg set dependencies.x=2.0.0\nnpm install", "Step 1",
			upgrade.Plan{Steps: []upgrade.Step{raise("dependencies > x", "2.0.0"), unpatched}, Patch: patch(`"x": "2.0.0"`)}},
		{"no patch", "", "", upgrade.Plan{Steps: []upgrade.Step{raise("dependencies > x", "2.0.0")}}},
		{"by hand", "npm update a", "Step 2", upgrade.Plan{Steps: []upgrade.Step{{Do: upgrade.Remove, Name: "evil"}, update("a"), elsewhere}}},
		{"of several", "npm update a b c", "Steps 1, 3 to 4",
			upgrade.Plan{Steps: []upgrade.Step{update("a"), {Do: upgrade.Nothing}, update("b"), update("c")}}},
		{"a name for the shell", "npm update a", "Step 1",
			upgrade.Plan{Steps: []upgrade.Step{update("a"), update("$(x)"), update("a;b"), update("a'b")}}},
		{"a value for the shell", "", "", upgrade.Plan{Steps: []upgrade.Step{raise("dependencies > x", "1'; x '")}, Patch: patch(`"x": "2"`)}},
		{"a lockfile by hand", "", "", upgrade.Plan{Steps: []upgrade.Step{{Name: "a", File: "yarn.lock", Command: "yarn install"}}}},
	} {
		d := &Document{Plan: &tt.plan}
		r := d.recipe()
		if got := strings.Join(r.lines, "\n"); got != tt.want || tt.want != "" && r.title(len(tt.plan.Steps)) != tt.title {
			t.Errorf("%s: %q, %q", tt.name, got, r.title(len(tt.plan.Steps)))
		}
	}
	long := upgrade.Plan{}
	for i := range 5000 {
		long.Steps = append(long.Steps, update(fmt.Sprint("package-", i)))
	}
	if r := (&Document{Plan: &long}).recipe(); len(r.lines) > 0 {
		t.Errorf("%d lines to copy", len(r.lines))
	}
	if r := (&Document{Plan: poison("$(x)").Plan}).recipe(); len(r.lines) > 0 {
		t.Errorf("hostile: %q", r.lines)
	}
}

// A CVE is an advisory's own where its source lists no other.
func TestOwnIDs(t *testing.T) {
	for ids, want := range map[string]string{
		"":                          " | ",
		"GHSA-a":                    "GHSA-a | ",
		"GHSA-a CVE-1":              "GHSA-a CVE-1 | ",
		"GHSA-a CVE-1 BIT-x":        "GHSA-a CVE-1 | BIT-x",
		"GHSA-a GHSA-b CVE-1 CVE-2": "GHSA-a | CVE-1 CVE-2 GHSA-b",
		"GHSA-a GHSA-b CVE-1":       "GHSA-a | CVE-1 GHSA-b",
		"CVE-1 CVE-2":               "CVE-1 | CVE-2",
	} {
		own, others := ownIDs(strings.Fields(ids))
		if got := strings.Join(own, " ") + " | " + strings.Join(others, " "); got != want {
			t.Errorf("%s: %s", ids, got)
		}
	}
}

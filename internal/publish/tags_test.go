package publish_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
)

// The further dist-tags are set once the version is visible, as far as the
// credential may, and never moved back.
func TestTags(t *testing.T) {
	ball := demo(t)
	for _, c := range []struct {
		name      string
		tags      map[string]string // of the package when the version is visible
		err       error
		seed      bool
		hidden    bool
		set, left string
		sent      string
		warns     string
	}{
		{name: "set", tags: map[string]string{"latest": "1.0.0"}, set: "beta next", sent: "next beta"},
		{name: "there already", tags: map[string]string{"latest": "1.0.0", "next": "1.0.0"}, set: "beta next", sent: "beta"},
		{name: "a higher one has it", tags: map[string]string{"latest": "1.0.0", "next": "1.1.0-rc.1"}, set: "beta", sent: "beta",
			warns: `"next" is on "1.1.0-rc.1", a higher version than 1.0.0: it stays there`},
		{name: "a lower one has it", tags: map[string]string{"latest": "1.0.0", "next": "1.0.0-rc.1"}, set: "beta next", sent: "next beta"},
		{name: "forbidden", tags: map[string]string{"latest": "1.0.0"}, err: status(403, "OIDC permission denied for this action"),
			left:  "beta next",
			warns: "permission denied"},
		{name: "down", tags: map[string]string{"latest": "1.0.0"}, err: status(503, ""), left: "beta next", warns: "503"},
		{name: "the same bytes were there", tags: map[string]string{"latest": "1.0.0"}, seed: true, set: "beta next", sent: "next beta"},
		{name: "not visible", hidden: true, left: "beta next"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.seed {
				w.Seed("@acme/demo", "1.0.0", "latest", ball.Bytes)
			}
			r := &told{Client: w.client, tags: c.tags, tagErr: c.err, hidden: func() bool { return c.hidden }}
			p := w.plan(t, ball, publish.Options{Tags: []string{"next", "latest", "beta", "next"}})
			out, err := publish.Publish(t.Context(), r, p, allow(t, ball), w.waitFor(0))
			if (err != nil) != c.hidden {
				t.Error(err)
			}
			slices.Sort(out.TagsSet)
			slices.Sort(out.TagsLeft)
			if got := strings.Join(out.TagsSet, " "); got != c.set {
				t.Errorf("set %q, expected %q", got, c.set)
			}
			if got := strings.Join(out.TagsLeft, " "); got != c.left {
				t.Errorf("left %q, expected %q", got, c.left)
			}
			if got := strings.Join(r.set, " "); got != c.sent {
				t.Errorf("sent %q, expected %q", got, c.sent)
			}
			if c.name == "forbidden" && r.tries != 1 || c.name == "down" && r.tries != 2 {
				t.Errorf("tried %d times", r.tries)
			}
			if c.warns != "" && !contains(out.Warnings, c.warns) || c.warns == "" && len(out.Warnings) > 0 {
				t.Errorf("warnings %q", out.Warnings)
			}
			if want := "npm dist-tag add @acme/demo@1.0.0 next --registry " + w.URL; p.TagCommand("next") != want {
				t.Errorf("%s, expected %s", p.TagCommand("next"), want)
			}
		})
	}
}

func TestTagsRefused(t *testing.T) {
	rc := pack(t, map[string]string{"package.json": `{"name": "demo", "version": "1.0.0-rc.1"}`})
	for tag, ball := range map[string]any{"1.x": nil, "": nil, "../x": nil, "latest": rc} {
		b := demo(t)
		if ball != nil {
			b = rc
		}
		_, err := publish.New(b, publish.Options{Registry: there, Tag: "next", Tags: []string{tag}})
		if kindOf(err) != "refused" {
			t.Errorf("%q: %v", tag, err)
		}
	}
}

func contains(list []string, part string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, part) })
}

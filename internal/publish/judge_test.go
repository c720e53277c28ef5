package publish_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
)

// latest does not go below a release unless that is asked for by name: the rule
// is npm's.
func TestLatestDoesNotGoDown(t *testing.T) {
	const demo2 = `{"name":"@acme/demo","dist-tags":{"latest":"0.9.0"%s},"versions":{"0.9.0":{},"%s":{%s}}}`
	for name, c := range map[string]struct {
		packument, tag string
		refused        bool
	}{
		"a higher release":          {fmt.Sprintf(demo2, "", "2.0.0", ""), "", true},
		"on another tag":            {fmt.Sprintf(demo2, `,"next":"2.0.0"`, "2.0.0", ""), "", true},
		"asked for":                 {fmt.Sprintf(demo2, "", "2.0.0", ""), "latest", true},
		"asked for, deprecated":     {fmt.Sprintf(demo2, "", "2.0.0", `"deprecated":"no"`), "latest", false},
		"another tag asked for":     {fmt.Sprintf(demo2, "", "2.0.0", ""), "old-line", false},
		"deprecated":                {fmt.Sprintf(demo2, "", "2.0.0", `"deprecated":"no"`), "", false},
		"deprecated by nothing":     {fmt.Sprintf(demo2, "", "2.0.0", `"deprecated":""`), "", true},
		"a prerelease":              {fmt.Sprintf(demo2, "", "2.0.0-rc.1", ""), "", false},
		"a prerelease has latest":   {fmt.Sprintf(demo2, `,"latest":"2.0.0-rc.1"`, "2.0.0-rc.1", ""), "", false},
		"a lower one":               {fmt.Sprintf(demo2, "", "0.9.9", ""), "", false},
		"what is no version":        {fmt.Sprintf(demo2, "", "x", ""), "", false},
		"a higher one, by a number": {fmt.Sprintf(demo2, "", "1.0.10", ""), "", true},
	} {
		w := newWorld(t)
		if err := w.Have([]byte(strings.Replace(c.packument, `"latest":"0.9.0","latest"`, `"latest"`, 1))); err != nil {
			t.Fatal(err)
		}
		ball := demo(t)
		before := w.Tags("@acme/demo")["latest"]
		out, err := publish.Publish(t.Context(), w.client, w.plan(t, ball, publish.Options{Tag: c.tag}), allow(t, ball), w.waits())
		if c.refused {
			if kindOf(err) != "refused" || len(w.Puts()) != 0 {
				t.Errorf("%s: %+v, %v", name, out, err)
			}
			continue
		}
		if c.tag == "old-line" && w.Tags("@acme/demo")["latest"] != before {
			t.Errorf("%s: latest was moved", name)
		}
		if err != nil || out.Published != publish.Yes {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
}

// Of two words about access the stricter one is sent, whoever says it.
func TestStrictestAccess(t *testing.T) {
	for _, c := range []struct{ asked, configured, want, note string }{
		{"public", "restricted", "restricted", "published restricted"},
		{"restricted", "public", "restricted", ""},
		{"", "restricted", "restricted", ""},
		{"public", "public", "public", ""},
	} {
		w := newWorld(t)
		ball := pack(t,
			map[string]string{"package.json": `{"name":"@acme/demo","version":"1.0.0","publishConfig":{"access":"` + c.configured + `"}}`})
		out, err := publish.Publish(t.Context(), w.client, w.plan(t, ball, publish.Options{Access: c.asked}), allow(t, ball), w.waits())
		if err != nil || len(w.Puts()) != 1 || !strings.Contains(string(w.Puts()[0].Body), `"access":"`+c.want+`"`) {
			t.Errorf("%+v: %+v, %v", c, out, err)
		}
		if got := strings.Join(out.Warnings, " "); !strings.Contains(got, c.note) || (got == "") != (c.note == "") {
			t.Errorf("%+v: said %q", c, got)
		}
	}
}

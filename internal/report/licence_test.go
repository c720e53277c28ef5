package report

import (
	"fmt"
	"strings"
	"testing"
)

// The most frequent accepted licences are named, and every unknown and denied one.
func TestLicences(t *testing.T) {
	d := passed()
	for i := range 9 {
		d.LookedAt.Licences = append(d.LookedAt.Licences, Licence{License: fmt.Sprint("L", i), Packages: 90 - i})
	}
	d.LookedAt.Licences = append(d.LookedAt.Licences, Licence{"", 2, false, true}, Licence{"<GPL>", 1, true, false})
	page, md := render(t, HTML, d), render(t, Markdown, d)
	for _, want := range []string{`>Licences <small class="soft">777</small>`, "</i>unknown: none stated 2</span>",
		"</i>denied: <code>&lt;GPL&gt;</code> 1</span>", "<code>L5</code> 85 and others 249</span>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page[strings.Index(page, `id="licences"`):])
		}
	}
	if !strings.Contains(md, "- unknown: none stated 2\n- denied: `<GPL>` 1\n") || strings.Contains(page, "L6") {
		t.Error(md)
	}
	if page := render(t, HTML, passed()); strings.Contains(page, "Licences") {
		t.Error("without licences there is no section")
	}
}

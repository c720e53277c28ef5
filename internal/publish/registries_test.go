package publish_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
	fake "github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestOtherRegistries publishes to a registry like each that is known to differ
// from npm's: the judged bytes once, again without a document, other bytes never,
// and what it cannot do is refused with what helps.
func TestOtherRegistries(t *testing.T) {
	for _, p := range slices.Concat(fake.Profiles, []fake.Profile{fake.Least}) {
		t.Run(p.Name, func(t *testing.T) {
			w := newWorld(t)
			w.Like(p)
			ball := demo(t)
			other := pack(t, map[string]string{"package.json": `{"name":"@acme/demo","version":"1.0.0"}`, "more.js": "evil"})

			plan := w.plan(t, ball, publish.Options{Access: "public"})
			if f, err := publish.Look(t.Context(), w.client, plan, true); err != nil || f.Token != nil || f.Already || !f.Looked {
				t.Errorf("look: %+v, %v", f, err)
			}
			staged := w.plan(t, ball, publish.Options{Access: "public", Road: publish.Staging})
			out, err := publish.Publish(t.Context(), w.client, staged, allow(t, ball), w.waits())
			if err == nil || out.Published != publish.No || !strings.Contains(err.Error(), "-publish npm") {
				t.Errorf("staged: %v, %v", out.Published, err)
			}
			attached := w.plan(t, ball, publish.Options{Access: "public", Provenance: true})
			if err := attached.Attach([]byte(bundleOf(subjectOf(ball)))); err != nil {
				t.Fatal(err)
			}
			if p.Attached != 0 {
				out, err := publish.Publish(t.Context(), w.client, attached, allow(t, ball), w.waits())
				if err == nil || out.Published != publish.No || !strings.Contains(err.Error(), "-provenance") {
					t.Errorf("with provenance: %v, %v", out.Published, err)
				}
			}

			out, err = publish.Publish(t.Context(), w.client, plan, allow(t, ball), w.waits())
			if err != nil || out.Published != publish.Yes || out.Puts != 1 {
				t.Fatalf("published: %+v, %v", out, err)
			}
			out, err = publish.Publish(t.Context(), w.client, plan, allow(t, ball), w.waits())
			if err != nil || out.Published != publish.Already || out.Puts != 0 {
				t.Errorf("again: %+v, %v", out, err)
			}
			changed := w.plan(t, other, publish.Options{Access: "public"})
			out, err = publish.Publish(t.Context(), w.client, changed, allow(t, other), w.waits())
			if kindOf(err) != "mismatch" || out.Puts != 0 {
				t.Errorf("other bytes: %+v, %v", out, err)
			}
			// Two runs at once: the other one publishes between the look and the
			// document.
			unseeing := &blind{Client: w.client}
			out, err = publish.Publish(t.Context(), unseeing, plan, allow(t, ball), w.waits())
			if err != nil || out.Puts != 1 || out.Published != publish.Yes && out.Published != publish.Already {
				t.Errorf("the same bytes, sent: %+v, %v", out, err)
			}
			unseeing = &blind{Client: w.client}
			out, err = publish.Publish(t.Context(), unseeing, changed, allow(t, other), w.waits())
			if kindOf(err) != "mismatch" || out.Puts != 1 {
				t.Errorf("other bytes, sent: %+v, %v", out, err)
			}
		})
	}
}

// TestRegistriesAreDocumented: the table of docs/registries.md is that of the
// tests.
func TestRegistriesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/registries.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range fake.Profiles {
		has := func(status int) string {
			if status == 0 {
				return "yes"
			}
			return fmt.Sprintf("no: %d", status)
		}
		over := fmt.Sprint(p.Over)
		if p.Over == 200 {
			over = "200, and keeps what it has"
		}
		row := fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s |", p.Name, has(p.Version), has(p.Tags), has(p.Whoami), has(p.Attached),
			over, map[bool]string{true: "SHA-1", false: "SHA-512"}[p.NoSHA512], strings.Join(p.From, ", "))
		if !strings.Contains(string(page), row+"\n") {
			t.Errorf("docs/registries.md has no row\n%s", row)
		}
	}
}

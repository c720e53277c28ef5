package gate

import (
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
)

// A registry is told of what came from it or from the public one, and of no
// scope that has another.
func TestFromRegistry(t *testing.T) {
	const mine = "https://npm.example.com/"
	g := &npm.Graph{Packages: []*npm.Package{
		{Name: "public", Resolved: npm.PublicRegistry + "public/-/public-1.0.0.tgz"},
		{Name: "mine", Resolved: mine + "mine/-/mine-1.0.0.tgz"},
		{Name: "theirs", Resolved: "https://npm.other.example/theirs/-/theirs-1.0.0.tgz"},
		{Name: "twice", Resolved: mine + "twice/-/twice-1.0.0.tgz"},
		{Name: "twice", Resolved: "https://npm.other.example/twice/-/twice-2.0.0.tgz"},
		{Name: "unsaid"}, {Name: "@acme/a"}, {Name: "@mine/a"},
	}}
	in := &input{subject: &check.Subject{Graph: g}}
	scopes := advisory.Scopes{"@acme": "https://npm.acme.example/", "@mine": mine}
	got := in.fromRegistry(Net{Registry: mine}, scopes, []string{"public", "mine", "theirs", "twice", "unsaid", "@acme/a", "@mine/a"})
	if want := []string{"public", "mine", "unsaid", "@mine/a"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

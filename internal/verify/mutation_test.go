package verify

import (
	"crypto/ecdsa"
	"slices"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

// withLog is a forge whose root names a log, in which it has nothing.
type withLog struct{ *forge }

func (w withLog) RekorLogs() map[string]*root.TransparencyLog { return w.VirtualSigstore.RekorLogs() }

// full is an identity with every part.
var full = Identity{
	SAN: release.SAN, Issuer: release.Issuer, Repository: "https://github.com/acme/gate-demo", RepositoryID: "1001",
	Commit: "0123456789abcdef0123456789abcdef01234567", Ref: "refs/tags/v1.0.0", Trigger: "push",
	Runner: "github-hosted", Workflow: ".github/workflows/release.yml", Run: "https://github.com/acme/gate-demo/actions/runs/1/attempts/1",
}

// A specimen is a bundle that one check alone refuses.
type specimen struct {
	entity verify.SignedEntity
	want   Want
	roots  []*Root
}

// specimens returns one for each check by name, and a whole one as "".
func specimens(t *testing.T) map[string]specimen {
	t.Helper()
	f := newForge(t, "acme")
	own := []*Root{{f}}
	entity := func(of *forge, p piece) verify.SignedEntity {
		b, err := ParseBundle(of.bundle(t, p))
		if err != nil {
			t.Fatal(err)
		}
		return b.entity
	}
	said := statementOf(tarball, "https://example.com/p", "{}")
	wanted := Want{Identity: &full, Artifact: &tarball, PredicateType: "https://example.com/p"}
	good := piece{who: full, statement: said}
	with := func(change func(*piece)) verify.SignedEntity {
		p := good
		change(&p)
		return entity(f, p)
	}

	virtual, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	timeless, err := virtual.AttestHashedRekordV2(release.SAN, release.Issuer, said) // its entry has no time of its own
	if err != nil {
		t.Fatal(err)
	}
	logged := Want{Identity: &release, Artifact: &tarball}

	key := newKey(t)
	keys := func(end time.Time) *Keys {
		return &Keys{[]registryKey{{id: "SHA256:x", public: key.Public(), end: end}}}
	}
	byKey := with(func(p *piece) { p.hint, p.key = "SHA256:x", key })

	all := map[string]specimen{
		"":                {with(func(*piece) {}), wanted, own},
		"signer":          {with(func(*piece) {}), Want{Key: key.Public(), Artifact: &tarball}, own},
		"root":            {entity(newForge(t, "acme"), good), wanted, own},
		"log":             {with(func(*piece) {}), wanted, []*Root{{withLog{f}}}},
		"time":            {with(func(p *piece) { p.noTime = true }), wanted, own},
		"certificate":     {with(func(p *piece) { p.from, p.to = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour) }), wanted, own},
		"certificate-log": {timeless, logged, []*Root{{virtual}}},
		"key":             {byKey, Want{Keys: keys(time.Now().Add(-time.Hour)), Artifact: &tarball}, own},
		"signature":       {with(func(p *piece) { p.signed = []byte("{}") }), wanted, own},
		"statement":       {with(func(p *piece) { p.kind = "text/plain" }), Want{Identity: &full}, own},
		"subject":         {with(func(*piece) {}), Want{Identity: &full, Artifact: &sums}, own},
		"predicate-type":  {with(func(*piece) {}), Want{Identity: &full, PredicateType: "https://example.com/q"}, own},
	}
	for name, change := range map[string]func(*Identity){
		"issuer":        func(i *Identity) { i.Issuer += "/" },
		"identity":      func(i *Identity) { i.SAN += "x" },
		"repository":    func(i *Identity) { i.Repository, i.Workflow = "https://github.com/acme/gate-demo-fork", "" },
		"repository-id": func(i *Identity) { i.RepositoryID = "1002" },
		"workflow":      func(i *Identity) { i.Workflow = ".github/workflows/other.yml" },
		"ref":           func(i *Identity) { i.Ref = "refs/heads/release" },
		"commit":        func(i *Identity) { i.Commit = "f" + i.Commit[1:] },
		"trigger":       func(i *Identity) { i.Trigger = "pull_request" },
		"runner":        func(i *Identity) { i.Runner = "self-hosted" },
		"run":           func(i *Identity) { i.Run += "0" },
	} {
		other := full
		change(&other)
		p, want := good, full
		p.who = other
		if name == "repository" {
			want.Workflow = "" // a path below it
		}
		all[name] = specimen{entity(f, p), Want{Identity: &want, Artifact: &tarball}, own}
	}
	return all
}

// TestEachCheckIsNeeded switches each check off: what it alone refuses is then
// verified. The list of checks in the code and the specimens are compared.
func TestEachCheckIsNeeded(t *testing.T) {
	all := specimens(t)
	whole := all[""]
	if _, checks := examine("b", whole.entity, whole.want, whole.roots, steps()); Worst(checks) != Verified {
		t.Fatalf("a whole bundle does not verify: %+v", checks)
	}
	delete(all, "")
	for _, s := range steps() {
		specimen, ok := all[s.name]
		if !ok {
			t.Errorf("no specimen for the check %s", s.name)
			continue
		}
		delete(all, s.name)
		t.Run(s.name, func(t *testing.T) {
			_, checks := examine("b", specimen.entity, specimen.want, specimen.roots, steps())
			var bad []string
			for _, c := range checks {
				if !c.OK {
					bad = append(bad, c.Name)
				}
			}
			if Worst(checks) != Failed || !slices.Equal(bad, []string{s.name}) {
				t.Errorf("%v refuse it, expected this one alone: %+v", bad, checks)
			}
			rest := slices.DeleteFunc(steps(), func(other step) bool { return other.name == s.name })
			if _, checks := examine("b", specimen.entity, specimen.want, specimen.roots, rest); Worst(checks) != Verified {
				t.Errorf("without this check it should verify, so that the check is what refuses: %+v", checks)
			}
		})
	}
	for name := range all {
		t.Errorf("a specimen for %s, which is no check", name)
	}
}

// TestRoots: a root vouches for what is its own, and several do not weaken each
// other.
func TestRoots(t *testing.T) {
	virtual, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	said := statementOf(tarball, "https://example.com/p", "{}")
	logged, err := virtual.AttestHashedRekordV2(release.SAN, release.Issuer, said)
	if err != nil {
		t.Fatal(err)
	}
	public, github, own := newForge(t, "sigstore.dev"), newForge(t, "GitHub, Inc."), newForge(t, "acme")
	parse := func(f *forge, visibility string) verify.SignedEntity {
		b, err := ParseBundle(f.bundle(t, piece{who: full, visibility: visibility, statement: said}))
		if err != nil {
			t.Fatal(err)
		}
		return b.entity
	}
	for name, test := range map[string]struct {
		entity verify.SignedEntity
		roots  []*Root
		check  string // that fails; "": none
	}{
		"own, as its root says":                {parse(own, "public"), []*Root{{own}}, ""},
		"own, the second root":                 {parse(own, ""), []*Root{{github}, {own}}, ""},
		"github, private":                      {parse(github, "private"), []*Root{{github}}, ""},
		"github, internal":                     {parse(github, "internal"), []*Root{{public}, {github}}, ""},
		"github, for a public repository":      {parse(github, "public"), []*Root{{github}}, "root"},
		"public, a root without logs":          {parse(public, "public"), []*Root{{public}}, "root"},
		"public, beside a github root":         {parse(public, "public"), []*Root{{github}, {public}}, "root"},
		"github's beside one with logs":        {parse(own, ""), []*Root{{github}, {withLog{own}}}, "log"},
		"unknown authority":                    {parse(own, ""), []*Root{{public}, {github}}, "root"},
		"no root at all":                       {parse(own, ""), nil, "root"},
		"certificate in no log, root with one": {logged, []*Root{{github}, {virtual}}, "certificate-log"},
	} {
		t.Run(name, func(t *testing.T) {
			_, checks := examine("b", test.entity, Want{Identity: &release, Artifact: &tarball}, test.roots, steps())
			got := ""
			for _, c := range checks {
				if !c.OK {
					got = c.Name
				}
			}
			if got != test.check {
				t.Errorf("%q refuses, expected %q: %+v", got, test.check, checks)
			}
		})
	}
}

// TestIdentities: an identity that anybody has is none, and pull requests are
// refused where that is asked.
func TestIdentities(t *testing.T) {
	f := newForge(t, "acme")
	for _, test := range []struct {
		is, want Identity
		ok       bool
	}{
		{full, full, true},
		{full, Identity{Issuer: full.Issuer, Repository: full.Repository}, true},
		{full, Identity{Issuer: full.Issuer, RepositoryID: full.RepositoryID, NoPullRequest: true}, true},
		{full, Identity{}, false},
		{full, Identity{SAN: full.SAN}, false},
		{full, Identity{Issuer: full.Issuer}, false},
		{full, Identity{Issuer: full.Issuer, Runner: full.Runner}, false},
		{full, Identity{Issuer: full.Issuer, Repository: full.Repository + "/"}, false},
		{Identity{SAN: full.SAN, Issuer: full.Issuer}, Identity{SAN: full.SAN, Issuer: full.Issuer, RepositoryID: "1001"}, false},
		{Identity{SAN: full.SAN, Issuer: full.Issuer, Repository: full.Repository, Trigger: "pull_request_target"},
			Identity{Issuer: full.Issuer, Repository: full.Repository, NoPullRequest: true}, false},
	} {
		b, err := ParseBundle(f.bundle(t, piece{who: test.is, file: tarball.Bytes}))
		if err != nil {
			t.Fatal(err)
		}
		checks := b.Verify("b", Want{Identity: &test.want, Artifact: &tarball}, &Root{f})
		if (Worst(checks) == Verified) != test.ok {
			t.Errorf("%+v as %+v: %+v", test.is, test.want, checks)
		}
		if claimed, err := b.Claims(); err != nil || claimed.SAN != test.is.SAN {
			t.Errorf("claims %+v, %v", claimed, err)
		}
	}
}

// TestUnknownKey: a key that nobody knows proves nothing either way.
func TestUnknownKey(t *testing.T) {
	f, key := newForge(t, "acme"), newKey(t)
	b, err := ParseBundle(f.bundle(t, piece{hint: "SHA256:new", key: key, file: tarball.Bytes}))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]State{"SHA256:new": Verified, "SHA256:old": Unknown} {
		keys := &Keys{[]registryKey{{id: id, public: (*ecdsa.PublicKey)(&key.PublicKey)}}}
		if got := Worst(b.Verify("b", Want{Keys: keys, Artifact: &tarball}, &Root{f})); got != want {
			t.Errorf("signed by SHA256:new, known is %s: %s, expected %s", id, got, want)
		}
	}
}

package publish

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/normal"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/tarball"
)

// Options say where and how to publish. Registry is required.
type Options struct {
	Registry   string   // address, as the user gave it
	Access     string   // "public", "restricted"; empty: what publishConfig says, else Default
	Default    string   // access if neither sets it, for a package with a scope; empty: the registry's default
	Tag        string   // the dist-tag; empty: what publishConfig says, else latest, which a prerelease may not take
	Tags       []string // further dist-tags, which are set when the version is visible
	Road       Road     // how it gets there
	Provenance bool     // a provenance bundle will be attached before it is sent, with Attach
	GitHead    string   // the commit that was judged, 40 or 64 digits in hex; empty: none is told
}

// A Road is the way to the registry. The zero value is the direct one.
type Road int

// The roads.
const (
	Direct  Road = iota // PUT: the version is published
	Staging             // POST to the stage: the version waits for a person's approval
)

// A Plan is a document that is ready to be sent, made from the tarball and the
// options.
type Plan struct {
	Name, Version string
	Tag, Access   string   // Access "": the registry's default
	Registry      string   // ends in a slash
	Integrity     string   // "sha512-…"
	Shasum        string   // SHA-1 in hex
	Tags          []string // further dist-tags, without Tag
	Road          Road
	Provenance    bool // it is sent with a provenance bundle only: see Attach

	tagGiven  bool // given by an option, not the default
	mustExist bool // only an existing package may have this name
	notes     []string
	manifest  *normal.Manifest
	head      []byte // of the document, up to the tarball's data
	bundle    []byte // the second attachment, with its key; empty: none
	tarball   []byte
}

// New returns the plan for a tarball, or a *RefusedError with all reasons
// against publishing it like this.
func New(t *tarball.Tarball, o Options) (*Plan, error) {
	if t == nil || len(t.Bytes) == 0 {
		return nil, refuse(Misuse, "no-tarball", "there is no tarball to publish: give one with -tarball")
	}
	if len(t.Violations) > 0 {
		return nil, refuse(Blocked, "tarball", fmt.Sprintf("the tarball departs from the canonical profile in %d places", len(t.Violations)))
	}
	base, err := registry.ParseURL(o.Registry)
	if err != nil {
		return nil, refuse(Misuse, "registry", err.Error())
	}
	if t.Manifest == nil {
		return nil, refuse(Blocked, "manifest", "the package.json in the tarball could not be read")
	}
	m, err := strict.Parse(t.Manifest.Raw)
	if err != nil {
		return nil, refuse(Blocked, "manifest", "the package.json in the tarball: "+err.Error())
	}
	long, short := sha512.Sum512(t.Bytes), sha1.Sum(t.Bytes)
	p := &Plan{
		Name: m.Get("name").Text(), Version: m.Get("version").Text(), Registry: base.String(),
		Integrity: "sha512-" + base64.StdEncoding.EncodeToString(long[:]), Shasum: hex.EncodeToString(short[:]),
		Road: o.Road, Provenance: o.Provenance, tarball: t.Bytes,
	}
	if t.Integrity != p.Integrity {
		return nil, refuse(Blocked, "tarball", "the bytes of the tarball are not the ones that were read")
	}
	j := &judge{manifest: m, options: o, plan: p}
	j.all()
	j.normalise(t)
	if len(j.reasons) > 0 {
		return nil, &RefusedError{j.reasons}
	}
	p.write()
	return p, nil
}

// Size returns the length of the document in bytes.
func (p *Plan) Size() int64 {
	return int64(len(p.head)) + int64(base64.StdEncoding.EncodedLen(len(p.tarball))) + int64(len(p.tail()))
}

// Open returns the document, from its beginning. The tarball is encoded while
// it is read, without a copy.
func (p *Plan) Open() io.ReadCloser {
	return io.NopCloser(io.MultiReader(bytes.NewReader(p.head), &encoder{rest: p.tarball}, bytes.NewReader(p.tail())))
}

// address returns where the document is sent.
func (p *Plan) address() string {
	if p.Road == Staging {
		return p.Registry + "-/stage/package/" + p.escaped()
	}
	return p.Registry + p.escaped()
}

// page returns the address of the version at the registry.
func (p *Plan) page() string { return p.Registry + p.escaped() + "/" + p.Version }

// escaped returns the package's name as one element of a path.
func (p *Plan) escaped() string { return strings.Replace(p.Name, "/", "%2f", 1) }

package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// Info is what the registry says about one published version.
type Info struct {
	Name, Version string
	Integrity     string // SRI as the registry has it, "sha512-…"; may be empty on old registries
	Shasum        string // SHA-1 in hex; may be empty
	Tarball       string // address; foreign text
	License       string // of its manifest; empty in an abbreviated one; foreign text
	Files         int64  // in the tarball; 0: not told, as by old registries and of old versions
	Unpacked      int64  // their bytes; 0: not told
	Provenance    bool   // the registry says that it has provenance; not verified

	// The following are in the document of a version, and the first two not in
	// an abbreviated packument. Foreign text, not verified.
	Approver         string // who approved the staged version, with a second factor; empty: nobody
	TrustedPublisher string // the kind of the trusted publisher, "github"; empty: a token or a person
	Signatures       int    // number of the registry's signatures
	Attestations     bool   // the registry says that it has attestations
}

const (
	acceptVersion   = "application/json"
	acceptPackument = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
)

// Version reads one version of a package. found is false if the registry says
// that there is none; any other failure is an error.
//
// It requests the version itself, which is visible sooner after publishing than
// the packument. If the version is not found, the packument has to confirm
// that, because some registries lack the first endpoint. A registry that
// redirects to another origin does not have the version.
func (c *Client) Version(ctx context.Context, name, version string) (info Info, found bool, err error) {
	v, found, err := c.version(ctx, name, version, acceptPackument)
	if err != nil || !found {
		return Info{}, false, err
	}
	info, err = versionInfo(v, name, version)
	return info, err == nil, err
}

// Manifest reads the manifest of a version as it is served, every field of it.
func (c *Client) Manifest(ctx context.Context, name, version string) (manifest []byte, found bool, err error) {
	v, found, err := c.version(ctx, name, version, acceptVersion)
	if err != nil || !found {
		return nil, false, err
	}
	_, err = versionInfo(v, name, version)
	return v.Raw(), err == nil, err
}

// version is Version; accept says which packument is asked for.
func (c *Client) version(ctx context.Context, name, version, accept string) (v strict.Value, found bool, err error) {
	if err := cmp.Or(checkName(name), checkSegment(version)); err != nil {
		return strict.Value{}, false, err
	}
	body, err := c.get(ctx, escapedName(name)+"/"+version, acceptVersion, MaxVersionBytes)
	if err == nil {
		v, err := parse(body, MaxVersionBytes)
		return v, err == nil, err
	}
	if !lacks(err) {
		return strict.Value{}, false, fmt.Errorf("read %s@%s: %w", name, version, err)
	}
	doc, found, err := c.own(ctx, name, accept)
	if err != nil || !found {
		return strict.Value{}, false, err
	}
	v = doc.Get("versions").Get(version)
	return v, v.Exists(), nil
}

// DistTags reads the dist-tags of a package: tag → version. found is false if
// the registry does not have the package.
func (c *Client) DistTags(ctx context.Context, name string) (tags map[string]string, found bool, err error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	body, err := c.get(ctx, "-/package/"+escapedName(name)+"/dist-tags", acceptVersion, MaxVersionBytes)
	if err == nil {
		v, err := parse(body, MaxVersionBytes)
		if err != nil {
			return nil, false, err
		}
		tags, err := tagMap(v)
		return tags, err == nil, err
	}
	if !lacks(err) {
		return nil, false, fmt.Errorf("read the dist-tags of %s: %w", name, err)
	}
	doc, found, err := c.own(ctx, name, acceptPackument)
	if err != nil || !found {
		return nil, false, err
	}
	tags, err = tagMap(doc.Get("dist-tags"))
	return tags, err == nil, err
}

// own is packument for a package that is published here or nowhere: one at
// another origin is not found.
func (c *Client) own(ctx context.Context, name, accept string) (doc strict.Value, found bool, err error) {
	doc, found, err = c.packument(ctx, name, accept)
	if Elsewhere(err) {
		return strict.Value{}, false, nil
	}
	return doc, found, err
}

func (c *Client) packument(ctx context.Context, name, accept string) (doc strict.Value, found bool, err error) {
	body, err := c.get(ctx, escapedName(name), accept, MaxPackumentBytes)
	if absent(err) {
		return strict.Value{}, false, nil
	}
	if err != nil {
		return strict.Value{}, false, fmt.Errorf("read %s: %w", name, err)
	}
	doc, err = parse(body, MaxPackumentBytes)
	if err != nil {
		return strict.Value{}, false, err
	}
	if got := doc.Get("name").Text(); got != name {
		return strict.Value{}, false, &AnswerError{What: fmt.Sprintf("asked for %s, the registry answered about %+.100q", name, got)}
	}
	if doc.Get("versions").Kind() != strict.Object {
		return strict.Value{}, false, &AnswerError{What: "the registry's packument has no versions"}
	}
	return doc, true, nil
}

func parse(body []byte, limit int) (strict.Value, error) {
	v, err := strict.ParseWithin(body, strict.Limits{Bytes: limit})
	if err != nil {
		return strict.Value{}, &AnswerError{"the registry's answer cannot be read", err}
	}
	return v, nil
}

// versionInfo reads a version's manifest, which must have the requested name
// and version.
func versionInfo(v strict.Value, name, version string) (Info, error) {
	dist := v.Get("dist")
	info := Info{
		Name: v.Get("name").Text(), Version: v.Get("version").Text(),
		Integrity: dist.Get("integrity").Text(), Shasum: dist.Get("shasum").Text(), Tarball: dist.Get("tarball").Text(),
		License:    cmp.Or(npm.LicenseText(v.Get("license")), npm.LicenseText(v.Get("licenses"))),
		Provenance: dist.Get("attestations").Get("provenance").Kind() == strict.Object,
		Approver:   named(v.Get("_npmUser").Get("approver"), "name", "email"), Signatures: dist.Get("signatures").Len(),
		TrustedPublisher: named(v.Get("_npmUser").Get("trustedPublisher"), "id", "oidcConfigId"),
		Attestations:     dist.Get("attestations").Kind() == strict.Object,
	}
	info.Files, _ = number(dist.Get("fileCount"))
	info.Unpacked, _ = number(dist.Get("unpackedSize"))
	if info.Name != name || info.Version != version {
		return Info{}, &AnswerError{What: fmt.Sprintf("asked for %s@%s, the registry answered about %+.100q@%+.100q", name,
			version, info.Name, info.Version)}
	}
	if dist.Kind() != strict.Object {
		return Info{}, &AnswerError{What: fmt.Sprintf("the registry's answer about %s@%s has no dist", name, version)}
	}
	return info, nil
}

// named returns the text of a value, or of the first of these keys that it has.
func named(v strict.Value, keys ...string) string {
	text := v.Text()
	for _, key := range keys {
		text = cmp.Or(text, v.Get(key).Text())
	}
	return text
}

func tagMap(v strict.Value) (map[string]string, error) {
	if v.Kind() != strict.Object {
		return nil, &AnswerError{What: "the registry's dist-tags are " + v.Kind().String() + ", expected an object"}
	}
	tags := map[string]string{}
	for k, e := range v.Members() {
		if e.Kind() != strict.String {
			return nil, &AnswerError{What: fmt.Sprintf("dist-tag %+.100q is %s, expected a string", k.Text(), e.Kind())}
		}
		tags[k.Text()] = e.Text()
	}
	return tags, nil
}

func isStatus(err error, status int) bool {
	var e *StatusError
	return errors.As(err, &e) && e.Status == status
}

// absent reports whether the registry answered that it does not exist.
func absent(err error) bool {
	return isStatus(err, http.StatusNotFound) || isStatus(err, http.StatusGone)
}

// lacks reports whether a registry may lack an endpoint that not all have. The
// packument, which is requested next, shows whether the answer means something
// else: a registry that requires a right to read refuses that too.
func lacks(err error) bool {
	return absent(err) || Elsewhere(err) || isStatus(err, http.StatusBadRequest) || isStatus(err, http.StatusForbidden) ||
		isStatus(err, http.StatusMethodNotAllowed) || isStatus(err, http.StatusNotImplemented)
}

package registry

import (
	"context"

	"github.com/publishgate/publishgate/internal/npm"
)

// A Brief is what one read says of a package before a version is published. The
// zero Brief is of a package that is not there.
type Brief struct {
	Info  Info // of the version that was asked for
	Found bool // it is there

	Tags     map[string]string // dist-tag → version
	Highest  npm.Version       // of those that are neither a prerelease nor deprecated, which npm compares with before it publishes
	Released bool              // there is a Highest
	Signed   bool              // some version has the registry's signature
}

// Brief reads a package, and what there is of one version, from the abbreviated
// packument. known is false if the registry does not have the package.
//
// If a registry refuses the packument, the addresses of the version and of the
// dist-tags may say that the version is there. That it is not, the packument
// alone can say.
func (c *Client) Brief(ctx context.Context, name, version string) (b Brief, known bool, err error) {
	if err := checkName(name); err != nil {
		return Brief{}, false, err
	}
	doc, known, err := c.own(ctx, name, acceptPackument)
	if lacks(err) {
		info, found, lookErr := c.Version(ctx, name, version)
		if lookErr != nil || !found {
			return Brief{}, false, err
		}
		tags, _, err := c.DistTags(ctx, name)
		return Brief{Info: info, Found: true, Tags: tags, Signed: info.Signatures > 0}, true, err
	}
	if err != nil || !known {
		return Brief{}, false, err
	}
	if tags := doc.Get("dist-tags"); tags.Exists() {
		if b.Tags, err = tagMap(tags); err != nil {
			return Brief{}, false, err
		}
	}
	for k, v := range doc.Get("versions").Members() {
		if k.Text() == version {
			if b.Info, err = versionInfo(v, name, version); err != nil {
				return Brief{}, false, err
			}
			b.Found = true
		}
		b.Signed = b.Signed || v.Get("dist").Get("signatures").Len() > 0
		number, err := npm.ParseVersion(k.Text())
		if err != nil || number.Prerelease() != "" || v.Get("deprecated").Truthy() {
			continue
		}
		if !b.Released || number.Compare(b.Highest) > 0 {
			b.Highest, b.Released = number, true
		}
	}
	return b, true, nil
}

package publish

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/tarball"
)

// poll reads the version until it is there or the waits are over. Errors of a
// single read count only when no later read succeeds. It does not wait beyond
// the run's deadline: it then stops and returns the last result.
func (r *run) poll(waits []time.Duration) (there bool, err error) {
	for _, wait := range waits {
		if wait > 0 {
			if sleepErr := r.wait.Sleep(r.ctx, wait); sleepErr != nil {
				return false, errors.Join(err, sleepErr)
			}
		}
		var done bool
		if there, done, err = r.readOnce(); done {
			return there, err
		}
	}
	return false, err
}

// readOnce reads the version once more. done: no later read would say more.
func (r *run) readOnce() (there, done bool, err error) {
	there, err = r.read()
	var mismatch *MismatchError
	switch {
	case there || errors.As(err, &mismatch):
		return there, true, err
	case r.ctx.Err() != nil:
		return false, true, errors.Join(err, context.Cause(r.ctx))
	}
	return false, false, err
}

// readBack compares what is visible besides the digest. What is missing at once
// may only be late. Whether somebody else published the same bytes with provenance
// is not judged, only noted. What the registry does not answer is an error, once
// all the rest was looked at.
func (r *run) readBack() error {
	r.begin(0)
	r.out.Visible, r.out.Approver = true, r.shown.Approver
	for _, look := range []func() error{r.provenanceBack, r.signaturesBack} {
		err := look()
		var mismatch *MismatchError
		switch {
		case errors.As(err, &mismatch) && r.out.Published == Already:
			r.warn("%s", strings.TrimPrefix(err.Error(), "alarm: "))
		case err != nil:
			return err
		}
	}
	return r.standing(nil)
}

// standing requires the access and the dist-tag of a version that is visible, and
// sets the further dist-tags. tags are the dist-tags that were read; nil: none
// were.
func (r *run) standing(tags map[string]string) error {
	var unread *UnreadError
	access := r.accessBack()
	if access != nil && !errors.As(access, &unread) {
		return access
	}
	var tag error
	if tags[r.plan.Tag] != r.plan.Version {
		if tags, tag = r.tagBack(); tag != nil && !errors.As(tag, &unread) {
			return tag
		}
	}
	r.setTags(tags)
	return errors.Join(access, tag)
}

// already looks at a version that was there before this run, with the judged
// bytes: an earlier run may not have come to it.
func (r *run) already() error {
	r.begin(0)
	r.out.Published, r.out.Visible, r.out.Approver = Already, true, r.shown.Approver
	r.out.Warnings = slices.Clone(r.plan.notes) // the dist-tag is looked at anew
	return r.standing(r.before.tags)
}

// unread returns an error for what the registry did not answer, and nil, with a
// note, where it will not tell: then there is nothing to run again for.
func (r *run) unread(what string, err error) error {
	if denied(err) {
		r.warn("published, but its %s could not be read back: %v", what, err)
		return nil
	}
	return &UnreadError{r.plan, what, err}
}

// again looks until it is as it should be or the waits are over.
func (r *run) again(look func() (good bool, err error)) (good bool, err error) {
	for _, wait := range settle {
		if wait > 0 {
			if sleepErr := r.wait.Sleep(r.ctx, wait); sleepErr != nil {
				return false, err
			}
		}
		if good, err = look(); good {
			return true, nil
		}
	}
	return false, err
}

// provenanceBack requires provenance where it was sent.
func (r *run) provenanceBack() error {
	if !r.plan.attached() || r.shown.Provenance || r.shown.Attestations {
		return nil
	}
	good, err := r.again(func() (bool, error) {
		there, err := r.read()
		return there && (r.shown.Provenance || r.shown.Attestations), err
	})
	switch {
	case good:
		return nil
	case err != nil && !final(err):
		r.warn("published, but whether the registry has its provenance could not be read back: %v", err)
		return nil
	}
	return cmp.Or(err, error(&MismatchError{Plan: r.plan, What: "provenance", Want: "the bundle that was sent", Sent: true}))
}

// accessBack requires the access that was asked for, where the registry tells.
func (r *run) accessBack() error {
	if r.plan.Access == "" || !strings.HasPrefix(r.plan.Name, "@") {
		return nil
	}
	want, told, public := r.plan.Access == "public", false, false
	good, err := r.again(func() (bool, error) {
		var err error
		public, told, err = r.registry.Visibility(r.ctx, r.plan.Name)
		return err == nil && (!told || public == want), err
	})
	switch {
	case good:
		return nil
	case err != nil:
		return r.unread("access", err)
	case public:
		return &MismatchError{Plan: r.plan, What: "access", Want: r.plan.Access, Got: "public", Sent: r.out.Puts > 0}
	}
	return &MismatchError{Plan: r.plan, What: "access", Want: r.plan.Access, Got: "restricted", Sent: r.out.Puts > 0}
}

// signaturesBack requires the registry's own signature where it signs: the
// public registry, and one that signed another version of the package. That it
// has keys is no proof: a registry may pass on those of another.
func (r *run) signaturesBack() error {
	if r.shown.Signatures > 0 || !r.before.signed && r.registry.URL() != npm.PublicRegistry {
		return nil
	}
	good, err := r.again(func() (bool, error) {
		there, err := r.read()
		return there && r.shown.Signatures > 0, err
	})
	switch {
	case good:
		return nil
	case err != nil && !final(err):
		r.warn("published, but whether the registry signed it could not be read back: %v", err)
		return nil
	case err != nil:
		return err
	}
	return &MismatchError{Plan: r.plan, What: "a signature of its own", Want: "one, as its other versions have", Sent: true}
}

// tagBack requires the dist-tag, and returns all of them; nil if they could not
// be read.
func (r *run) tagBack() (tags map[string]string, err error) {
	var at string
	for _, wait := range settle {
		if wait > 0 {
			if sleepErr := r.wait.Sleep(r.ctx, wait); sleepErr != nil {
				break
			}
		}
		if tags, _, err = r.registry.DistTags(r.ctx, r.plan.Name); err == nil && len(tags) == 0 {
			err = errors.New("it answers without a single dist-tag, and a package that has a version has one")
		}
		if err != nil {
			continue
		}
		if at = tags[r.plan.Tag]; at == r.plan.Version {
			return tags, nil
		}
		if r.plan.isBelow(at) && (r.out.Published == Already || at != r.before.tags[r.plan.Tag]) {
			break // a later release has the tag
		}
	}
	switch {
	case err != nil:
		return nil, r.unread("dist-tag", err)
	case r.plan.isBelow(at):
		r.warn("dist-tag %s is on %s, a higher version than %s: whoever installs that tag gets it", quoted(r.plan.Tag),
			quoted(at), r.plan.Version)
		return tags, nil
	}
	sent := r.out.Puts > 0 || r.out.StageID != ""
	return nil, &MismatchError{Plan: r.plan, What: "dist-tag " + quoted(r.plan.Tag), Want: r.plan.Version, Got: at, Sent: sent}
}

// errNoDigest says that the registry has no sufficient digest, so that the
// bytes decide.
var errNoDigest = errors.New("no digest")

// compare compares the registry's digests of a version with the judged bytes.
// Only SHA-512 shows that they are equal. Without it, SHA-1 can show that they
// differ; else the result is errNoDigest.
func (p *Plan) compare(info registry.Info, sent bool) error {
	got := ""
	for token := range strings.FieldsSeq(info.Integrity) {
		digest, ok := strings.CutPrefix(token, "sha512-")
		if !ok {
			continue
		}
		digest, _, _ = strings.Cut(digest, "?") // SRI options
		raw, err := base64.StdEncoding.DecodeString(digest)
		if err != nil || len(raw) != 64 || got != "" {
			return &MismatchError{Plan: p, What: "integrity", Want: p.Integrity, Got: info.Integrity, Sent: sent}
		}
		got = "sha512-" + base64.StdEncoding.EncodeToString(raw)
	}
	switch got {
	case p.Integrity:
		return nil
	case "":
		if raw, err := hex.DecodeString(info.Shasum); err == nil && len(raw) == sha1.Size && !strings.EqualFold(info.Shasum, p.Shasum) {
			return &MismatchError{Plan: p, What: "shasum", Want: p.Shasum, Got: info.Shasum, Sent: sent}
		}
		return errNoDigest
	}
	return &MismatchError{Plan: p, What: "integrity", Want: p.Integrity, Got: got, Sent: sent}
}

// readBytes compares the tarball that the registry serves with the judged one.
// GitLab and others need that, since they have no SHA-512.
func (r *run) readBytes(info registry.Info) error {
	p := r.plan
	data, err := r.registry.Served(r.ctx, info, tarball.MaxPacked)
	if err == nil && !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) { // not gzip: an error page
		err = errors.New("what it serves as the tarball is none")
	}
	if err != nil {
		return fmt.Errorf("the registry has %s@%s and gives no SHA-512 of it, so that its tarball has to be looked at: %w",
			p.Name, p.Version, err)
	}
	sum := sha512.Sum512(data)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != p.Integrity {
		return &MismatchError{Plan: p, What: "a tarball of integrity", Want: p.Integrity, Got: got, Sent: r.out.Puts > 0}
	}
	return nil
}

package publish

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A fate is what an error of a PUT says about the document.
type fate int

const (
	unclear fate = iota // it may be stored: 5xx, timeout, reset
	refused             // it is not stored, and sending it again does not help
	taken               // the registry says that the version exists
	busy                // the registry is still processing an earlier document
	staged              // a version with this number waits for approval
)

// exists are the phrases with which registries say that a version exists: npm,
// GitHub and Verdaccio, GitLab, Azure, Nexus; in lower case.
var exists = []string{"publish over", "already present", "already exists", "already contains", "epublishconflict",
	"pre-existing", "existing version", "existing package version", "not allow updating"}

func fateOf(err error) fate {
	var redirect *registry.RedirectError
	if errors.As(err, &redirect) {
		return refused
	}
	var status *registry.StatusError
	if !errors.As(err, &status) {
		return unclear
	}
	says := strings.ToLower(status.Message)
	switch s := status.Status; {
	case (s == http.StatusForbidden || s == http.StatusConflict) && strings.Contains(says, "previously staged"):
		return staged
	case (s == http.StatusBadRequest || s == http.StatusForbidden || s == http.StatusConflict) &&
		slices.ContainsFunc(exists, func(word string) bool { return strings.Contains(says, word) }):
		return taken
	case s == http.StatusConflict: // "Failed to save packument"
		return busy
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= 500:
		return unclear
	}
	return refused
}

// advice returns what to do about a fate that is final.
func (f fate) advice() string {
	switch f {
	case busy:
		return "; the registry may still be at work on an earlier publish of this package: run again in a few minutes"
	case staged:
		return "; a staged version has this number: approve or reject it (npm stage list shows it), then run again"
	}
	return ""
}

// remedy returns what to do about a registry's refusal; empty if unknown.
func remedy(err error) string {
	var status *registry.StatusError
	if !errors.As(err, &status) {
		return ""
	}
	switch status.Status {
	case http.StatusUnauthorized:
		return "; is the token still valid, and may it publish without a one-time password?"
	case http.StatusForbidden:
		return "; may the token publish this package, and does the registry ask for two-factor authentication?"
	case http.StatusNotFound:
		return "; registries answer so when the token may not write to the package or its scope does not exist"
	case http.StatusPaymentRequired:
		return "; restricted packages need a paid plan: publish with -access public, or see the account's billing"
	case http.StatusRequestEntityTooLarge:
		return "; the package is larger than the registry takes"
	}
	return ""
}

// settleFor returns the waits for a fate: a version that the registry says it
// has may take as long to be visible as one it has just accepted.
func settleFor(f fate) []time.Duration {
	switch f {
	case taken:
		return visible
	case busy, staged:
		return glance
	}
	return settle
}

// poll reads the version until it is there or the waits are over. Errors of a
// single read count only when no later read succeeds. It does not wait beyond
// the run's deadline: it then stops and returns the last result.
func (r *run) poll(waits []time.Duration) (there bool, err error) {
	for _, wait := range waits {
		if wait > 0 {
			if sleepErr := r.sleep(r.ctx, wait); sleepErr != nil {
				return false, errors.Join(err, sleepErr)
			}
		}
		there, err = r.read()
		var mismatch *MismatchError
		if there || errors.As(err, &mismatch) {
			return there, err
		}
		if r.ctx.Err() != nil {
			return false, errors.Join(err, context.Cause(r.ctx))
		}
	}
	return false, err
}

// readBack compares what is visible besides the digest: the dist-tag.
func (r *run) readBack() error {
	r.out.Visible = true
	var at string
	var err error
	for _, wait := range settle {
		if wait > 0 {
			if sleepErr := r.sleep(r.ctx, wait); sleepErr != nil {
				break
			}
		}
		var tags map[string]string
		if tags, _, err = r.registry.DistTags(r.ctx, r.plan.Name); err != nil {
			continue
		}
		if at = tags[r.plan.Tag]; at == r.plan.Version {
			return nil
		}
		if r.out.Published == Already { // then the tag is not judged
			r.warn("dist-tag %s is on %s, not on %s", quoted(r.plan.Tag), quoted(at), r.plan.Version)
			return nil
		}
		if at != r.before[r.plan.Tag] && r.plan.isBelow(at) {
			break // a later release has the tag
		}
	}
	switch {
	case err != nil:
		r.warn("published, but its dist-tag could not be read back: %v", err)
		return nil
	case r.plan.isBelow(at):
		r.warn("dist-tag %s is on %s, a higher version than %s: whoever installs that tag gets it", quoted(r.plan.Tag),
			quoted(at), r.plan.Version)
		return nil
	}
	return &MismatchError{Plan: r.plan, What: "dist-tag " + quoted(r.plan.Tag), Want: r.plan.Version, Got: at, Sent: true}
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

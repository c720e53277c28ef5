package publish

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/registry"
)

// A fate is what an error of a PUT says about the document.
type fate int

const (
	unclear fate = iota // it may have been stored: 5xx, timeout, reset
	refused             // it was not, and sending it again does not help
	taken               // the registry says that this version exists
)

func fateOf(err error) fate {
	var redirect *registry.RedirectError
	if errors.As(err, &redirect) {
		return refused
	}
	var status *registry.StatusError
	if !errors.As(err, &status) {
		return unclear
	}
	switch s := status.Status; {
	case s == http.StatusConflict:
		// "Failed to save packument" and "previously staged version" alike:
		// reading decides.
		return taken
	case s == http.StatusForbidden && strings.Contains(strings.ToLower(status.Message), "publish over"):
		return taken
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= 500:
		return unclear
	}
	return refused
}

// remedy is what to do about a registry's no; empty where we know nothing.
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

// settleFor returns the waits that fit a fate: a version that the registry
// says it has may take as long to show as one it has just accepted.
func settleFor(f fate) []time.Duration {
	if f == taken {
		return visible
	}
	return settle
}

// poll reads the version until it is there or the waits are over. Errors of a
// single read count only when no later read succeeds. It waits no longer than
// the run has: with less time left it stops and says what it saw last.
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

// readBack compares what is now visible besides the digest: the dist-tag.
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
		if r.out.Published == Already { // a tag is not ours to judge then
			r.warn("dist-tag %s is on %s, not on %s", quoted(r.plan.Tag), quoted(at), r.plan.Version)
			return nil
		}
	}
	if err != nil {
		r.warn("published, but its dist-tag could not be read back: %v", err)
		return nil
	}
	return &MismatchError{Plan: r.plan, What: "dist-tag " + quoted(r.plan.Tag), Want: r.plan.Version, Got: at, Sent: true}
}

// compare holds a version on the registry against the judged bytes. Only
// SHA-512 counts.
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
		if info.Shasum == p.Shasum {
			return fmt.Errorf("the registry has %s@%s and gives no sha512 for it: it cannot be told whether these are the judged bytes", p.Name, p.Version)
		}
		return &MismatchError{Plan: p, What: "shasum", Want: p.Shasum, Got: info.Shasum, Sent: sent}
	}
	return &MismatchError{Plan: p, What: "integrity", Want: p.Integrity, Got: got, Sent: sent}
}

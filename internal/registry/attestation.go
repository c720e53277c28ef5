package registry

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/publishgate/publishgate/internal/strict"
)

// maxAttestations is the largest list of attestations that is read, in bytes.
const maxAttestations = 32 << 20

// An Attestation is one entry of the registry's list. It is not verified.
type Attestation struct {
	PredicateType string // by the list
	Bundle        []byte // Sigstore bundle, JSON
}

// Attestations returns the attestations that the registry has of a version:
// none if it has none or does not have such lists. An unreadable entry is an
// error, because it may be the one that matters.
//
// The address is npm's own; the one in a packument is not followed to another
// host.
func (c *Client) Attestations(ctx context.Context, name, version string) ([]Attestation, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := checkName(version); err != nil { // versions have only characters that names may have
		return nil, err
	}
	body, err := c.get(ctx, "-/npm/v1/attestations/"+escapedName(name)+"@"+version, "application/json", maxAttestations)
	none := []int{http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotImplemented}
	if absent(err) || slices.ContainsFunc(none, func(status int) bool { return isStatus(err, status) }) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	doc, err := parse(body, maxAttestations)
	if err != nil {
		return nil, fmt.Errorf("read the attestations of %s@%s: %w", name, version, err)
	}
	list := doc.Get("attestations")
	if list.Kind() != strict.Array {
		return nil, fmt.Errorf("read the attestations of %s@%s: the answer has no list of them", name, version)
	}
	var all []Attestation
	for entry := range list.Elements() {
		a := Attestation{PredicateType: entry.Get("predicateType").Text(), Bundle: entry.Get("bundle").Raw()}
		if entry.Get("bundle").Kind() != strict.Object {
			return nil, fmt.Errorf("read the attestations of %s@%s: number %d has no bundle", name, version, len(all)+1)
		}
		all = append(all, a)
	}
	return all, nil
}

package verify

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// builders are the issuers of the identities that npm takes provenance from
// (npm's documentation, "Generating provenance statements").
var builders = []string{GitHubActions, "https://gitlab.com"}

// maxAttested is the most attestations that are verified of one dependency: npm's
// registry lists two.
const maxAttested = 32

// Attested verifies the attestations that a registry lists of a version, over the
// checksum of a lockfile: each of them, and that one is provenance of a public
// builder. Nobody in particular is expected to have built it; by says who did.
// keys are the registry's, nil where it publishes none.
func (v Version) Attested(purl, locked string, list []Listed, keys *Keys, roots ...*Root) (checks []Check, by Identity) {
	p := &Package{Version: v, PURL: purl, Keys: keys, NoKeys: "the registry publishes no keys"}
	if p.digest = sha512Hex(locked); p.digest == "" {
		return []Check{answer{Unknown, "a SHA-512 of the tarball in the lockfile", orNone(locked)}.check("locked", p.about())}, by
	}
	if n := len(list); n > maxAttested {
		return []Check{failed(fmt.Sprintf("at most %d attestations", maxAttested), fmt.Sprint(n)).check("attestations", p.about())}, by
	}
	a := &audit{who: &Identity{}, roots: roots, said: map[string]bool{}}
	for i, entry := range list {
		about := fmt.Sprintf("attestation %d (%s)", i+1, entry.PredicateType)
		b, err := ParseBundle(entry.Bundle)
		if err != nil {
			checks = append(checks, Unreadable(about, err))
			continue
		}
		b.Declared = entry.PredicateType
		if !b.Publishes() {
			who, err := b.Claims()
			if err != nil || !slices.Contains(builders, who.Issuer) || who.Repository == "" {
				checks = append(checks, failed("the certificate of a public builder", orNone(who.Issuer)).check("signer", about))
				continue
			}
			a.who = &Identity{Issuer: who.Issuer, Repository: who.Repository}
			by = who
		}
		checks = append(checks, p.checkAttestation(a, about, b)...)
	}
	return append(checks, p.checkProvenance(a)...), by
}

// sha512Hex returns the one SHA-512 of a checksum in Subresource Integrity, in
// hex; "" for none, or several.
func sha512Hex(locked string) string {
	sums := checksums(locked)["sha512"]
	if len(sums) != 1 {
		return ""
	}
	sum, err := base64.StdEncoding.DecodeString(strings.TrimSpace(sums[0]))
	if err != nil || len(sum) != 64 {
		return ""
	}
	return hex.EncodeToString(sum)
}

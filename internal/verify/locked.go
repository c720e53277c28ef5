package verify

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Locked verifies the registry's signatures over a version that a lockfile
// names: over the checksum that the lockfile has, which is what is installed.
// locked is that checksum (Subresource Integrity), shasum the SHA-1 in hex that
// the registry has of it, which it does not sign.
//
// The first check that failed is the answer, else the first that is not known. It
// is Skipped if the signature is good, and the lockfile has nothing that ties it to
// the bytes.
func (v Version) Locked(keys *Keys, locked, shasum string) Check {
	if v.Integrity == "" { // pacote signs and verifies the SHA-1 of such a version (lib/registry.js)
		v.Integrity = sha1OfHex(shasum)
	}
	bound := bind(locked, v.Integrity, shasum).check("locked", v.Name+"@"+v.Version)
	if bound.State == Failed {
		return bound
	}
	checks := v.Signed(keys)
	if state := Worst(checks); state != Verified {
		return checks[slices.IndexFunc(checks, func(c Check) bool { return c.State == state })]
	}
	if bound.State == Verified {
		bound.Found = checks[len(checks)-1].Found
	}
	return bound
}

// bind answers whether the checksum of a lockfile is that of the registry. Every
// checksum of the lockfile must be: a manager takes the bytes if one of the
// strongest kind fits.
func bind(locked, signed, shasum string) answer {
	own, theirs := checksums(locked), checksums(signed)
	expected := orNone(signed)
	for kind, list := range theirs {
		for _, sum := range own[kind] {
			if sum != list[0] || len(list) > 1 {
				return failed(expected, kind+"-"+sum+" in the lockfile")
			}
		}
	}
	if len(theirs["sha512"]) > 0 && len(own["sha512"]) > 0 || len(theirs["sha512"]) == 0 && len(theirs["sha1"]) > 0 && len(own["sha1"]) > 0 {
		return passed(expected, locked)
	}
	if said := checksums(sha1OfHex(shasum))["sha1"]; len(said) > 0 {
		for _, sum := range own["sha1"] {
			if sum != said[0] {
				return failed("sha1-"+said[0], "sha1-"+sum+" in the lockfile")
			}
		}
	}
	switch {
	case len(own) == 0:
		return answer{Skipped, expected, "the lockfile has no checksum of its tarball"}
	case len(own["sha1"]) > 0:
		return answer{Skipped, expected, "the lockfile has only a SHA-1 of it, which the registry does not sign"}
	}
	return answer{Skipped, expected, "the lockfile has a checksum of another kind than the registry signs"}
}

// checksums returns the checksums of a text in Subresource Integrity, by kind.
func checksums(text string) map[string][]string {
	all := map[string][]string{}
	for token := range strings.FieldsSeq(text) {
		kind, sum, ok := strings.Cut(token, "-")
		sum, _, _ = strings.Cut(sum, "?") // options follow
		if ok {
			all[kind] = append(all[kind], sum)
		}
	}
	return all
}

// sha1OfHex returns a SHA-1 in hex as Subresource Integrity; "" for none.
func sha1OfHex(text string) string {
	sum, err := hex.DecodeString(text)
	if err != nil || len(sum) != 20 {
		return ""
	}
	return fmt.Sprintf("sha1-%s", base64.StdEncoding.EncodeToString(sum))
}

package policy

import "slices"

// Signing is the key signing of the policy file. The zero value is the
// strictest but for Require.
type Signing struct {
	// Degrade is outage: degrade. Where a server that signing needs is down, the
	// package is published without what could not be signed, and the report says
	// so first. Without it nothing is published.
	Degrade bool

	// Require are the things (signingWords) without whose signature nothing is
	// published, whatever the reason that there is none.
	Require []string
}

// signingWords are the things that are signed: the tarball, SHA256SUMS, and the
// attestations.
var signingWords = []string{"tarball", "sums", "provenance", "sbom", "vsa"}

// Missing returns what the policy requires a signature of and is not among the
// signed things, in the policy's order.
func (s Signing) Missing(signed []string) []string {
	var missing []string
	for _, thing := range s.Require {
		if !slices.Contains(signed, thing) && !slices.Contains(missing, thing) {
			missing = append(missing, thing)
		}
	}
	return missing
}

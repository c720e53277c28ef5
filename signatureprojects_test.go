package main

import "testing"

// A signatureProject is one project of a real lockfile's packages at one front, and
// who says what of it: what the gate says, and npm and pnpm too, unless they have
// words of their own, for the reason that stands above them. {N} is the project's
// package N.
type signatureProject struct {
	name, lock      string
	ends            string // when the front's key ends
	change          func(*testing.T, *signatureAudit, *signedFront)
	gate, npm, pnpm string
	both            bool // npm 12 is asked as well
}

// good is what is said where there is nothing to say.
const good = "nothing"

var signatureProjects = []signatureProject{
	{name: "real signatures, and real attestations", change: func(t *testing.T, w *signatureAudit, f *signedFront) {
		f.haveReal(t, w)
		f.attested(t, w, "1.0.0", "sigstore-1.0.0.tgz", "npm-cli/valid-sigstore-attestations.json")
	}, gate: good},
	{name: "one missing, one of another version", lock: "small-hono-bench/package-lock.json",
		change: func(t *testing.T, _ *signatureAudit, f *signedFront) {
			f.installed[4].signatures = nil
			f.sign(t, f.installed[9], "9.9.9")
		}, gate: "{4} missing, {9} invalid", both: true},

	// npm ends at the first, and names none in its JSON.
	{name: "a key that ended", lock: "webpack-yarn1/yarn.lock", ends: "2024-06-01T00:00:00.000Z",
		change: func(_ *testing.T, _ *signatureAudit, f *signedFront) {
			f.installed[3].published = "2024-05-31T23:59:59.999Z"
			f.installed[5].published = "2024-06-01T00:00:00.000Z"
		}, gate: "{5} invalid", npm: "EEXPIREDSIGNATUREKEY"},

	// npm and pnpm take 2015 for the time that nobody says (pacote, lib/registry.js,
	// MISSING_TIME_CUTOFF): by then each key was in use. The gate cannot know.
	{name: "a key that ended, and no time", lock: "vue-pnpm9/pnpm-lock.yaml", ends: "2024-06-01T00:00:00.000Z",
		change: func(_ *testing.T, _ *signatureAudit, f *signedFront) { f.installed[7].published = "" },
		gate:   "{7} missing", npm: good, pnpm: good},

	// pnpm looks at signatures alone.
	{name: "attestations that do not hold", lock: "hono-bun/bun.lock", change: func(t *testing.T, w *signatureAudit, f *signedFront) {
		f.attested(t, w, "0.4.0", "sigstore-0.4.0.tgz", "pacote/invalid-attestations.json")
	}, gate: "sigstore@0.4.0 attestation", pnpm: good},

	// Neither compares versions here; pnpm does when it installs (trustPolicy).
	{name: "published with less than before", lock: "nightscout-shrinkwrap-v1/npm-shrinkwrap.json",
		change: func(t *testing.T, _ *signatureAudit, f *signedFront) {
			p := f.installed[2]
			p.version = "1.1.0"
			f.sign(t, p, p.version)
			p.others = map[string]any{"1.0.9": map[string]any{"name": p.name, "version": "1.0.9", "dist": map[string]any{
				"attestations": map[string]any{"provenance": map[string]any{"predicateType": "https://slsa.dev/provenance/v1"}}}}}
		}, gate: "{2} lowered", npm: good, pnpm: good},

	// npm asks the registry about what it says itself: of the lockfile, and so of what
	// is installed, it knows nothing then.
	{name: "other bytes than those that were signed", lock: "npm-cli-v3/package-lock.json",
		change: func(_ *testing.T, _ *signatureAudit, f *signedFront) {
			f.installed[1].locked = f.installed[2].integrity
		},
		gate: "{1} invalid", npm: good},

	// Nobody passes it. pnpm takes it for a bad signature, npm and the gate cannot say.
	{name: "a key that nobody has", lock: "cra-v2/package-lock.json", change: func(_ *testing.T, _ *signatureAudit, f *signedFront) {
		f.installed[6].signatures[0]["keyid"] = "SHA256:gone"
	}, gate: "exit 3, {6} cannot be verified", npm: "EMISSINGSIGNATUREKEY", pnpm: "{6} invalid"},

	// Where there are no keys the policy decides: it says required. pnpm audits nothing,
	// and npm fails as there are signatures.
	{name: "no keys", lock: "rushstack-pnpm9/pnpm-lock.yaml", change: func(_ *testing.T, _ *signatureAudit, f *signedFront) {
		f.keys, f.installed = nil, f.installed[:2]
	}, gate: "{0} missing, {1} missing", npm: "EMISSINGSIGNATUREKEY", pnpm: good},
}

package secret

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Why a candidate may be no secret although it looks like one: a person decides.
// The words go on from "but".
const (
	DoubtExpires = "it is a JSON web token: most of them expire, and those of examples open nothing"
	DoubtPublic  = "it is of a kind that is meant to be seen: a site key, a publishable key, one that only sends"
	DoubtTest    = "it stands among tests or examples"
	DoubtText    = "it stands in a document, and those explain with values that are made up"
	DoubtLocal   = "what it logs in to is on this machine"
	DoubtComment = "it stands in a comment that documents an interface"
	DoubtBundled = "it stands in a bundled dependency, which is published already"
)

// doubt says why a candidate may be none; "": it looks like one in full. A token
// with a mark of its own is in doubt only where the kind is public: that it
// stands in a test makes it no less valid.
func (h *hit) doubt(path string) string {
	r := h.rule
	id := r.id
	switch {
	case id == "jwt" || id == "jwt-base64":
		return DoubtExpires
	case slices.Contains(publicRules, id), strings.HasSuffix(id, "-client-id"), strings.HasSuffix(id, "-public-key"), h.isPublicKey():
		return DoubtPublic
	case !r.takesUnmarked():
		return ""
	case bundledPath.MatchString(path):
		return DoubtBundled
	case testPath.MatchString(path):
		return DoubtTest
	case (id == "private-key" || id == "generic-api-key") && textPath.MatchString(path):
		return DoubtText
	case h.inDocComment():
		return DoubtComment
	case r.generic() && localAddress.Match(h.text[h.valueFrom+len(h.value):min(len(h.text), h.valueFrom+len(h.value)+maxLocalDistance)]):
		return DoubtLocal
	}
	return ""
}

// publicRules are gitleaks' rules for keys that a web page shows to everybody.
var publicRules = []string{"mapbox-api-token", "newrelic-browser-api-token", "lob-pub-api-key"}

// weak reports whether the rule takes values without a mark of their own, of which
// tests and examples are full: passwords, keys by the name they are assigned to,
// private keys.
func (r *rule) takesUnmarked() bool {
	return r.generic() || r.vague || r.plan().assignment != nil ||
		slices.Contains([]string{"private-key", "connection-string", "basic-auth-url", "netrc", "npmrc-auth", "npmrc-legacy-auth", "npm-auth-ident", "curl-auth-user", "curl-auth-header"}, r.id)
}

var (
	bundledPath = regexp.MustCompile(`(?:^|/)node_modules/`)
	textPath    = regexp.MustCompile(`(?i)\.(?:md|mdx|markdown|rst|adoc|asciidoc)$`)
	testPath    = regexp.MustCompile(`(?i)(?:^|/)(?:_*tests?_*|testing|test-?data|unit-?tests?|e2e|specs?|_*mocks?_*|_*fixtures?_*|examples?|samples?|demos?|bench(?:mark)?s?|__snapshots__)/|` +
		`[._-](?:test[_-]?data|tests?|specs?|vectors?|examples?|fixtures?|mocks?|stories|snap)\.[a-z0-9.]{1,10}$`)
)

// localNear is the address of this machine in the settings that the value is part of.
var localAddress = regexp.MustCompile(`^;\w+=https?://(?:127\.|localhost)`)

// localAhead is how far behind a value that address may stand.
const maxLocalDistance = 60

// docLine is how far in front of a match the beginning of its line is looked for.
const maxDocLine = 400

// documents reports whether the match stands in a line of a comment as JSDoc has
// them: behind a star.
func (h *hit) inDocComment() bool {
	before := h.text[max(0, h.valueFrom-maxDocLine):h.valueFrom]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	before = bytes.TrimLeft(before, " \t")
	before = bytes.TrimPrefix(before, []byte("/"))
	return bytes.HasPrefix(before, []byte("* ")) || bytes.HasPrefix(before, []byte("** "))
}

// publicMarks are what keys begin with that are meant to be seen: PostHog,
// Stripe and Clerk, Mapbox, Supabase, Google Ads, Analytics and Tag Manager.
var publicPrefixes = []string{"phc_", "pk_live_", "pk_test_", "pk.eyJ", "sb_publishable_", "ca-pub-", "UA-", "GTM-"}

// publicNear are words near keys that only send, or only search: those of
// analytics, of error reports, of search on a page.
var publicWords = regexp.MustCompile(`(?i)algolia|analytics|telemetry|metrics|amplitude|mixpanel|posthog|rudderstack|segment\.(?:io|com)|sentry|bugsnag|rollbar|datadoghq|instrumentation_?key|app_?insights|dsn\.|measurement_?id`)

// siteKey is the form of reCAPTCHA's keys; the name tells which of the two it is.
var siteKey = regexp.MustCompile(`^6L[A-Za-z0-9_-]{38}$`)

// mapsNear are words near keys of Google's that a page shows: those of Firebase's
// web settings, and of maps.
var mapsWords = regexp.MustCompile(`(?i)authDomain|messagingSenderId|storageBucket|firebaseapp|firebaseio|measurement_?Id|maps[._-]?(?:api|google|js)|google[._-]?maps`)

// onlySends are words near keys that count visits and open nothing, although they
// are called secrets: those of Google's Measurement Protocol.
var onlySendsWords = regexp.MustCompile(`(?i)measurement_?id|/mp/collect`)

// storagePart is what stands before the token in an address of a file in Firebase's
// storage: everybody who sees the page has the address.
var storageURL = regexp.MustCompile(`firebasestorage\.googleapis\.com/[^\s"'\x60<>]*[?&;]token=$`)

// near is how far around a value words are looked for that say what it is.
const contextBytes = 300

// publicKey reports whether the key is one that web pages show by design.
func (h *hit) isPublicKey() bool {
	around := func() []byte {
		return h.text[max(0, h.valueFrom-contextBytes):min(len(h.text), h.valueFrom+len(h.value)+contextBytes)]
	}
	if h.rule.id == "gcp-api-key" {
		return mapsWords.Match(around())
	}
	if h.rule.id == "private-key" {
		return h.areKnownKeys()
	}
	if h.rule.id != "generic-api-key" { // a rule for one provider knows its keys
		return false
	}
	name := withoutSeparators(h.name())
	for _, hidden := range []string{"secret", "private", "admin", "passw"} {
		if strings.Contains(name, hidden) {
			return onlySendsWords.Match(around())
		}
	}
	for _, mark := range publicPrefixes {
		if bytes.HasPrefix(h.value, []byte(mark)) {
			return true
		}
	}
	for _, shown := range []string{"sitekey", "publishable", "publicapi", "searchkey", "searchapi", "searchonly", "writekey", "instrumentationkey", "recaptcha"} {
		if strings.Contains(name, shown) {
			return true
		}
	}
	if strings.Contains(name, "default") { // what everybody uses who has no key
		return true
	}
	return siteKey.Match(h.value) || storageURL.Match(h.text[max(0, h.valueFrom-contextBytes):h.valueFrom]) || publicWords.Match(around())
}

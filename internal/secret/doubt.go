package secret

import (
	"bytes"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// The reasons why a candidate may be no secret although it looks like one. A person
// decides. Each continues a sentence after "but".
const (
	DoubtExpires = "it is a JSON web token: most of them expire, and those of examples open nothing"
	DoubtPublic  = "it is of a kind that is meant to be seen: a site key, a publishable key, one that only sends"
	DoubtTest    = "it stands among tests or examples"
	DoubtText    = "it stands in a document, and those explain with values that are made up"
	DoubtLocal   = "what it logs in to is on this machine"
	DoubtComment = "it stands in a comment that documents an interface"
	DoubtBundled = "it stands in a bundled dependency, which is published already"
)

// doubt returns why a candidate may be no secret, or "". A token with a distinctive
// beginning is in doubt only if its kind is public: in a test it is just as valid
// as anywhere.
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

// publicRules are gitleaks' rules for keys that every visitor of a web page can
// see.
var publicRules = []string{"mapbox-api-token", "newrelic-browser-api-token", "lob-pub-api-key"}

// takesUnmarked reports whether the rule accepts values without a distinctive
// beginning: passwords, private keys, and keys known by the name they are assigned
// to. Tests and examples are full of such values.
func (r *rule) takesUnmarked() bool {
	return r.generic() || r.vague || r.plan().assignment != nil ||
		slices.Contains([]string{"private-key", "connection-string", "basic-auth-url", "netrc", "npmrc-auth",
			"npmrc-legacy-auth", "npm-auth-ident", "curl-auth-user", "curl-auth-header"}, r.id)
}

var (
	bundledPath = pattern.New(`(?:^|/)node_modules/`)
	textPath    = pattern.New(`(?i)\.(?:md|mdx|markdown|rst|adoc|asciidoc)$`)
	testPath    = pattern.New(`(?i)(?:^|/)(?:_*tests?_*|testing|test-?data|unit-?tests?|e2e|specs?|_*mocks?_*|_*fixtures?_*|` +
		`examples?|samples?|demos?|bench(?:mark)?s?|__snapshots__)/|` +
		`[._-](?:test[_-]?data|tests?|specs?|vectors?|examples?|fixtures?|mocks?|stories|snap)\.[a-z0-9.]{1,10}$`)
)

// localAddress matches the address of this machine in the settings that contain the
// value.
var localAddress = pattern.New(`^;\w+=https?://(?:127\.|localhost)`)

// maxLocalDistance is how many bytes behind a value that address may end.
const maxLocalDistance = 60

// maxDocLine is how many bytes in front of a match its line may begin.
const maxDocLine = 400

// inDocComment reports whether the match stands in a line of a JSDoc comment,
// behind a star.
func (h *hit) inDocComment() bool {
	before := h.text[max(0, h.valueFrom-maxDocLine):h.valueFrom]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	before = bytes.TrimLeft(before, " \t")
	before = bytes.TrimPrefix(before, []byte("/"))
	return bytes.HasPrefix(before, []byte("* ")) || bytes.HasPrefix(before, []byte("** "))
}

// publicPrefixes are beginnings of keys that are public: those of PostHog, Stripe
// and Clerk, Mapbox, Supabase, Google Ads, Analytics and Tag Manager.
var publicPrefixes = []string{"phc_", "pk_live_", "pk_test_", "pk.eyJ", "sb_publishable_", "ca-pub-", "UA-", "GTM-"}

// publicWords stand near keys that can only send or search: keys for analytics,
// error reports and site search.
var publicWords = pattern.New(`(?i)algolia|analytics|telemetry|metrics|amplitude|mixpanel|posthog|rudderstack|` +
	`segment\.(?:io|com)|sentry|bugsnag|rollbar|datadoghq|instrumentation_?key|app_?insights|dsn\.|measurement_?id`)

// siteKey matches reCAPTCHA's keys. Public and secret keys look alike; the name
// tells them apart.
var siteKey = pattern.New(`^6L[A-Za-z0-9_-]{38}$`)

// mapsWords stand near Google keys that a web page shows: those of Firebase's web
// settings and of maps.
var mapsWords = pattern.New(`(?i)authDomain|messagingSenderId|storageBucket|` +
	`firebaseapp|firebaseio|measurement_?Id|maps[._-]?(?:api|google|js)|google[._-]?maps`)

// onlySendsWords stand near keys that only count visits, although they are called
// secrets: those of Google's Measurement Protocol.
var onlySendsWords = pattern.New(`(?i)measurement_?id|/mp/collect`)

// storageURL matches what comes before the token in the URL of a file in Firebase's
// storage. Everybody who sees the page has that URL.
var storageURL = pattern.New(`firebasestorage\.googleapis\.com/[^\s"'\x60<>]*[?&;]token=$`)

// contextBytes is how many bytes around a value are searched for words that say
// what it is.
const contextBytes = 300

// isPublicKey reports whether the key is one that web pages show by design.
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
	if h.rule.id != "generic-api-key" { // the rule of a provider knows its keys
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
	for _, shown := range []string{"sitekey", "publishable", "publicapi", "searchkey", "searchapi",
		"searchonly", "writekey", "instrumentationkey", "recaptcha"} {
		if strings.Contains(name, shown) {
			return true
		}
	}
	if strings.Contains(name, "default") { // the key of everybody who has none of their own
		return true
	}
	return siteKey.Match(h.value) || storageURL.Match(h.text[max(0, h.valueFrom-contextBytes):h.valueFrom]) || publicWords.Match(around())
}

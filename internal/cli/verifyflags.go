package cli

import (
	"crypto"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/verify"
)

// maxKeyFile is the largest file with a public key, in bytes.
const maxKeyFile = 1 << 20

// maxRootFile is the largest trusted root or root.json, in bytes.
const maxRootFile = 16 << 20

// verifyOptions are the flags of verify. Flags that cosign has too have cosign's
// names.
func verifyOptions() []option {
	return []option{
		{name: "stage", arg: "ID", does: "a version that waits for approval: whether it has the judged bytes, under the judged dist-tag"},
		{name: "evidence", arg: "DIR", does: "the folder of evidence with the signed verdict, for -stage; without it the " +
			"attestations of -repository at GitHub, else publishgate-out"},
		{name: "tag", arg: "TAG", does: "the dist-tag that -stage must have; without it the one that was judged"},
		{name: "npmrc", arg: "FILE", does: "the .npmrc with the token that reads -stage; without it NODE_AUTH_TOKEN or NPM_TOKEN"},
		{name: "bundle", arg: "FILE", does: "the bundle, JSON lines or npm's list of attestations; without it FILE.sigstore.json"},
		{name: "key", arg: "FILE", does: "the public key (PEM) that must have signed"},
		{name: "certificate-identity", arg: "ID", does: "the subject that the certificate must name, exactly, as " +
			"https://github.com/acme/widget/.github/workflows/release.yml@refs/tags/v1.2.3"},
		{name: "certificate-oidc-issuer", arg: "URL", does: "who must have vouched for it, exactly; with -repository " +
			"alone GitHub Actions"},
		{name: "repository", arg: "REPO", does: "the repository it must have been built from: owner/name at GitHub, " +
			"or an address. Without -certificate-identity also: on GitHub's own runner, and not for a pull request"},
		{name: "repo", arg: "REPO", does: "the same, by gh's name"},
		{name: "repository-id", arg: "N", does: "its number, which survives a rename"},
		{name: "ref", arg: "REF", does: "the ref, as refs/tags/v1.2.3"},
		{name: "commit", arg: "SHA", does: "the commit"},
		{name: "workflow", arg: "FILE", does: "the workflow that was started, as .github/workflows/release.yml"},
		{name: "trigger", arg: "EVENT", does: "the event that started it, as push"},
		{name: "runner", arg: "KIND", does: "github-hosted, self-hosted or any; with -repository alone github-hosted"},
		{name: "certificate-identity-regexp", arg: "-", does: "refused: identities are compared exactly"},
		{name: "certificate-oidc-issuer-regexp", arg: "-", does: "refused: issuers are compared exactly"},
		{name: "predicate-type", arg: "TYPE", does: "what an attestation must say, as https://slsa.dev/provenance/v1"},
		{name: "expect-policy", arg: "SHA256", does: "the digest of the policy that the gate's summary must name"},
		{name: "max-age", arg: "D", does: "how long ago the gate may have judged, as 720h"},
		{name: "integrity", arg: "DIGEST", does: "the SHA-512 that the bytes of NAME@VERSION must have, as sha512-… or in hex: the gate's " +
			"output integrity or sha512"},
		{name: "wait", arg: "D", does: "how long to wait for the registry to show NAME@VERSION, beside -deadline, as 25m"},
		{name: "registry", arg: "URL", does: "the registry of NAME@VERSION and of -stage; without it the public one"},
		{name: "allow-private-registry", def: "false", does: "the registry's name may lead to a private, link-local or loopback address"},
		{name: "trusted-root", arg: "FILE", list: true, does: "a trusted_root.json, or JSON lines of several; may be " +
			"repeated. Without it they come by TUF"},
		{name: "tuf-url", arg: "URL", does: "the TUF repository of the trusted root; without it the public Sigstore's"},
		{name: "tuf-root", arg: "FILE", does: "the root.json to start from, for -tuf-url"},
		{name: "cache", arg: "DIR", does: "keep what came by TUF here: it does until it expires where the repository " +
			"cannot be reached, and with -offline"},
		{name: "offline", def: "false", does: "no network at all: -trusted-root, -key or -cache is needed"},
		{name: "https-proxy", arg: "URL", does: "proxy for all connections; the environment's is not used"},
		{name: "ca-file", arg: "FILE", does: "certificates (PEM) to trust beside the system's"},
		{name: "deadline", arg: "D", def: "2m", does: "the whole time budget, network included"},
		{name: "format", arg: "F", def: "text", does: "what stdout carries: text or json"},
	}
}

// A verification is what the flags of verify ask for.
type verification struct {
	bundle    string
	key       crypto.PublicKey
	who       *verify.Identity // nil: the flags name nobody
	predicate string
	summary   verify.Summary
	roots     []*verify.Root // as given; none: they come from the TUF repository
	tuf       verify.Repository
	integrity string        // that a published version must have, as registries write it; "": any
	wait      time.Duration // for the registry to show it
	registry  string
	owner     string // of the repository at GitHub; "": none was given
	name      string
	offline   bool
	json      bool
}

// verification reads the flags and the files that they name.
func (s *settings) verification(p Process) verification {
	s.alias("repo", "repository")
	v := verification{
		bundle: s.text("bundle"), predicate: s.text("predicate-type"), offline: s.truth("offline"),
		registry: s.address("registry"), json: s.word("format", "text", "json") == "json",
		tuf: verify.Repository{URL: s.address("tuf-url"), Cache: s.text("cache")},
	}
	s.filled()
	s.exact()
	v.who = s.identity()
	if file := s.text("key"); file != "" {
		if v.who != nil {
			s.mistake("-key names the signer, so that no flag of an identity has a place beside it")
		}
		if pem, ok := s.file("key", file, maxKeyFile); ok {
			var err error
			if v.key, err = verify.ParsePublicKey(pem); err != nil {
				s.mistake("-key %s: %s", file, err)
			}
		}
	}
	v.summary = verify.Summary{Policy: s.sha256("expect-policy"), Now: p.Now()}
	if s.text("max-age") != "" {
		v.summary.MaxAge = s.age("max-age")
	}
	v.integrity = s.sha512("integrity")
	if s.text("wait") != "" {
		v.wait = s.span("wait")
	}
	s.rootFiles(&v)
	s.tufRoot(&v)
	v.owner, v.name = s.repository()
	return v
}

// rootFiles reads the trusted roots that are given.
func (s *settings) rootFiles(v *verification) {
	for _, file := range s.list("trusted-root") {
		if data, ok := s.file("trusted-root", file, maxRootFile); ok {
			roots, err := verify.ParseRoots(data)
			if err != nil {
				s.mistake("-trusted-root %s: %s", file, err)
			}
			v.roots = append(v.roots, roots...)
		}
	}
}

// tufRoot reads where the trusted roots come from, if none are given.
func (s *settings) tufRoot(v *verification) {
	file := s.text("tuf-root")
	switch {
	case v.tuf.URL == "" && file == "":
		v.tuf.URL, v.tuf.Root = verify.PublicGood, verify.PublicGoodRoot()
	case v.tuf.URL == "" || file == "":
		s.mistake("-tuf-url and -tuf-root go together: a repository, and the root.json to start from")
	default:
		v.tuf.Root, _ = s.file("tuf-root", file, maxRootFile)
	}
	v.tuf.Offline = v.offline
	if v.offline && len(v.roots) == 0 && s.text("key") == "" && v.tuf.Cache == "" {
		s.mistake("-offline needs a trusted root: -trusted-root FILE, -cache DIR of an earlier run, or -key FILE")
	}
}

// alias takes a flag for another one, of which it is a second name.
func (s *settings) alias(name, of string) {
	value, given := s.values[name]
	if _, both := s.values[of]; given && both {
		s.mistake("-%s and -%s are the same: give one", name, of)
	} else if given {
		s.values[of] = value
	}
}

// filled refuses a flag with an empty value, which an unset variable causes. The
// check that the flag asks for would be left out.
func (s *settings) filled() {
	for _, o := range s.known {
		if text, given := s.values[o.name]; given && o.arg != "" && text == "" {
			s.mistake("-%s is empty: leave it out, or say what is expected", o.name)
		}
	}
}

// exact refuses patterns. A pattern that looks strict may still match a branch
// that somebody named like a workflow.
func (s *settings) exact() {
	for _, name := range []string{"certificate-identity-regexp", "certificate-oidc-issuer-regexp"} {
		if _, given := s.values[name]; given {
			s.mistake("-%s: identities are compared exactly, write -%s with the whole text", name,
				strings.TrimSuffix(name, "-regexp"))
		}
	}
	for _, name := range []string{"certificate-identity", "certificate-oidc-issuer", "repository", "repository-id", "ref",
		"commit", "workflow", "trigger", "runner"} {
		if strings.ContainsAny(s.text(name), "*?") {
			s.mistake("-%s %q: identities are compared exactly, nothing stands for other characters", name, s.text(name))
		}
	}
}

// identity returns the signer that the flags name, or nil if they name none.
func (s *settings) identity() *verify.Identity {
	who := verify.Identity{
		SAN: s.text("certificate-identity"), Issuer: s.text("certificate-oidc-issuer"),
		RepositoryID: s.values["repository-id"], Ref: s.values["ref"], Commit: s.values["commit"],
		Trigger: s.values["trigger"], Runner: s.text("runner"), Workflow: s.text("workflow"),
	}
	if owner, name := s.repository(); owner != "" {
		who.Repository = "https://github.com/" + owner + "/" + name
	} else {
		who.Repository = strings.TrimSuffix(s.text("repository"), "/")
	}
	if who == (verify.Identity{}) {
		return nil
	}
	if who.Workflow != "" && !strings.Contains(who.Workflow, "/") {
		who.Workflow = ".github/workflows/" + who.Workflow
	}
	switch {
	case who.SAN != "" && who.Issuer == "":
		s.mistake("-certificate-identity needs -certificate-oidc-issuer beside it: the same subject of another issuer is another's")
	case who.SAN == "" && who.Repository == "" && who.RepositoryID == "":
		s.mistake("these flags could be anybody's: add -certificate-identity and -certificate-oidc-issuer, or -repository")
	case who.SAN == "":
		if who.Issuer == "" {
			who.Issuer = verify.GitHubActions
		}
		if who.Runner == "" && who.Issuer == verify.GitHubActions {
			who.Runner = "github-hosted"
		}
		who.NoPullRequest = who.Trigger == ""
	}
	if who.Runner == "any" {
		who.Runner = ""
	}
	return &who
}

// repository returns the owner and name of a repository at GitHub, or "" if it is
// elsewhere.
func (s *settings) repository() (owner, name string) {
	text := strings.TrimSuffix(s.text("repository"), "/")
	rest := strings.TrimPrefix(text, "https://github.com/")
	owner, name, ok := strings.Cut(rest, "/")
	if !ok || owner == "" || name == "" || strings.ContainsAny(rest, ":@ ") || strings.Contains(name, "/") {
		if text != "" && !strings.Contains(text, "://") {
			s.mistake("-repository wants owner/name or an address, not %q", text)
		}
		return "", ""
	}
	return owner, name
}

func (s *settings) file(flag, path string, limit int64) ([]byte, bool) {
	data, err := disk.ReadNamed(path, limit)
	if err != nil {
		s.mistake("-%s: %s", flag, err)
		return nil, false
	}
	return data, true
}

// sha256 returns a digest in hex. The value may start with the name of the
// algorithm.
func (s *settings) sha256(name string) string {
	text := strings.ToLower(strings.TrimPrefix(s.text(name), "sha256:"))
	if _, err := hex.DecodeString(text); text != "" && (err != nil || len(text) != 64) {
		s.mistake("-%s wants the 64 hex digits of a SHA-256", name)
	}
	return text
}

// sha512 returns a digest as registries write it. The value may be in hex.
func (s *settings) sha512(name string) string {
	text := s.text(name)
	data, err := hex.DecodeString(text)
	if encoded, ok := strings.CutPrefix(text, "sha512-"); ok {
		data, err = base64.StdEncoding.Strict().DecodeString(encoded)
	}
	if text != "" && (err != nil || len(data) != sha512.Size) {
		s.mistake("-%s wants a SHA-512, as sha512-… in base64 or as 128 hex digits", name)
	}
	if text == "" {
		return ""
	}
	return "sha512-" + base64.StdEncoding.EncodeToString(data)
}

// age returns the value of an option that is the greatest age of something.
func (s *settings) age(name string) time.Duration {
	d, err := time.ParseDuration(s.text(name))
	if err != nil || d <= 0 {
		s.mistake("-%s wants a time such as 24h or 720h", name)
	}
	return d
}

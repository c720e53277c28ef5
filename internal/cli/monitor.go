package cli

import (
	"cmp"
	"crypto"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/monitor"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/verify"
)

// monitorOptions are the flags of monitor. Those that verify has too mean the same.
func monitorOptions() []option {
	own := []option{
		{name: "dir", arg: "DIR", def: ".", does: "the folder with the policy, and with the SECURITY.md that says which versions are supported"},
		policyOption,
		{name: "state", arg: "FILE", does: "remember here what was seen and told; without it nothing is, and all of it is told again"},
		{name: "only", arg: "LIST", does: "what is looked at: " + topicList() + "; without it what is due by the cadences of the policy's " +
			"monitor, or all of it where it has none"},
		{name: "evidence", arg: "DIR", list: true, does: "a folder of evidence, or one with such folders below it, of versions that were " +
			"published; may be repeated"},
		{name: "from", arg: "DIR", does: "look at the answers that -record kept, as of then, and ask nobody"},
		{name: "record", arg: "DIR", does: "keep the answers here, for -from"},
		{name: "downloads-url", arg: "URL", does: "where downloads are counted; without it npm's, for npm's own registry"},
		{name: "key", arg: "FILE", does: "the public key (PEM) that must have signed verdicts"},
		{name: "sarif", arg: "FILE", does: "what is open as SARIF too"},
		{name: "issue", arg: "OWNER/NAME", does: "keep one issue of this repository up to date with what is open; GITHUB_TOKEN needs " +
			"issues: write"},
	}
	return slices.Concat(own, ofVerify("repository", "workflow", "certificate-identity", "certificate-oidc-issuer", "runner",
		"trusted-root", "tuf-url", "tuf-root", "cache"),
		named("advisories", "registry", "scope-registries", "npmrc", "allow-private-registry", "https-proxy", "ca-file"), []option{
			{name: "deadline", arg: "D", def: "30m", does: "the whole time budget, network included"},
			{name: "format", arg: "F", def: "text", does: "what stdout carries: text, json or markdown"},
		})
}

// ofVerify returns the options of verify with those names.
func ofVerify(names ...string) (out []option) {
	for _, o := range verifyOptions() {
		if slices.Contains(names, o.name) {
			out = append(out, o)
		}
	}
	return out
}

func topicList() string {
	var all []string
	for _, t := range monitor.Topics {
		all = append(all, string(t))
	}
	return strings.Join(all, ",")
}

// A monitoring is what the flags of monitor ask for.
type monitoring struct {
	names, scopes []string
	only          []monitor.Topic // nil: what is due
	evidence      []string
	owner, name   string           // -repository at GitHub
	who           *verify.Identity // the flags name nobody: nil
	key           crypto.PublicKey
	trust         *verify.Trust
	issue         [2]string // owner and name; "" none
	format        string
	from, record  string // folders with recorded answers; "": none
	sarif         string // path; "": none is written
	downloads     string // address of the downloads API; "": none is known for the registry
	net           gate.Net
	sources       []gate.SourceSpec
	where         gate.Where
}

// monitoring reads the flags and the files that they name.
func (s *settings) monitoring(p Process, operands []string) *monitoring {
	m := &monitoring{evidence: s.list("evidence"), format: s.word("format", "text", "json", "markdown"), where: gate.Where{Dir: s.text("dir")}}
	s.filled()
	s.policies(&m.where)
	s.operands(m, operands)
	for _, word := range s.list("only") {
		if !slices.Contains(monitor.Topics, monitor.Topic(word)) {
			s.mistake("-only %q is not one of %s%s", word, topicList(), meant(word, policy.MonitorTopics))
		}
		m.only = append(m.only, monitor.Topic(word))
	}
	for _, folder := range m.evidence {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			s.mistake("-evidence %s: there is no such folder", display.Text(folder))
		}
	}
	s.signer(m)
	v := verification{tuf: verify.Repository{URL: s.address("tuf-url"), Cache: s.text("cache")}}
	s.rootFiles(&v)
	s.tufRoot(&v)
	m.trust = &verify.Trust{Given: v.roots, TUF: v.tuf}
	if text := s.text("issue"); text != "" {
		var ok bool
		if m.issue[0], m.issue[1], ok = strings.Cut(text, "/"); !ok || m.issue[0] == "" || m.issue[1] == "" || strings.Contains(m.issue[1], "/") {
			s.mistake("-issue wants owner/name of a repository at GitHub, not %q", text)
		}
		if p.Getenv("GITHUB_TOKEN") == "" {
			s.mistake("-issue needs a token in GITHUB_TOKEN, with issues: write")
		}
	}
	m.sarif, m.from, m.record = s.text("sarif"), s.text("from"), s.text("record")
	if m.from != "" && (m.record != "" || s.text("issue") != "") {
		s.mistake("-from asks nobody: neither -record nor -issue goes with it")
	}
	m.sources = s.advisorySources(false)
	m.net = gate.Net{NPMRC: s.text("npmrc"), Proxy: s.address("https-proxy"), CAFile: s.text("ca-file"), Token: s.registryToken(p),
		RegistryTokens: registryTokens(p.Env), Version: Version(), Now: p.Now, Resolver: p.Resolver, Scopes: s.scopeRegistries(),
		Registry: cmp.Or(s.address("registry"), npm.PublicRegistry), AllowPrivate: s.truth("allow-private-registry")}
	m.downloads = s.downloadsFor(m.net.Registry)
	return m
}

// operands reads the names of packages and scopes.
func (s *settings) operands(m *monitoring, operands []string) {
	if len(operands) == 0 {
		s.mistake("monitor wants what to look at: names of packages, or @scope")
	}
	for _, text := range operands {
		switch scope, isScope := strings.CutPrefix(text, "@"); {
		case isScope && !strings.Contains(text, "/") && npm.ValidName(text+"/x") == nil && scope != "":
			m.scopes = append(m.scopes, text)
		case npm.ValidName(text) != nil:
			s.mistake("%q is neither the name of a package nor @scope; versions are not named, all of them are looked at", text)
		default:
			m.names = append(m.names, text)
		}
	}
}

// signer reads who must have signed verdicts.
func (s *settings) signer(m *monitoring) {
	for _, name := range []string{"certificate-identity", "certificate-oidc-issuer", "repository", "workflow", "runner"} {
		if strings.ContainsAny(s.text(name), "*?") {
			s.mistake("-%s %q: identities are compared exactly, nothing stands for other characters", name, s.text(name))
		}
	}
	m.owner, m.name = s.repository()
	m.who = s.identity()
	if file := s.text("key"); file != "" {
		if pem, ok := s.file("key", file, maxKeyFile); ok {
			var err error
			if m.key, err = verify.ParsePublicKey(pem); err != nil {
				s.mistake("-key %s: %s", file, err)
			}
		}
	}
}

// courtsOf returns the repositories at GitHub that hold the verdicts of a package: the
// flag's, else those that the policy says it is built by, else the folder's own.
func (m *monitoring) courtsOf(e *policy.Effective, own string) (courts []place) {
	if m.key != nil { // GitHub stores what was signed without one
		return nil
	}
	if m.owner != "" {
		return []place{{m.owner, m.name, ""}}
	}
	for _, at := range e.Monitor.BuiltBy {
		rest, hub := strings.CutPrefix(at, "https://github.com/")
		parts := strings.SplitN(rest, "/", 3)
		if !hub || len(parts) < 2 || strings.ContainsAny(rest, `*?[\`) {
			continue // a pattern is nobody to ask
		}
		one := place{owner: parts[0], name: parts[1]}
		if len(parts) == 3 {
			one.workflow = path.Clean(parts[2])
		}
		courts = append(courts, one)
	}
	if owner, name, ok := strings.Cut(own, "/"); ok && len(courts) == 0 {
		courts = []place{{owner: owner, name: name}}
	}
	return courts[:min(len(courts), maxCourts)]
}

// maxCourts is how many repositories are asked about one version.
const maxCourts = 5

// A place is a repository at GitHub, and perhaps a workflow of it.
type place struct{ owner, name, workflow string }

// signers returns who may have signed verdicts; nil: nobody is known.
func (m *monitoring) signers(courts []place) (all []verify.Signer) {
	if m.key != nil || m.who != nil {
		return []verify.Signer{m.signer(place{})}
	}
	for _, c := range courts {
		all = append(all, m.signer(c))
	}
	return all
}

// signer returns who signs the verdicts of a repository.
func (m *monitoring) signer(at place) verify.Signer {
	switch {
	case m.key != nil:
		return verify.Signer{Key: m.key}
	case m.who != nil:
		return verify.Signer{Identity: m.who}
	}
	return verify.Signer{Identity: &verify.Identity{Issuer: verify.GitHubActions, Repository: "https://github.com/" + at.owner + "/" + at.name,
		Workflow: at.workflow, Runner: "github-hosted", NoPullRequest: true}}
}

package cli

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/sign"
)

// maxValue is the longest valid value of a flag or input, in bytes; that of
// -workspace may list thousands of folders.
const maxValue, maxMembers = 4096, 120_000

// settings reads options one by one and collects the mistakes, so that the user
// sees all of them at once.
type settings struct {
	values   values
	known    []option
	runner   bool
	mistakes []string
	hints    []string // flags of verify that the user can paste
}

func (s *settings) mistake(format string, args ...any) {
	s.mistakes = append(s.mistakes, fmt.Sprintf(format, args...))
}

// text returns the value of an option, or its default.
func (s *settings) text(name string) string {
	value, given := s.values[name]
	if !s.plain(name, value) {
		return ""
	}
	if given && value != "" {
		return value
	}
	if def, ok := actionDefaults[name]; ok && s.runner {
		return def
	}
	return s.known[s.index(name)].def
}

func (s *settings) index(name string) int {
	return slices.IndexFunc(s.known, func(o option) bool { return o.name == name })
}

// word returns the value of an option that accepts a few words.
func (s *settings) word(name string, words ...string) string {
	value := s.text(name)
	if value != "" && !slices.Contains(words, value) {
		s.mistake("-%s %q is not one of %s", name, value, strings.Join(words, ", "))
		return ""
	}
	return value
}

func (s *settings) truth(name string) bool { return s.word(name, "true", "false") == "true" }

// plain refuses a value that is no line of text.
func (s *settings) plain(name, value string) bool {
	longest := maxValue
	if name == "workspace" {
		longest = maxMembers
	}
	switch {
	case len(value) > longest:
		s.mistake("-%s is longer than %d bytes", name, longest)
	case strings.ContainsAny(value, "\n\r\x00"):
		s.mistake("-%s holds a line break or NUL byte", name)
	default:
		return true
	}
	return false
}

// rows returns the lines of an option that may be given several times.
func (s *settings) rows(name string) []string {
	var rows []string
	for row := range strings.Lines(s.values[name]) {
		if row = strings.TrimSpace(row); row != "" && s.plain(name, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// policies reads which policy files are named: the policy, or an organisation's
// and the package's own.
func (s *settings) policies(w *gate.Where) {
	switch rows := s.rows("policy"); len(rows) {
	case 0:
	case 1:
		w.Policy = rows[0]
	case 2:
		w.Organisation, w.Policy = rows[0], rows[1]
		if rows[0] == rows[1] {
			s.mistake("-policy names %s twice: the first is an organisation's policy, the second the package's own", rows[0])
		}
	default:
		s.mistake("-policy is given %d times: once, or twice for an organisation's policy and the package's own", len(rows))
	}
}

// list splits a comma-separated value.
func (s *settings) list(name string) []string {
	var items []string
	for item := range strings.SplitSeq(s.text(name), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// reports reads which further reports are written, each once.
func (s *settings) reports() (names []string) {
	known := gate.ReportNames()
	for _, name := range s.list("report") {
		switch {
		case !slices.Contains(known, name):
			s.mistake("-report %q is not one of %s%s", name, strings.Join(known, ", "), meant(name, known))
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return names
}

// meant returns the known word that is most like an unknown one, as a question.
func meant(word string, known []string) string {
	if best := display.Nearest(word, known); best != "" {
		return "; did you mean " + best + "?"
	}
	return ""
}

// span returns the value of an option that is a time budget.
func (s *settings) span(name string) time.Duration {
	d, err := time.ParseDuration(s.text(name))
	if err != nil || d <= 0 || d > 24*time.Hour {
		s.mistake("-%s wants a time such as 90s or 10m, at most 24h", name)
		d, _ = time.ParseDuration(s.known[s.index(name)].def) // the default bounds the run in which the mistake is reported
	}
	return d
}

// address returns the address an option holds.
func (s *settings) address(name string) string { return s.checked(name, s.text(name)) }

// checked refuses a value that is not a plain address. The user is trusted:
// http and loopback addresses are allowed.
func (s *settings) checked(name, value string) string {
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" {
		s.mistake("-%s wants an http or https address without credentials or query", name)
		return ""
	}
	return value
}

// folder returns the one directory that was given.
func (s *settings) folder(dirs []string) string {
	switch len(dirs) {
	case 0:
		return "."
	case 1:
		return dirs[0]
	}
	s.mistake("one folder at a time, but %d were given: %q", len(dirs), dirs)
	return ""
}

// epoch reads SOURCE_DATE_EPOCH (reproducible-builds.org): seconds since 1970.
func (s *settings) epoch(p Process) time.Time {
	text := p.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds > 253402300799 { // the year 9999
		s.mistake("SOURCE_DATE_EPOCH is not a number of seconds")
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// configure converts values to a configuration. It returns all mistakes together,
// before anything is judged or sent. It reads no file but those that say how to
// sign. If there are mistakes, the configuration has only the deadline, which
// limits how long reporting them may take.
func configure(p Process, v values, dirs []string, runner *action.Runner, mistakes []string) (gate.Config, error) {
	s := &settings{values: v, known: slices.Concat(options, inputsOnly), runner: runner != nil, mistakes: mistakes}
	if dir, given := v["directory"]; given {
		dirs = append(dirs, dir)
	}
	c := gate.Config{
		Where: gate.Where{
			Dir: s.folder(dirs), Tarball: s.text("tarball"), Lockfile: s.text("lockfile"), Out: s.text("out"),
		},
		Judging: gate.Judging{PreviousTarball: s.text("previous")},
		Writing: gate.Writing{
			SBOMVersion: s.word("sbom-version", "1.4", "1.5", "1.6", "1.7"), SBOMFiles: s.truth("sbom-files"), Epoch: s.epoch(p),
			Reports: s.reports(),
		},
		Acting: gate.Acting{
			Key: s.text("key"), Password: password(p), IDToken: s.idToken(p, runner),
			Job:         attest.Environment(p.Env),
			Sigstore:    s.sigstore(p, runner),
			GitHubToken: credential.New(cmp.Or(v["github-token"], p.Getenv("GITHUB_TOKEN"))),
			Access:      s.access(), Tag: s.text("tag"), Tags: s.list("tags"), DryRun: s.truth("dry-run"),
			Publisher: publisher(p, runner), Receipt: s.text("receipt"), Judged: s.text("judged"),
		},
		Net: gate.Net{
			Offline: s.truth("offline"), NPMRC: s.text("npmrc"), Cache: s.text("cache"), Proxy: s.address("https-proxy"), CAFile: s.text("ca-file"),
			Token:          s.registryToken(p),
			RegistryTokens: registryTokens(p.Env), Version: Version(), Binary: binaryDigest, Now: p.Now, Resolver: p.Resolver,
		},
		Started: gate.Started{Trigger: action.Started(p.Getenv), Runner: runner},
	}
	s.policies(&c.Where)
	s.word("format", "text", "json", "markdown")
	s.judging(&c)
	s.acting(&c)
	s.members(&c)
	s.signingMistakes(&c)
	if len(s.mistakes) > 0 {
		return gate.Config{Deadline: c.Deadline}, &UsageError{s.mistakes}
	}
	return c, nil
}

// judging reads the options that say what is checked and how strictly.
func (s *settings) judging(c *gate.Config) {
	if level := s.word("audit-level", "info", "low", "moderate", "high", "critical", "none"); level != "" {
		c.AuditLevel = &policy.Threshold{Severity: finding.ParseSeverity(level), Never: level == "none"}
	}
	c.VEX = s.list("vex")
	for _, scope := range s.list("omit") {
		if !slices.Contains([]string{"dev", "optional", "peer"}, scope) {
			s.mistake("-omit %q is not one of dev, optional, peer", scope)
		}
		c.Omit = append(c.Omit, npm.Scope(scope))
	}
	if c.Previous = s.text("previous-version"); c.Previous != "" && c.Previous != gate.NoPrevious {
		if _, err := npm.ParseVersion(c.Previous); err != nil {
			s.mistake("-previous-version %q is neither a version nor none", c.Previous)
		}
	}
	c.Sources = s.advisorySources(c.Offline)
	c.Deadline = s.span("deadline")
}

// advisorySources reads -advisories.
func (s *settings) advisorySources(offline bool) (specs []gate.SourceSpec) {
	items := s.list("advisories")
	// The runner passes the default as if the user had set it.
	said := s.values["advisories"]
	if offline && (said == "" || s.runner && said == s.known[s.index("advisories")].def) {
		items = []string{"snapshot"}
	}
	if len(items) == 0 {
		s.mistake("-advisories names no source; without one nothing can be audited")
	}
	for _, item := range items {
		kind, arg, _ := strings.Cut(item, ":")
		switch {
		case kind == "snapshot" && arg == "", kind == "file" && arg != "":
		case kind == "npm" || kind == "osv":
			arg = s.checked("advisories "+kind, arg)
			if offline {
				s.mistake("-offline goes with snapshot or file:PATH, not with -advisories %s", kind)
			}
		default:
			s.mistake("-advisories %q is not one of npm, osv, file:PATH, snapshot", item)
		}
		specs = append(specs, gate.SourceSpec{Kind: kind, Arg: arg})
	}
	return specs
}

// acting reads the options that say what happens to a package that passed.
func (s *settings) acting(c *gate.Config) {
	s.signing(c)
	c.Upload, c.Store = s.upload("upload-sarif"), s.upload("upload-attestations")
	c.Submit = s.truth("submit-dependencies")
	c.Comment = map[string]gate.Mode{"on-change": gate.OnChange, "always": gate.Always}[s.word("comment", "never", "on-change", "always")]
	if c.Store == gate.Always && c.Sign == gate.Never {
		s.mistake("-upload-attestations always needs attestations: say -sign keyless, or leave it out")
	}
	c.SARIFRef, c.Category = s.sarifRef(c.Runner), s.category()
	s.apiAddress(c)
	c.Scopes = s.scopeRegistries()
	c.Registry, c.AllowPrivate = cmp.Or(s.address("registry"), npm.PublicRegistry), s.truth("allow-private-registry")
	s.publishing(c)
	if t := c.Trigger; t != nil && t.ByStrangers() {
		s.refuseStrangers(c, t.Name)
	}
	if c.Offline {
		s.offline(c)
	}
}

// upload reads when something is uploaded to GitHub.
func (s *settings) upload(name string) gate.Mode {
	return map[string]gate.Mode{"auto": gate.Auto, "always": gate.Always}[s.word(name, "never", "auto", "always")]
}

// refuseStrangers refuses to act on an event by which anybody can start a run
// with the repository's rights. It does so before anything is read: the
// checked-out files may be a stranger's.
func (s *settings) refuseStrangers(c *gate.Config, event string) {
	const why = "anybody can start a run on the event %s, with this repository's rights: sign and publish on " +
		"push, release or workflow_dispatch"
	if c.Publish != gate.Never {
		s.mistake("-publish %s: "+why, s.text("publish"), event)
	}
	if c.Sign != gate.Never && c.Sign != gate.Auto {
		s.mistake("-sign %s: "+why, s.text("sign"), event)
	}
}

// offline refuses what needs a network.
func (s *settings) offline(c *gate.Config) {
	if c.Sign == gate.Keyless || c.Sign == gate.GitHub {
		s.mistake("-offline does not go with -sign %s", s.text("sign"))
	}
	if c.Sign == gate.Key && (c.Sigstore.Rekor != "" || c.Sigstore.TSA != "" || c.Sigstore.SigningConfig != "") {
		s.mistake("-offline does not go with a log or a timestamp authority for -sign key")
	}
	if c.Sign == gate.Key && sign.IsKMS(c.Key) {
		s.mistake("-offline does not go with a key in a key management service")
	}
	if c.Upload == gate.Always {
		s.mistake("-offline does not go with -upload-sarif always")
	}
	if c.Store == gate.Always {
		s.mistake("-offline does not go with -upload-attestations always")
	}
	c.Store = gate.Never
	if c.Publish != gate.Never {
		s.mistake("-offline does not go with -publish %s", s.text("publish"))
	}
	if c.Upload == gate.Auto {
		c.Upload = gate.Never
	}
	if c.Sign == gate.Auto {
		c.Sign = gate.Never
	}
}

// password returns the password of the key. cosign's keys may have an empty
// password: the variable is then set to nothing.
func password(p Process) credential.Secret {
	if value, set := p.lookupEnv("COSIGN_PASSWORD"); set {
		return credential.Exact(value)
	}
	return credential.Secret{}
}

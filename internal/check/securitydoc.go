package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/pattern"
)

// SecurityDoc is SECURITY.md as the repository has it.
type SecurityDoc struct {
	File string // slash path relative to DIR; where there is none, SECURITY.md
	None bool   // there is none
	Text string
	More string // text of security.txt and security-insights.yml, which may say how to report as well
}

var securityContactRule = finding.Rule{
	ID:    "security-contact-missing",
	Title: "SECURITY.md does not say where to report a vulnerability.",
	Why:   "Who finds a hole and knows nobody to tell sells it, or writes it into a public issue.",
	Help: "Write an address into SECURITY.md, or the link to the repository's private vulnerability reporting, " +
		"`https://github.com/OWNER/REPO/security/advisories/new`.",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "security"},
}

var securityPlaceholderRule = finding.Rule{
	ID:       "security-placeholder",
	Title:    "SECURITY.md still has what a template put there.",
	Why:      "A sentence that tells the maintainers what to write tells a reporter nothing, and nobody reads mail at example.com.",
	Help:     "Replace the sentence or the address by your own.",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "security"},
}

var securityPublicRule = finding.Rule{
	ID:       "security-public-only",
	Title:    "SECURITY.md names no private way to report a vulnerability.",
	Why:      "What is reported in a public issue is read by attackers before anybody can mend it.",
	Help:     "Write a mail address into SECURITY.md, or switch on the repository's private vulnerability reporting and link to it.",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "security"},
}

var securityTimelineRule = finding.Rule{
	ID:       "security-timeline-missing",
	Title:    "SECURITY.md does not promise a time that the policy asks for.",
	Why:      "Without a time a reporter does not know when silence means that nobody read the report.",
	Help:     "Write the time into SECURITY.md, as a sentence with its unit: within 48 hours.",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "security"},
}

var securitySectionRule = finding.Rule{
	ID:       "security-section-missing",
	Title:    "SECURITY.md lacks something that the policy asks for.",
	Why:      "The policy names what a reporter must be told.",
	Help:     "Write what each finding names into SECURITY.md: words in a sentence, a section as a heading with text below it.",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "security"},
}

var securityContradictsRule = finding.Rule{
	ID:       "security-contradicts",
	Title:    "SECURITY.md promises another time than the policy file enforces.",
	Why:      "One of the two is wrong: either releases are held to a promise that nobody made, or the promise is not kept by the gate.",
	Help:     "Write the same time into SECURITY.md and into `sla` of the policy file.",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "policy"},
}

var (
	// templates are sentences of the templates that people start from: GitHub's,
	// and those of usual generators.
	templates = pattern.New(`(?i)use this section to tell people|tell them where to go, how often they can expect|` +
		`currently being supported with security updates\.?\s*$|\[insert [^\]]{1,60}\]|` +
		`<your[- ][^>]{1,60}>|(?-i:\bYOUR[-_ ](?:EMAIL|NAME|COMPANY|PROJECT)\b)|\blorem ipsum\b`)
	exampleHosts = pattern.New(`(?i)[@./](?:[a-z0-9-]+\.)*example\.(?:com|org|net)\b|` +
		`@(?:yourdomain|domain|company|your-company)\.[a-z]+`)
	mailAddress = pattern.New(`(?i)[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}`)
	privateLink = pattern.New(`(?i)https://[^\s)>\]]*(?:/security/advisories|/security/policy|` +
		`hackerone\.com|bugcrowd\.com|intigriti\.com|huntr\.)[^\s)>\]]*`)
	keyAddress = pattern.New(`(?i)https://[^\s)>\]]*(?:pgp|gpg|key|\.asc)[^\s)>\]]*`)
	anyLink    = pattern.New(`(?i)https://[^\s)>\]]+`)
	keyLink    = pattern.New(`(?i)pgp|gpg|\bkeys?\b|\.asc$`)
	keyText    = pattern.New(`(?i)\b(?:pgp|gpg|openpgp|age1[a-z0-9]{20,}|encrypt)`)
	keyBlock   = pattern.New(`-----BEGIN PGP PUBLIC KEY BLOCK-----|(?i)\b(?:[0-9a-f]{4} ?){10}\b|\bage1[a-z0-9]{50,}`)
)

var securityDocument = Check{
	Rules: []finding.Rule{securityContactRule, securityPlaceholderRule, securityPublicRule, securityTimelineRule, securitySectionRule,
		securityContradictsRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Security == nil || s.Security.None && s.Tarball != nil && slices.ContainsFunc(s.Policy.Docs.Require, func(doc string) bool {
			return IsSecurityDoc(doc) && !s.ships(doc)
		}) {
			return nil // missing-doc tells it
		}
		w := securityWalk{s: s, promises: timesSaid(s.Security.Text)}
		w.placeholders()
		w.channels()
		w.times()
		w.words()
		return w.found
	},
}

// IsSecurityDoc reports whether a name of docs.require is that of SECURITY.md.
func IsSecurityDoc(doc string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(doc), ".")
	return stem == "security"
}

// A securityWalk collects what is wrong with SECURITY.md.
type securityWalk struct {
	s        *Subject
	promises []timeSaid
	found    []finding.Finding
}

func (w *securityWalk) add(rule *finding.Rule, line int, subject, format string, args ...any) {
	w.found = append(w.found, finding.Finding{Rule: rule.ID, Severity: rule.Severity, Level: finding.Always, File: w.s.Security.File,
		Line: line, Subject: subject, Message: fmt.Sprintf(format, args...), Fix: rule.Help})
}

// placeholders finds what a template left. Each line is one finding.
func (w *securityWalk) placeholders() {
	number := 0
	for line := range strings.Lines(w.s.Security.Text) {
		number++
		for _, sample := range []*pattern.Expr{templates, exampleHosts} {
			if m := sample.FindString(line); m != "" {
				w.add(&securityPlaceholderRule, number, strings.ToLower(strings.TrimSpace(line)), "%s:%d is as a template has it: %q.",
					w.s.Security.File, number, clip(strings.TrimSpace(line)))
				break
			}
		}
	}
}

// channels looks for where a vulnerability is reported. What stands at an example
// host is nowhere.
func (w *securityWalk) channels() {
	want, text := &w.s.Policy.Docs.Security, w.s.Security.Text+"\n"+w.s.Security.More
	real := func(channel *pattern.Expr) bool {
		for _, m := range channel.FindAllString(text, -1) {
			if !exampleHosts.MatchString(m) && !(channel == anyLink && keyLink.MatchString(m)) {
				return true
			}
		}
		return false
	}
	private := real(mailAddress) || real(privateLink) || strings.Contains(strings.ToLower(text), "private vulnerability reporting")
	switch {
	case want.Contact && !private && !real(anyLink):
		w.add(&securityContactRule, 0, "contact", "%s names neither an address nor a link at which a vulnerability is reported.",
			w.s.Security.File)
	case want.Private && !private:
		w.add(&securityPublicRule, 0, "private", "%s names no mail address and no private reporting: only public places are left.",
			w.s.Security.File)
	}
	if want.Encryption && !(keyBlock.MatchString(text) || keyText.MatchString(text) && (real(anyLink) || real(keyAddress))) {
		w.add(&securitySectionRule, 0, "encryption", "%s gives no key to encrypt a report with, nor a link to one.", w.s.Security.File)
	}
}

// Words by which a time is told to be of what it is.
var (
	answering  = []string{"acknowledg", "respon", "repl", "receipt", "confirm", "hear back", "get back"}
	assessing  = []string{"triage", "validat", "assess", "priorit", "evaluat", "investigat", "initial analysis"}
	disclosing = []string{"disclos", "embargo", "public"}
	patching   = []string{"patch", "fix", "release", "resol", "remediat", "mitigat", "update"}
)

// times looks for the times that must be promised, and holds them against sla.
func (w *securityWalk) times() {
	want, file := &w.s.Policy.Docs.Security, w.s.Security.File
	for _, t := range []struct {
		key, what string
		most      time.Duration
		words     []string
	}{{"acknowledge", "an acknowledgement", want.Acknowledge, answering}, {"triage", "triage", want.Triage, assessing},
		{"disclosure", "disclosure", want.Disclosure, disclosing}} {
		if t.most > 0 && !isPromised(w.promises, t.most, t.words...) {
			w.add(&securityTimelineRule, 0, t.key, "%s promises no time of at most %s for %s (docs.security.%s).", file, days(t.most),
				t.what, t.key)
		}
	}
	for _, severity := range []finding.Severity{finding.Critical, finding.High, finding.Moderate, finding.Low} {
		for _, t := range []struct {
			key   string
			most  time.Duration
			words []string
		}{{"respond", want.Respond[severity], answering}, {"patch", want.Patch[severity], patching}} {
			if p := bySeverity(w.promises, severity, t.words); t.most > 0 && (p == nil || p.span > t.most) {
				w.add(&securityTimelineRule, 0, severity.String()+" "+t.key,
					"%s promises no time of at most %s for what is %s (docs.security.severities.%s.%s).",
					file, days(t.most), severity, severity, t.key)
			}
		}
		p, sla := bySeverity(w.promises, severity, patching), w.s.Policy.SLA[severity].Within
		if want.Asked() && p != nil && sla > 0 && p.span != sla && !hasAny(p.head, answering) {
			w.add(&securityContradictsRule, 0, severity.String(), "%s promises a fix of what is %s within %s, sla.%s of the policy file says %s.",
				file, severity, days(p.span), severity, days(sla))
		}
	}
}

// words looks for what else must be said.
func (w *securityWalk) words() {
	want, file := &w.s.Policy.Docs.Security, w.s.Security.File
	text := strings.ToLower(strings.Join(strings.Fields(w.s.Security.Text), " "))
	for _, words := range append(append([]string{}, want.Asks...), want.Channels...) {
		if !strings.Contains(text, strings.ToLower(words)) {
			w.add(&securitySectionRule, 0, words, "%s does not speak of %q.", file, words)
		}
	}
	if want.Credit && !hasAny(text, []string{"credit", "hall of fame", "thank", "attribut"}) {
		w.add(&securitySectionRule, 0, "credit", "%s does not say whether reporters are credited.", file)
	}
	all := sections(w.s.Security.Text)
	for _, title := range want.Sections {
		if !isWritten(all, title) {
			w.add(&securitySectionRule, 0, title, "%s has no section about %q with something below its heading.", file, title)
		}
	}
}

// isWritten reports whether a section with these words in its heading says something.
func isWritten(all []section, words string) bool {
	for _, one := range all {
		if strings.Contains(strings.ToLower(one.title), strings.ToLower(words)) && one.says != "" {
			return true
		}
	}
	return false
}

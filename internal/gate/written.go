package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/written"
)

// maxEvidence is the largest file that a review or a control may name, in bytes.
const maxEvidence = 32 << 20

// readWritten reads the policy that people wrote and its line file, if the
// policy file names them. Both are those of the change under test, if there is
// one, and so is the policy file that answers them: what is told is whether they
// fit together once it is merged. That they are looked at at all, the base
// decides.
func readWritten(w Where, r rules, p place, git gitCheckout, name string) (*check.Written, error) {
	named := r.policy.Document
	if named.File == "" {
		return nil, nil
	}
	parsed := r.parsed
	if git.base != nil {
		if changed, err := readPolicy(w, p, gitCheckout{}, name); err == nil && (w.Policy == "" || w.Organisation != "") &&
			len(changed.files) > 0 {
			parsed = changed.parsed
		}
	}
	read := func(key, name string) ([]byte, string, error) {
		data, shown, err := p.either(name, written.MaxBytes)
		if err == nil && data == nil {
			err = fmt.Errorf("%w: %s: document.%s names %s, which is not there", ErrUsage, r.policy.File, key, name)
			if key == "lines" {
				err = fmt.Errorf("%w; draft it: publishgate policy lines -o %s", err, name)
			}
		}
		return data, shown, err
	}
	prose, shown, err := read("file", named.File)
	if err != nil {
		return nil, err
	}
	lines, linesShown, err := read("lines", named.Lines)
	if err != nil {
		return nil, err
	}
	c, err := cover(parsed, prose, shown, lines, linesShown)
	if err != nil {
		return nil, err
	}
	return &check.Written{Prose: shown, Lines: linesShown, Coverage: c}, nil
}

// cover holds a prose against its line file.
func cover(parsed *policy.Policy, prose []byte, shown string, lines []byte, linesShown string) (*written.Coverage, error) {
	statements, err := written.Statements(prose)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	answers, err := written.ParseAnswers(lines, linesShown)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	c := written.Cover(statements, answers, func(target string) (written.Class, string) { return stands(parsed, target) })
	c.ProseSHA256, c.LinesSHA256 = hexSHA256(prose), hexSHA256(lines)
	return c, nil
}

// stands says in which class a target of the line file answers a line.
func stands(p *policy.Policy, target string) (written.Class, string) {
	kind, name, ok := strings.Cut(target, ":")
	if !ok || strings.Contains(kind, ".") {
		stated, wrong := p.Standing(target)
		switch {
		case wrong != "":
			return written.Unenforced, wrong
		case stated:
			return written.Declared, ""
		}
		return written.Enforced, ""
	}
	switch kind {
	case "rule":
		all := Rules()
		if key := keyOf[name]; key != "" {
			if _, wrong := p.Standing(key); wrong != "" {
				return written.Unenforced, "finds nothing: " + key + " " + wrong
			}
		}
		if slices.ContainsFunc(all, func(r finding.Rule) bool { return r.ID == name }) {
			return written.Enforced, ""
		}
		ids := make([]string, len(all))
		for i := range all {
			ids[i] = all[i].ID
		}
		if near := display.Nearest(name, ids); near != "" {
			return written.Unenforced, "is no rule of this version (did you mean rule:" + near + "?)"
		}
		return written.Unenforced, "is no rule of this version"
	case "evidence":
		if slices.Contains(alwaysWritten, name) {
			return written.Enforced, ""
		}
		return written.Unenforced, "is no file that is written in each run: " + strings.Join(alwaysWritten, ", ")
	case "review":
		if p.HasReview(name) {
			return written.Reviewed, ""
		}
		return written.Unenforced, "is no review of the policy file"
	case "control":
		if p.HasControl(name) {
			return written.Controlled, ""
		}
		return written.Unenforced, "is no control of the policy file"
	}
	return written.Unenforced, "is neither a key nor rule:, review:, control: or evidence:"
}

// keyOf says which key of the policy file a rule needs: without it the rule finds
// nothing. Rules that need none are not here.
var keyOf = map[string]string{
	"license-denied": "licenses.deny", "required-version": "dependencies.require", "required-range-vulnerable": "dependencies.require",
	"release-too-young":    "dependencies.min-release-age",
	"release-time-missing": "dependencies.min-release-age", "unpinned": "dependencies.pinned",
	"override-undocumented": "dependencies.overrides.documented",
	"override-unreviewed":   "dependencies.overrides.review-every", "install-script": "dependencies.install-scripts.allow",
	"vulnerable-range":  "dependencies.vulnerable-range",
	"signature-missing": "dependencies.signatures", "signature-invalid": "dependencies.signatures",
	"attestation-missing": "dependencies.attestations.require", "attestation-invalid": "dependencies.attestations.require",
	"attestation-elsewhere": "dependencies.attestations.require",
	"trust-lowered":         "dependencies.attestations.downgrade",
	"publisher-new":         "dependencies.since-release.new-publisher", "maintainers-replaced": "dependencies.since-release.new-maintainers",
	"install-script-unused": "dependencies.install-scripts.allow", "install-script-wide": "dependencies.install-scripts.versions",
	"install-script-changed": "dependencies.since-release.install-scripts",
	"build-tool-unpinned":    "dependencies.build-path", "build-tool-unclear": "dependencies.build-path",
	"release-revived":  "dependencies.since-release.revived",
	"discouraged-file": "files.warn", "file-too-large": "files.max-size", "file-missing": "files.require",
	"script-missing": "manifest.scripts.require", "missing-doc": "docs.require", "readme-section": "docs.readme-sections",
	"readme-section-empty": "docs.readme-sections", "env-undeclared": "env.declared", "env-whole": "env.declared",
	"env-unvalidated": "env.validated", "env-undocumented": "env.documented", "host-undeclared": "content.hosts",
	"import-denied": "content.imports.deny", "effectful-import": "content.kind",
	"publish-access": "publish.access", "publish-direct": "publish.via", "publish-provenance": "publish.provenance",
	"credential-kind": "publish.credential", "token-too-old": "publish.tokens.max-age",
	"token-unbounded": "publish.tokens.require-cidr", "token-too-wide": "publish.tokens.scope",
	"publish-unapproved": "publish.require-2fa", "security-contact-missing": "docs.security.contact",
	"security-public-only": "docs.security.private", "review-overdue": "reviews", "review-undone": "reviews",
	"supported-versions-missing": "versions.supported", "supported-versions-unclear": "versions.supported",
	"supported-versions-stale": "versions.supported", "unsupported-release": "versions.supported",
	"supported-deprecated": "versions.supported", "end-of-life-undeprecated": "versions.supported",
	"tag-on-unsupported": "versions.supported", "dist-tag-back": "versions.dist-tags", "supported-untagged": "versions.dist-tags",
	"superseded-not-deprecated": "versions.superseded",
	"control-expired":           "controls", "publisher-unacknowledged": "about.acknowledged-by", "policy-change-unlogged": "about.changes",
	"publish-bypass": "publish.bypass", "commit-unreviewed": "source.review", "branch-unprotected": "source.protected",
	"check-missing": "source.checks", "check-failed": "source.checks", "scan-stale": "source.scans",
	"published-unknown": "monitor.publishes", "published-differs": "monitor.publishes", "published-unsigned": "monitor.publishes",
	"published-elsewhere": "monitor.publishes", "published-unverified": "monitor.publishes",
	"version-gone": "monitor.publishes", "staged-unknown": "monitor.publishes",
	"publisher-unknown": "monitor.access", "tag-moved": "monitor.tags", "supported-vulnerable": "monitor.vulnerabilities",
	"downloads-unusual": "monitor.downloads", "monitor-overdue": "monitor.state",
	"source-unverified": "source.vsa", "source-environment": "source.environment",
}

// alwaysWritten are the files of the evidence that each run writes.
var alwaysWritten = []string{verdictFile, sbomFile, sarifFile, markdownFile, htmlFile, "SHA256SUMS", "SHA512SUMS"}

// readKept looks in the commit for the evidence that reviews and controls name.
// On a change under test that is the base commit, whose dates count too, or else
// the change's own: a record may be older than what names it.
func readKept(e *policy.Effective, p place, git gitCheckout, name string) (map[string]check.Kept, error) {
	kept := map[string]check.Kept{}
	var paths []string
	for _, r := range e.Reviews {
		paths = append(paths, r.Evidence.Path)
	}
	for _, c := range e.Controls {
		if c.About(name) {
			paths = append(paths, c.Evidence.Path)
		}
	}
	for _, file := range paths {
		if _, known := kept[file]; known || file == "" {
			continue
		}
		one, err := git.kept(p, file)
		if err != nil {
			return kept, gitError(err)
		}
		kept[file] = one
	}
	return kept, nil
}

// kept looks for one file, in the package's directory or else at the root.
func (c gitCheckout) kept(p place, file string) (check.Kept, error) {
	data, why, err := c.read(p, file, maxEvidence)
	if err != nil || why != "" {
		return check.Kept{Why: why}, err
	}
	sum := sha256.Sum256(data)
	return check.Kept{SHA256: hex.EncodeToString(sum[:])}, nil
}

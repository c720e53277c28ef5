package policy

import (
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// builtin returns the built-in policy: the value of every key that nobody set.
// It is meant for a package whose owners have not written a policy yet. It
// blocks what hardly anybody wants to publish, and leaves matters of taste
// alone:
//
//   - scopes: prod, optional and peer block at high, dev at none, because a build
//     tool does not reach consumers; the report counts what that leaves out.
//     Malware blocks in every scope. An audit-level that the user sets applies to
//     dev too. There is no sla.
//   - advisories.require: one; advisories.max-age: 24h; no advisories.fallback:
//     without a source there is no decision.
//   - licenses: nothing is denied, unknown ones warn. Which licences are
//     acceptable is for the owner's lawyers to decide, not for a tool.
//   - secrets are always searched for; there is no baseline, nothing is allowed.
//   - files.forbid lists credentials and tool state (builtinForbid). These
//     patterns stay when a policy writes its own list; files.allow lifts one.
//     Letter case does not matter.
//   - leftovers of editors, systems and CI (builtinLitter) give one warning.
//   - dependencies.pinned: exact-or-locked. "*", "latest" and "" always block.
//   - exceptions end at most 365 days ahead; vex.max-age: 365d.
//   - dependencies.vulnerable-range: warn. Nearly every range admits some
//     affected version; a consumer's lockfile decides what they get.
//   - publish.unrun-scripts: block-on-publish; publish.invisible: block. Nothing
//     is said about roads, credentials and second factors: the user chooses.
//   - signing.outage: block; signing.require: nothing.
//   - release-diff: every rule warns. A release is there to change something.
//   - everything else is not checked until it is set.
func builtin() *Effective {
	e := &Effective{
		Thresholds: map[npm.Scope]Threshold{
			npm.Prod:     {Severity: finding.High},
			npm.Optional: {Severity: finding.High},
			npm.Peer:     {Severity: finding.High},
			npm.Dev:      {Never: true},
		},
		DevUnset: true,
		SLA:      map[finding.Severity]Deadline{},
		Omit:     map[npm.Scope]bool{},
	}
	e.Advisories.MaxAge = 24 * time.Hour
	e.ExceptionsMax = map[finding.Severity]time.Duration{}
	e.VEX.MaxAge = maxException
	e.Licenses.Unknown = finding.Advice
	e.Files.Forbid = slices.Clone(builtinForbid)
	e.Files.Litter = slices.Clone(builtinLitter)
	e.Dependencies.Pinned = ExactOrLocked
	e.Dependencies.VulnerableRange = RangeWarn
	e.Dependencies.SinceRelease.After = defaultSilence
	e.Publish.UnrunScripts = UnrunBlockOnPublish
	e.Incident = builtinIncident()
	e.Diff = map[string]DiffRule{}
	for _, rule := range DiffRules {
		e.Diff[rule] = DiffWarn
	}
	e.Dependencies.Require, e.Dependencies.RequireLines = map[string]string{}, map[string]int{}
	e.Dependencies.OverrideReasons = map[string]OverrideReason{}
	e.Monitor.Every = map[string]time.Duration{}
	e.Reviews, e.Controls = map[string]Review{}, map[string]Control{}
	return e
}

// builtinForbid lists files that hold credentials wherever they appear, in
// gitignore syntax. A public key or a template is often shipped on purpose, so
// the list names private keys and leaves .env.example alone.
var builtinForbid = []string{
	".env*", "!.env.example", "!.env.sample", "!.env.template",
	"*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore",
	"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
	".npmrc", ".yarnrc.yml", ".netrc", ".pypirc", ".git-credentials",
	".aws/", ".ssh/", ".gnupg/", ".docker/config.json", ".kube/config",
	".git/", ".hg/", ".svn/", ".bzr/", ".jj/", "CVS/", ".htpasswd",
	"*.ppk", "*.kdbx", "*.ovpn", ".vault-token", ".pgpass", ".my.cnf", ".s3cfg", ".boto", ".dockercfg", ".terraformrc",
	"*.tfstate", "*.tfstate.backup", ".azure/", ".config/gcloud/", ".terraform/", ".cargo/credentials",
	".cargo/credentials.toml",
	".gem/credentials", ".m2/settings.xml", ".composer/auth.json", "service-account*.json", "*-service-account.json",
}

// builtinLitter lists files that are packed by mistake and do no harm.
var builtinLitter = []string{
	".DS_Store", "._*", ".Spotlight-V100", ".Trashes", "Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN/",
	".vscode/", ".idea/", ".vs/", ".fleet/", ".zed/", ".history/", "*.swp", "*.swo", "*~", `\#*#`, ".#*",
	"*.sublime-project", "*.sublime-workspace", ".project", ".classpath", ".settings/",
	".github/", ".gitlab-ci.yml", ".gitlab/", ".circleci/", ".travis.yml", "appveyor.yml", ".appveyor.yml",
	"azure-pipelines.yml", ".azure-pipelines/", "Jenkinsfile", ".drone.yml", "bitbucket-pipelines.yml",
	".buildkite/", ".semaphore/", ".woodpecker/",
	".gitignore", ".gitattributes", ".gitmodules", ".git-blame-ignore-revs", ".mailmap", ".hgignore", ".hgtags",
	".svnignore", ".npmignore", ".husky/",
	".nyc_output/", ".coveralls.yml", "codecov.yml", ".codecov.yml", ".eslintcache", ".stylelintcache",
	"*.tsbuildinfo", ".turbo/", ".nx/", ".parcel-cache/", ".vercel/", ".netlify/",
	"npm-debug.log*", "yarn-error.log", "yarn-debug.log*", "pnpm-debug.log*", "lerna-debug.log*", "*.rej",
	"*.orig", "*.tgz",
}

// Forbids returns the patterns of files.forbid, the built-in ones and the policy's
// own.
func (e *Effective) Forbids() (built, own []string) {
	n := min(len(e.Files.Forbid), len(builtinForbid))
	return e.Files.Forbid[:n], e.Files.Forbid[n:]
}

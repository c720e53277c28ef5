package policy

import (
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// The built-in policy: what holds for every key that nobody set. It is meant
// to fit a package whose owners wrote no policy yet, so it blocks what hardly
// anybody wants to publish and has no opinion on what is a matter of taste:
//
//   - scopes: prod, optional and peer high, dev none, for a build tool reaches
//     no consumer; the report counts what that leaves out. Malware blocks in
//     every scope. An audit-level that somebody sets holds for dev too. No sla.
//   - advisories.require: one; advisories.max-age: 24h; no
//     advisories.fallback: without a source there is no decision.
//   - licenses: nothing is denied, unknown ones warn. Which licences are
//     acceptable is a decision of the owner's lawyers, not of a tool.
//   - secrets are always looked for; no baseline, nothing allowed.
//   - files.forbid holds credentials and tool state (builtinForbid). These
//     patterns stay when a policy writes its own list: files.allow lifts one.
//     Names count whatever their case is.
//   - what editors, systems and CI leave behind (builtinLitter) is one warning.
//   - dependencies.pinned: exact-or-locked. "*", "latest" and "" always block.
//   - exceptions end at most 365 days ahead; vex.max-age: 365d.
//   - dependencies.vulnerable-range: warn. Hardly a range in the world admits
//     no affected version; a consumer's lockfile decides what they get.
//   - publish.unrun-scripts: block-on-publish.
//   - release-diff: all of it warns. A release is there to change something.
//   - everything else is not checked until it is set.
func builtin() *Effective {
	e := &Effective{
		Thresholds: map[finding.Scope]Threshold{
			finding.Prod:     {Severity: finding.High},
			finding.Optional: {Severity: finding.High},
			finding.Peer:     {Severity: finding.High},
			finding.Dev:      {Never: true},
		},
		DevUnset: true,
		SLA:      map[finding.Severity]Deadline{},
		Omit:     map[finding.Scope]bool{},
	}
	e.Advisories.MaxAge = 24 * time.Hour
	e.ExceptionsMax = map[finding.Severity]time.Duration{}
	e.VEX.MaxAge = maxException
	e.Licenses.Unknown = finding.Advice
	e.Files.Forbid = slices.Clone(builtinForbid)
	e.Files.Litter = slices.Clone(builtinLitter)
	e.Dependencies.Pinned = ExactOrLocked
	e.Dependencies.VulnerableRange = RangeWarn
	e.Publish.UnrunScripts = UnrunBlockOnPublish
	e.Diff = map[string]DiffRule{}
	for _, rule := range DiffRules {
		e.Diff[rule] = DiffWarn
	}
	e.Dependencies.Require = map[string]string{}
	e.Dependencies.OverrideReasons = map[string]OverrideReason{}
	return e
}

// builtinForbid are files that hold credentials wherever they appear, in
// gitignore's syntax. A public key or a template is often shipped on purpose,
// so the list names private ones and leaves .env.example alone.
var builtinForbid = []string{
	".env*", "!.env.example", "!.env.sample", "!.env.template",
	"*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore",
	"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
	".npmrc", ".yarnrc.yml", ".netrc", ".pypirc", ".git-credentials",
	".aws/", ".ssh/", ".gnupg/", ".docker/config.json", ".kube/config",
	".git/", ".hg/", ".svn/", ".bzr/", ".jj/", "CVS/", ".htpasswd",
	"*.ppk", "*.kdbx", "*.ovpn", ".vault-token", ".pgpass", ".my.cnf", ".s3cfg", ".boto", ".dockercfg", ".terraformrc",
	"*.tfstate", "*.tfstate.backup", ".azure/", ".config/gcloud/", ".terraform/", ".cargo/credentials", ".cargo/credentials.toml",
	".gem/credentials", ".m2/settings.xml", ".composer/auth.json", "service-account*.json", "*-service-account.json",
}

// builtinLitter is what nobody meant to pack and nobody is hurt by.
var builtinLitter = []string{
	".DS_Store", "._*", ".Spotlight-V100", ".Trashes", "Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN/",
	".vscode/", ".idea/", ".vs/", ".fleet/", ".zed/", ".history/", "*.swp", "*.swo", "*~", `\#*#`, ".#*", "*.sublime-project", "*.sublime-workspace", ".project", ".classpath", ".settings/",
	".github/", ".gitlab-ci.yml", ".gitlab/", ".circleci/", ".travis.yml", "appveyor.yml", ".appveyor.yml", "azure-pipelines.yml", ".azure-pipelines/", "Jenkinsfile", ".drone.yml", "bitbucket-pipelines.yml", ".buildkite/", ".semaphore/", ".woodpecker/",
	".gitignore", ".gitattributes", ".gitmodules", ".git-blame-ignore-revs", ".mailmap", ".hgignore", ".hgtags", ".svnignore", ".npmignore", ".husky/",
	".nyc_output/", ".coveralls.yml", "codecov.yml", ".codecov.yml", ".eslintcache", ".stylelintcache", "*.tsbuildinfo", ".turbo/", ".nx/", ".parcel-cache/", ".vercel/", ".netlify/",
	"npm-debug.log*", "yarn-error.log", "yarn-debug.log*", "pnpm-debug.log*", "lerna-debug.log*", "*.rej", "*.orig", "*.tgz",
}

package cli

// An option is a flag of gate and, unless flag is set, an input of the action
// with the same name and default.
type option struct {
	name string
	arg  string // name of the value in help; empty: a boolean
	def  string // the default; empty: none, or the policy's
	does string
	flag bool // a flag only, not an input
	many bool // may be repeated; its values join the positional arguments
	list bool // may be repeated; its values are one list, with commas between
	rows bool // may be repeated, and an input has one on each line

	bare  string // the value of the flag without one; "": it needs one
	words string // for bare: the words that are a value and no directory
}

// options lists all options of gate. A test compares them with action.yml.
var options = []option{
	{name: "tarball", arg: "FILE", does: "the `.tgz` to gate; without it DIR is packed as `npm pack " +
		"--ignore-scripts` would. With -workspace or -workspaces a folder of them: each member's own is found by name and version"},
	{name: "workspace", arg: "NAME", list: true, does: "judge this member of the workspace whose root DIR is, " +
		"by name or folder; several are a list, or the flag is repeated. Each has evidence in a folder of its own, " +
		"and the worst decides"},
	{name: "workspaces", def: "false", does: "judge all members of the workspace whose root DIR is, but for " +
		"those that cannot be published"},
	{name: "lockfile", arg: "FILE", does: "the lockfile; without it found in DIR, else up to the workspace or " +
		"repository root"},
	{name: "policy", arg: "FILE", rows: true, does: "the policy file; without it `.publishgate.yml` in DIR or at the " +
		"repository root, else the built-in policy; on a pull request as the base commit has it. Given twice: an organisation's, " +
		"then the package's own, which can only tighten it"},
	{name: "vex", arg: "LIST", does: "VEX documents, OpenVEX or CycloneDX: what they say is not affected or " +
		"fixed is waived as long as the policy lets it"},
	{name: "audit-level", arg: "LEVEL", does: "lowest severity that blocks: info, low, moderate, high, critical " +
		"or none; without it the policy's, else high, and none for what only development uses"},
	{name: "omit", arg: "LIST", does: "dependency scopes left out: dev, optional, peer"},
	{name: "advisories", arg: "LIST", def: "npm,osv", does: "sources, in order: npm, osv, file:PATH (folder or " +
		"zip of OSV JSON, or a database), snapshot (the one in the binary)"},
	{name: "previous-version", arg: "V", does: "the last published version before this one, or none: what it is " +
		"compared with, and what sla: next-release and next-minor count from; without it the registry is asked"},
	{name: "previous", arg: "FILE", does: "the last published `.tgz`, to compare with; without it the registry " +
		"is asked for it"},
	{name: "offline", def: "false", does: "no network at all: advisories from the snapshot unless a file is " +
		"named; what needs the network is reported as not looked at"},
	{name: "out", arg: "DIR", def: "publishgate-out", does: "where the evidence goes"},
	{name: "report", arg: "LIST", list: true, does: "further reports in -out, for CI servers: gitlab " +
		"(gl-dependency-scanning-report.json), junit (junit.xml)"},
	{name: "sbom-version", arg: "V", def: "1.6", does: "CycloneDX version: 1.4, 1.5, 1.6 or 1.7"},
	{name: "sbom-files", def: "false", does: "list every file of the tarball in the SBOM, with its SHA-256"},
	{name: "sign", arg: "MODE", def: "none",
		does: "none, key, keyless or github (GitHub's own Sigstore, for repositories that are not public); in the " +
			"action, when an ID token is available, keyless for what is public and github for what is not, where the " +
			"plan has it"},
	{name: "key", arg: "FILE", does: "private key for -sign key: PEM, or cosign's encrypted form with " +
		"COSIGN_PASSWORD, or the address of a key in a key management service (awskms://, azurekms://, gcpkms://, " +
		"hashivault://) in a binary built with the tag kms"},
	{name: "identity-token", arg: "FILE", does: "a file with the ID token for -sign keyless; without it " +
		"SIGSTORE_ID_TOKEN or the runner's"},
	{name: "signing-config", arg: "FILE", does: "signing_config.json of a Sigstore of your own, in place of its " +
		"addresses; with -trusted-root"},
	{name: "fulcio-url", arg: "URL", does: "certificate authority for -sign keyless; without it Sigstore's public one"},
	{name: "rekor-url", arg: "URL", does: "transparency log for -sign keyless, without it Sigstore's public one; " +
		"for -sign key, without it none"},
	{name: "rekor-version", arg: "N", does: "API version of the log: 1 or 2; 2 needs a timestamp authority. Without " +
		"it 1, or what -signing-config says"},
	{name: "timestamp-server-url", arg: "URL",
		does: "timestamp authority for -sign keyless, without it Sigstore's public one; for -sign key, without it none"},
	{name: "trusted-root", arg: "FILE", does: "trusted_root.json of the Sigstore to use; without it the public " +
		"one's or GitHub's, by TUF"},
	{name: "public-log", def: "false", does: "let what is signed write the name and workflow of a repository " +
		"that is not public, or of a restricted package, into Sigstore's public logs"},
	{name: "upload-sarif", arg: "MODE", def: "never",
		does: "never, auto (soft on forks and where code scanning is off) or always; in the action auto"},
	{name: "sarif-ref", arg: "REF", does: "the ref that the checkout is of, for the upload: refs/heads/…, " +
		"refs/tags/… or refs/pull/N/head; without it the runner's, where that is what is checked out"},
	{name: "category", arg: "NAME", does: "what tells this job's findings about the package from those of other jobs, for the " +
		"upload: the matrix's values; the package itself is always part of the category"},
	{name: "upload-attestations", arg: "MODE", def: "never", does: "never, auto (soft where GitHub does not take " +
		"them) or always: store what -sign attests with the repository at GitHub, where gh attestation verify looks; " +
		"needs attestations: write"},
	{name: "submit-dependencies", def: "false", does: "submit the lockfile's packages to GitHub's dependency graph, which " +
		"Dependabot reads, where GitHub does not read the lockfile itself (bun, yarn 2 and later, pnpm with catalogs); " +
		"needs contents: write"},
	{name: "comment", arg: "WHEN", def: "never", does: "never, on-change or always: one comment on the pull request, kept up to " +
		"date, with what the change makes new or ends; on-change makes one only if there is such a thing; needs pull-requests: write"},
	{name: "publish", arg: "MODE", def: "never", does: "never, stage (the judged bytes wait at the registry until " +
		"somebody approves them), npm (they are public at once) or auto (stage, unless the policy's publish.via puts " +
		"direct first); only if they passed"},
	{name: "wait", arg: "D", does: "how long to wait for the registry to show what it accepted, after -deadline; " +
		"without it 25m, and 0 for stage, where it would wait for somebody to approve"},
	{name: "access", arg: "ACCESS", does: "public or restricted (private is the same), as npm's own; of this and " +
		"publishConfig the stricter one counts"},
	{name: "tag", arg: "TAG", does: "dist-tag, as npm's own; without it latest, and a prerelease or a version " +
		"below the highest release needs one"},
	{name: "tags", arg: "LIST", does: "further dist-tags, set once the version is visible where the credential may, " +
		"else told as commands"},
	{name: "provenance", arg: "WHEN", def: "auto", bare: "true", words: "true false auto", does: "true, false or auto: " +
		"publish with npm's provenance; auto does where the run signs keyless and the package is public"},
	{name: "receipt", arg: "FILE", does: "the receipt.json of an earlier attempt, as a hint; without it the one in -out. With " +
		"-workspace or -workspaces the folder of evidence of that attempt"},
	{name: "judged", arg: "DIR", does: "the merged evidence of earlier jobs, as merge writes it: only what passed there too, with " +
		"these very bytes, is signed or published"},
	{name: "registry", arg: "URL", does: "the registry; without it the public one"},
	{name: "allow-private-registry", def: "false", does: "the registry's name may lead to a private, link-local or " +
		"loopback address"},
	{name: "scope-registries", arg: "LIST", does: "registries that scopes have of their own, as @scope=URL: " +
		"their packages are looked up there and named to nobody else (@scope=none: they cannot be audited); tokens " +
		"from npm_config_//host/:_authToken"},
	{name: "npmrc", arg: "FILE", does: "an .npmrc that may name such registries too, if the policy's " +
		"dependencies.registries lists them; without it none is read"},
	{name: "cache", arg: "DIR", does: "keep what registries said of dependencies and what does not change, such as their " +
		"signatures, which are verified again: a second run does not ask for it"},
	{name: "dry-run", def: "false", does: "show what would be published; sign nothing and send nothing to the registry"},
	{name: "https-proxy", arg: "URL", does: "proxy for all connections; the environment's is not used"},
	{name: "ca-file", arg: "FILE", does: "certificates (PEM) to trust beside the system's; the environment's " +
		"are not used"},
	{name: "deadline", arg: "D", def: "10m", does: "the whole run's time budget, network included"},
	{name: "format", arg: "F", def: "text",
		does: "what stdout carries: text, json (verdict.json, and run.json as its run) or markdown"},
}

// actionDefaults are the defaults of inputs that differ from those of flags.
var actionDefaults = map[string]string{"upload-sarif": "auto", "sign": ""}

// inputsOnly are inputs of the action that are not flags: the positional DIR,
// and the token that the runner cannot set in the environment by itself.
var inputsOnly = []option{
	{name: "directory", arg: "DIR", def: ".", does: "the package's folder"},
	{name: "github-token", arg: "TOKEN", def: "${{ github.token }}",
		does: "token for the uploads to GitHub and what source of the policy asks"},
}

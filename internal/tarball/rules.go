package tarball

import "github.com/publishgate/publishgate/internal/finding"

// The rules of the canonical profile.
const (
	RuleGzip      = "tarball-gzip"
	RuleHeader    = "tarball-header"
	RuleType      = "tarball-type"
	RuleLink      = "tarball-link"
	RulePath      = "tarball-path"
	RuleDuplicate = "tarball-duplicate"
	RuleRoot      = "tarball-root"
	RulePax       = "tarball-pax"
	RuleTrailing  = "tarball-trailing"
	RuleLimit     = "tarball-limit"
	RuleManifest  = "tarball-manifest"
	RuleMode      = "tarball-mode"
)

const (
	whyDiffer = "Readers of tar disagree about such an archive: a scanner sees one package, npm installs another."
	helpPack  = "Make the tarball with `npm pack` and gate that file unchanged."
)

// Rules documents every rule that a Violation can name.
var Rules = []finding.Rule{
	{
		ID:    RuleGzip,
		Title: "The tarball is not exactly one plain gzip member.",
		Why: "Readers differ in what they do with second members, extra header fields, bytes after the end and wrong checksums: " +
			"some stop, some go on.",
		Help:     helpPack,
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:       RuleHeader,
		Title:    "A tar header is malformed or uses a form that npm pack never writes.",
		Why:      whyDiffer,
		Help:     helpPack,
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:       RuleType,
		Title:    "The tarball holds something that is neither a file nor a folder.",
		Why:      "npm drops or misreads devices, pipes, sparse files and vendor types, so that what is judged is not what is installed.",
		Help:     "Leave the entry out, then make the tarball with `npm pack`.",
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:    RuleLink,
		Title: "The tarball holds a symbolic or hard link.",
		Why:   "npm drops links when it installs, so the published package lacks that file; other readers follow them out of the package.",
		Help: "Replace the link by a copy of the file: two names of one inode (`ln`, `cp -l`, deduplication) " +
			"make `npm pack` write a hard link. Copy, don't hard-link.",
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:    RulePath,
		Title: "A path in the tarball is unsafe or reads differently on another system.",
		Why: "Parent folders, backslashes, control and direction characters and bytes that are not UTF-8 " +
			"name another file for another reader, or hide what a person sees.",
		Help:     "Rename the file, then make the tarball again.",
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:    RuleDuplicate,
		Title: "Two entries of the tarball have the same path.",
		Why: "Readers disagree about which of the two counts; " +
			"where letter case or Unicode form is all that differs, it depends on the disk.",
		Help:     "Keep one of the two files, then make the tarball again.",
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:       RuleRoot,
		Title:    "The tarball has an entry outside its root folder package/.",
		Why:      "npm strips the first folder whatever it is called, so files of a second root overwrite those of the first.",
		Help:     helpPack,
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:       RulePax,
		Title:    "An extended (PAX) header is malformed or sets more than a path, a size and a time.",
		Why:      whyDiffer,
		Help:     helpPack,
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:    RuleTrailing,
		Title: "The tar archive does not end with exactly two zero blocks.",
		Why: "Entries behind the end mark are read by some readers and not by others; " +
			"without an end mark nobody can tell a truncated archive.",
		Help:     helpPack,
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:       RuleLimit,
		Title:    "The tarball is beyond a limit on size, number of entries, path or compression ratio.",
		Why:      "Such archives exhaust whoever unpacks them; nothing behind the limit was read.",
		Help:     "Ship less: look at the `files` field and at `npm pack --dry-run`.",
		Severity: finding.High,
		Tags:     []string{"security", "tarball"},
	},
	{
		ID:       RuleManifest,
		Title:    "The tarball lacks one readable package/package.json.",
		Why:      "The manifest inside the tarball is what an install runs. Where readers cannot agree on it, the package cannot be judged.",
		Help:     "Correct package.json (plain UTF-8 JSON, no key twice), then make the tarball again.",
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "tarball"},
	},
	{
		ID:       RuleMode,
		Title:    "A packed file has unusual permissions.",
		Why:      "npm keeps permission bits when it installs: files writable by everyone or with setuid stay so.",
		Help:     "Set the file to 0644, or to 0755 if it is a program, before packing.",
		Severity: finding.Low,
		Tags:     []string{"tarball"},
	},
}

// ruleByID returns the rule with an ID.
func ruleByID(id string) finding.Rule {
	for _, r := range Rules {
		if r.ID == id {
			return r
		}
	}
	return finding.Rule{ID: id, Severity: finding.Unknown}
}

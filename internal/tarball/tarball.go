// Package tarball reads the .tgz that is about to be published, as npm will
// read it, within limits and without ever writing to disk.
//
// The packed bytes are read once and held; everything that needs the unpacked
// bytes is gathered as facts in one streaming pass. What two readers could read
// differently is a Violation, not a guess: the archive must fit the canonical
// profile, which is what `npm pack` writes and nothing else. The package will
// not repair, skip or extract anything.
package tarball

import (
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A Tarball holds the facts about one .tgz.
type Tarball struct {
	File  string // path, for people
	Bytes []byte // the packed bytes: these, and no others, are signed and published

	SHA1, SHA256, SHA512 string // lower-case hex of Bytes
	Integrity            string // "sha512-" + base64, as npm writes it

	Entries  []Entry       // files and directories in archive order
	Manifest *npm.Manifest // of package/package.json; nil: it could not be read
	Unpacked int64         // bytes of all files

	// Violations are departures from the canonical profile, the one form of tar and
	// gzip that every reader reads alike. With any of them the other facts may be
	// incomplete.
	Violations []Violation

	Secrets    []Secret    // candidates found in the files, in archive order
	Unscanned  []Unscanned // files, or parts of the search, that were left out, in archive order
	Readme     string      // text of the README in the root directory, limited in size; "": none
	Shown      Text        // the README that npm sends with the package, of MaxShown bytes at most; Path "": none
	Authors    Text        // AUTHORS of the root directory, of which npm makes contributors; the same
	Bundled    []Bundled   // packages in a node_modules of the archive, in archive order
	Shrinkwrap []byte      // npm-shrinkwrap.json of the root directory, which npm up to 11 installs from; nil: none
	Licences   []Text      // licence files of the root directory, in archive order, limited in size

	// Env, EnvWhole and Hosts are what the programs in the archive use: each name once,
	// with its first place, ordered by name. Names that are composed at run time are
	// not found. They are found by searching text; Programs tells more.
	Env      []Mention // variables of the environment that are read
	EnvWhole []Mention // uses of the environment as a whole, one per file at most, without a name, in archive order
	Hosts    []Mention // hosts of URLs at the beginning of a string, in lower case

	Programs *Programs // what the programs use, by their structure; nil: Options.Programs did not ask for it

	SourceMaps []SourceMap // those that reveal something, in archive order
	LostMaps   []Mention   // source maps that a file refers to and the archive lacks, by path, in archive order
}

// A Mention is a name in a packed file.
type Mention struct {
	Name string // foreign text
	Path string // of the entry
	Line int    // 1-based
}

// A SourceMap is what a source map reveals about its sources. A file that contains
// a map in its last line counts as one.
type SourceMap struct {
	Path     string // of the entry
	Inline   bool   // it is the last line of another file
	Content  bool   // it contains the sources themselves
	Absolute string // a path on the machine that made it, shortened; "": none. Foreign text
}

// A Text is the beginning of a packed text file.
type Text struct {
	Path string // of the entry
	Body string // its first bytes (MaxLicence, MaxShown), made valid UTF-8. Foreign text
}

// An Entry is one file or directory of the archive.
type Entry struct {
	Path   string // as in the archive, "package/lib/index.js"; directories without the slash at the end
	Dir    bool
	Size   int64
	Mode   int64
	SHA256 string // lower-case hex of the content; "": a directory, or Options did not choose the file
	Blob   string // git's object ID of the content, lower-case hex; "": Options.GitBlob did not choose the file
	LFS    string // the SHA-256 in the file if it is a Git LFS pointer, lower-case hex; "": it is none
	Binary string // the file's format of native code: ELF, Mach-O, PE or WebAssembly; "": none of them
}

// A Bundled is a package in a node_modules directory of the archive, as its own
// package.json describes it. If that cannot be read, or is larger than MaxManifest,
// the name is that of the directory and the rest is empty.
type Bundled struct {
	Path    string // its directory, below the root directory: "node_modules/a"
	Name    string
	Version string
	License string
	Needs   []string // its dependencies and optionalDependencies, in file order
}

// A Violation is one departure from the canonical profile.
type Violation struct {
	Rule string // rule ID, e.g. "tarball-link"; one of Rules
	Path string // of the entry; "": the archive as a whole. Foreign text
	Text string // what is wrong, one sentence; may quote foreign text
}

// A Secret is a place in a packed file that looks like a credential. The value
// itself is never kept.
type Secret struct {
	Rule         string // rule ID, e.g. "npm-access-token"
	Description  string // the rule's description
	Path         string // of the entry
	Line, Column int    // 1-based; 0: the file as a whole
	Hash         string // first 16 hex digits of the value's salted SHA-256: tells secrets apart, reveals none
	SHA1         string // hex SHA-1 of the value, for the baseline of detect-secrets; never printed
	Doubt        string // why it may be no secret, in our own words; "": no doubt
	Within       string // which text in the file holds it, e.g. "base64"; "": the file itself. May quote foreign text
}

// An Unscanned says what the search for secrets left out of a file that may contain
// some. The report repeats it.
type Unscanned struct {
	Path string // of the entry
	Why  string // in our own words
}

// Findings returns the violations as findings, in archive order. Advice about modes
// does not block. All others block at every audit level: an archive that two
// readers read differently has no certain content.
func (t *Tarball) Findings() []finding.Finding {
	found := make([]finding.Finding, 0, len(t.Violations))
	for _, v := range t.Violations {
		rule := ruleByID(v.Rule)
		f := finding.Finding{
			Rule:     v.Rule,
			Severity: rule.Severity,
			File:     t.File,
			Message:  v.Text,
			Fix:      rule.Help,
			Subject:  v.Path,
		}
		if v.Path != "" {
			f.File, f.InTarball = v.Path, true
		}
		if v.Rule == RuleMode {
			f.Level = finding.Advice
		}
		found = append(found, f)
	}
	return found
}

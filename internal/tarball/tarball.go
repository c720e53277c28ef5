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

// A Tarball is the facts about one .tgz.
type Tarball struct {
	File  string // path as shown to people
	Bytes []byte // the packed bytes: these, and no others, are signed and published

	SHA1, SHA256, SHA512 string // lower-case hex of Bytes
	Integrity            string // "sha512-" + base64, as npm writes it

	Entries  []Entry       // files and folders in archive order
	Manifest *npm.Manifest // of package/package.json; nil where it could not be read
	Unpacked int64         // bytes of all files

	// Violations are departures from the canonical profile, the one form of tar and gzip that every reader reads alike.
	// With any of them the other facts may be incomplete.
	Violations []Violation

	Secrets    []Secret    // candidates found in the files, in archive order
	Unscanned  []Unscanned // files, or parts of the search, that were left out, in archive order
	Readme     string      // text of the root README, capped; empty: none
	Bundled    []Bundled   // packages in a node_modules of the archive, in archive order
	Shrinkwrap []byte      // npm-shrinkwrap.json of the root folder, which npm up to 11 installs by; nil: none
	Licences   []Text      // licence files of the root folder, in archive order, capped

	// What the programs in the archive reach for, each name once with the
	// first place of it, ordered by name. It is what their text shows: what is
	// composed at run time does not.
	Env      []Mention // variables of the environment that are read
	EnvWhole []Mention // places, one a file at most, that use the environment as a whole; without a name, in archive order
	Hosts    []Mention // hosts in addresses that a string begins with, in lower case

	SourceMaps []SourceMap // that give something away, in archive order
	LostMaps   []Mention   // source maps that a file refers to and the archive does not hold, by path, in archive order
}

// A Mention is a name in a packed file.
type Mention struct {
	Name string // foreign text
	Path string // of the entry
	Line int    // 1-based
}

// A SourceMap is what a source map, or a file that carries one in its last
// line, tells about what it was made from.
type SourceMap struct {
	Path     string // of the entry
	Inline   bool   // it is the last line of a file of another kind
	Content  bool   // it holds the sources themselves
	Absolute string // a path of the machine that made it, clipped; empty: none. Foreign text
}

// A Text is the beginning of a packed text file.
type Text struct {
	Path string // of the entry
	Body string // its first MaxLicence bytes, made valid UTF-8. Foreign text
}

// An Entry is one file or folder of the archive.
type Entry struct {
	Path   string // as in the archive, "package/lib/index.js"; folders without the slash at the end
	Dir    bool
	Size   int64
	Mode   int64
	SHA256 string // lower-case hex of the content; empty for folders
	Blob   string // git's name for the content, lower-case hex; empty unless Options.GitBlob chose the file
	LFS    string // the SHA-256 that the file names as a pointer of Git LFS, lower-case hex; empty: it is none
	Binary string // the format of native code that its bytes say it is: ELF, Mach-O, PE, WebAssembly; empty: none of them
}

// A Bundled is a package that the archive carries inside a node_modules, as its
// own package.json describes it. Where that cannot be read, or is larger than
// MaxManifest, the name is that of the folder and the rest is empty.
type Bundled struct {
	Path    string // of its folder, below the root folder: "node_modules/a"
	Name    string
	Version string
	License string
	Needs   []string // names of its dependencies and optionalDependencies, in file order
}

// A Violation is one departure from the canonical profile.
type Violation struct {
	Rule string // rule ID, e.g. "tarball-link"; one of Rules
	Path string // of the entry; empty: the archive as a whole. Foreign text
	Text string // what is wrong, one sentence; may quote foreign text
}

// A Secret is a place in a packed file that looks like a credential. The value
// itself is never kept.
type Secret struct {
	Rule         string // the detector's rule, e.g. "npm-access-token"
	Description  string // the detector's words
	Path         string // of the entry
	Line, Column int    // 1-based; 0 where the file as a whole is meant
	Hash         string // salted SHA-256 of the value, 16 hex digits: tells two secrets apart, says nothing of either
	SHA1         string // detect-secrets' hashed_secret, for its baseline; never printed
	Doubt        string // our own words: why it may be none; "": it looks like one in full
	Within       string // the text inside the file where it stands, as "base64"; "": the file itself. May quote foreign text
}

// Unscanned says what the search for secrets left out of a file although it may
// hold something, so that the report can.
type Unscanned struct {
	Path string // of the entry
	Why  string // our own words
}

// Findings returns the violations as findings, in archive order. All but the
// advice about modes block whatever the audit level says: an archive that two
// readers read differently has no contents to speak of.
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

package check

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gitignore"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/tarball"
)

var fileModifiedRule = finding.Rule{
	ID:    "file-modified-since-commit",
	Title: "A packed file is not as the commit has it.",
	Why: "What is published should be what was reviewed: a file that was changed after the commit is what an " +
		"attacker on the build machine, or a forgotten edit, leaves behind.",
	Help: "Commit what is to be released and make the tarball from a clean checkout of it. If a build writes the " +
		"file, name it in `files.built`.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "tarball"},
}

var fileNotInCommitRule = finding.Rule{
	ID:    "file-not-in-commit",
	Title: "A packed file is in no commit.",
	Why:   "Nobody has reviewed it, and nothing says where it came from: it is a leftover of somebody's machine, or it was put there.",
	Help: "Commit the file, or leave it out with the `files` field or .npmignore. If a build makes it, let " +
		".gitignore ignore it or name it in `files.built`.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "tarball"},
}

var fileIgnoredRule = finding.Rule{
	ID:       "file-ignored-by-git",
	Title:    "A packed file is one that git ignores, and package.json does not point to it.",
	Why:      "What git ignores is what a build makes, and also local settings, logs and credentials; those are packed by accident.",
	Help:     "Leave the file out with the `files` field or .npmignore. If a build makes it, name it in `files.built`.",
	Severity: finding.Low,
	Tags:     []string{"tarball"},
}

var commits = Check{
	Rules: []finding.Rule{fileModifiedRule, fileNotInCommitRule, fileIgnoredRule},
	Run: func(s *Subject) []finding.Finding {
		o := s.Origins
		if o == nil {
			o = Reconcile(s)
		}
		if o == nil {
			return nil
		}
		short := s.Commit.Short()
		found := unexplained(&fileModifiedRule, o.Modified, "differs from commit "+short, "differ from commit "+short)
		found = append(found, lineEnds(o.LineEnds, short)...)
		found = append(found, bumped(s, o.Bumped)...)
		found = append(found, lockfileMade(s, o.Lockfile)...)
		found = append(found, unexplained(&fileNotInCommitRule, o.Untracked,
			"is not in commit "+short+", and git does not ignore it", "are not in commit "+short+", and git does not ignore them")...)
		return append(found, unexplained(&fileIgnoredRule, o.Ignored,
			"is ignored by git, and package.json does not point to it", "are ignored by git, and package.json does not point to them")...)
	},
}

// lineEnds returns findings for files that differ in their line endings only.
// They come from a checkout with core.autocrlf, as Git for Windows sets it, if
// the repository does not set it.
func lineEnds(paths []string, short string) []finding.Finding {
	found := unexplained(&fileModifiedRule, paths, "differs from commit "+short+" in its line ends alone",
		"differ from commit "+short+" in their line ends alone")
	for i := range found {
		found[i].Fix = "Make the tarball from a checkout with the commit's line ends: `git config core.autocrlf false`, " +
			"then `git rm -rq --cached . && git reset -q --hard`. If the other line ends are what should be published, say so " +
			"in a committed .gitattributes, such as `*.cmd text eol=crlf`."
	}
	return found
}

// bumped returns advice about a package.json in which a release tool has set
// the version.
func bumped(s *Subject, paths []string) []finding.Finding {
	if len(paths) == 0 {
		return nil
	}
	f := packed(&fileModifiedRule, "package/package.json")
	f.Level = finding.Advice
	f.Message = fmt.Sprintf("package.json differs from commit %s in its version alone, %s, which is that of the tag %s.",
		s.Commit.Short(), s.Manifest.Version, s.Commit.Tag)
	f.Fix = "Nothing need be done. To have the version in the commit too, let the release tool commit it before it tags."
	return []finding.Finding{f}
}

// lockfileMade returns advice about a lockfile that is in no commit: consumers
// do not read it.
func lockfileMade(s *Subject, paths []string) []finding.Finding {
	if len(paths) == 0 {
		return nil
	}
	f := packed(&fileNotInCommitRule, "package/"+paths[0])
	f.Level = finding.Advice
	f.Message = fmt.Sprintf("%s, which was judged, is not in commit %s: this build made it, and another may take other "+
		"versions.", paths[0], s.Commit.Short())
	f.Fix = "Nothing need be done. To have every build take the same versions, commit it; to keep it out of the package, " +
		"use the `files` field or .npmignore."
	return []finding.Finding{f}
}

// maxSingly is the number of files of a rule up to which each has a finding of
// its own; more are grouped by directory, or file, at the root of the package.
const maxSingly = 20

// unexplained returns the findings of one rule.
func unexplained(rule *finding.Rule, paths []string, one, many string) []finding.Finding {
	var found []finding.Finding
	add := func(path, text string) {
		f := packed(rule, "package/"+path)
		f.Message, f.Fix = text+".", rule.Help
		if rule == &fileIgnoredRule {
			f.Level = finding.Advice
		}
		found = append(found, f)
	}
	if len(paths) <= maxSingly {
		for _, path := range paths {
			add(path, path+" "+one)
		}
		return found
	}
	below := map[string][]string{}
	var tops []string
	for _, path := range paths {
		top, _, _ := strings.Cut(path, "/")
		if below[top] == nil {
			tops = append(tops, top)
		}
		below[top] = append(below[top], path)
	}
	slices.Sort(tops)
	for _, top := range tops {
		if in := below[top]; len(in) == 1 {
			add(in[0], in[0]+" "+one)
		} else {
			add(top, fmt.Sprintf("%d files in %s/ %s, among them %s", len(in), top, many, in[0]))
		}
	}
	return found
}

// Origins groups the packed files by how the commit explains them: paths in the
// package, in the order of the archive.
type Origins struct {
	Identical []string // as in the commit
	Built     []string // outputs of a build, named by the policy or package.json
	Ignored   []string // ignored by git, and not named as outputs
	Modified  []string // different content in the commit …
	LineEnds  []string // … or different line endings only
	Bumped    []string // a package.json in which only the version was set, to that of the commit's tag
	Untracked []string // not in the commit, and not ignored by git …
	Lockfile  []string // … but the judged lockfile, made by the build
}

// Packed returns the files of the tarball, for the look-up in package source.
func Packed(s *Subject) []source.Packed {
	built := s.built()
	files := make([]source.Packed, 0, len(s.Tarball.Entries))
	for _, e := range s.Tarball.Entries {
		if !e.Dir {
			path := inPackage(e.Path)
			files = append(files, source.Packed{Path: path, Blob: e.Blob, Made: built.Match(path, false).Ignored})
		}
	}
	return files
}

// built returns the policy's list of build outputs, nil if it has none.
func (s *Subject) built() *gitignore.List {
	if b := s.Policy.Files.Built; b != nil {
		return gitignore.Compile(*b...)
	}
	return nil
}

// Reconcile compares the packed files with the commit that is checked out. It
// returns nil if there is no tarball or no commit.
func Reconcile(s *Subject) *Origins {
	if s.Tarball == nil || s.Commit == nil || s.Commit.Files == nil {
		return nil
	}
	o := &Origins{}
	r := reconciler{s: s, built: s.built()}
	for _, e := range s.Tarball.Entries {
		if e.Dir {
			continue
		}
		path := inPackage(e.Path)
		list := r.origin(o, path, e, s.Commit.Files[path])
		*list = append(*list, path)
	}
	return o
}

type reconciler struct {
	s      *Subject
	built  *gitignore.List
	packs  []string // paths that package.json points to
	packed bool     // packs is set
}

// origin returns the list that a file belongs to. If it is not identical, the
// policy's list of build outputs comes first: owners commit files that a build
// then rewrites.
func (r *reconciler) origin(o *Origins, path string, e tarball.Entry, f source.File) *[]string {
	switch {
	case f.Blob != "" && (f.Blob == e.Blob || f.Clean), f.Pointer != "" && f.Pointer == e.SHA256:
		return &o.Identical
	case r.built.Match(path, false).Ignored, f.Blob != "" && path == "package.json" && r.rewritten(f):
		return &o.Built
	case f.Blob != "" && path == "package.json" && r.bumped():
		return &o.Bumped
	case f.Ends:
		return &o.LineEnds
	case f.Blob != "":
		return &o.Modified
	case f.Ignored == "" && path == r.s.Graph.Lockfile && path != "npm-shrinkwrap.json": // consumers use it
		return &o.Lockfile
	case f.Ignored == "":
		return &o.Untracked
	case r.s.Policy.Files.Built == nil && r.pointedTo(path, f.Ignored):
		return &o.Built
	}
	return &o.Ignored
}

// rewritten reports whether a file is a package.json that is unchanged in the
// checkout, and in which pnpm, yarn or bun replaced workspace: and catalog: by
// versions as they packed it. manifest-mismatch judges what they changed; npm
// changes nothing.
func (r *reconciler) rewritten(f source.File) bool {
	if !r.rewrites() {
		return false
	}
	object := append(fmt.Appendf(nil, "blob %d\x00", len(r.s.Manifest.Raw)), r.s.Manifest.Raw...)
	if sum := sha256.Sum256(object); len(f.Blob) == hex.EncodedLen(len(sum)) { // a repository with SHA-256 object names
		return hex.EncodeToString(sum[:]) == f.Blob
	}
	sum := sha1.Sum(object)
	return hex.EncodeToString(sum[:]) == f.Blob
}

// rewrites reports whether the manager changes package.json as it packs.
func (r *reconciler) rewrites() bool {
	m := r.s.Graph.Manager
	return m == "pnpm" || m == "yarn" || m == "bun"
}

// bumped reports whether package.json differs from the commit in its version
// only, and that is the version of a tag at the commit: semantic-release and
// others publish so.
func (r *reconciler) bumped() bool {
	c, m, packed := r.s.Commit, r.s.Manifest, r.s.Tarball.Manifest
	if !source.IsTagOf(c.Tag, m.Name, m.Version, r.s.Folder) {
		return false
	}
	return packed != nil && npm.OnlyVersionDiffers(c.Manifest, packed.Raw) || r.rewrites() && npm.OnlyVersionDiffers(c.Manifest, m.Raw)
}

// pointedTo reports whether a file is in an ignored directory that package.json
// points into, or in a directory it points to: builds write there.
func (r *reconciler) pointedTo(path, ignored string) bool {
	if !r.packed {
		r.packed = true
		m := r.s.Manifest
		r.packs = m.Packs()
		if m.BundleAll || len(m.BundleDependencies) > 0 {
			r.packs = append(r.packs, "node_modules")
		}
	}
	return ignored == "." || slices.ContainsFunc(r.packs, func(to string) bool {
		return encloses(to, path) || encloses(ignored, to)
	})
}

// encloses reports whether a path is a directory or is inside of it.
func encloses(folder, path string) bool {
	return folder == "." || folder == path || strings.HasPrefix(path, folder+"/")
}

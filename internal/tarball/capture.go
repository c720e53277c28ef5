package tarball

import "strings"

// keeper returns where the bytes of the file go besides the digest; nil:
// nowhere.
func (w *walker) keeper(path string, size int64) func([]byte) {
	_, inner, _ := strings.Cut(path, "/")
	switch {
	case inner == manifestPath && path == w.root+"/"+manifestPath:
		w.seen = true
		if size > MaxManifest {
			w.note(refuse(RuleManifest, "package.json is larger than %d bytes", MaxManifest))
			return nil
		}
		w.manifest = make([]byte, 0, size)
		return func(p []byte) { w.manifest = append(w.manifest, p...) }
	case inner == shrinkwrapPath && path == w.root+"/"+shrinkwrapPath:
		if size > MaxShrinkwrap {
			w.note(refuse(RuleLimit, "npm-shrinkwrap.json is larger than %d bytes", MaxShrinkwrap))
			return nil
		}
		w.t.Shrinkwrap = make([]byte, 0, size)
		return func(p []byte) { w.t.Shrinkwrap = append(w.t.Shrinkwrap, p...) }
	case strings.Contains(inner, "/"):
		if folder, name, ok := bundledAt(inner); ok {
			w.bundled = &bundledPick{folder: folder, name: name}
			if size <= MaxManifest {
				return w.bundled.keep
			}
		}
		return nil
	}
	if isLicence(inner) {
		return w.licences.keeper(path)
	}
	return w.readme.keeper(inner)
}

// judgeManifest parses package.json once the whole archive was read and
// verified.
func (w *walker) judgeManifest() {
	path := w.root + "/" + manifestPath
	if !w.seen {
		w.note(refuse(RuleManifest, "the archive has no file %s", clip(path)))
		return
	}
	if w.manifest == nil {
		return // too large, noted
	}
	m, err := w.opts.ParseManifest(w.manifest, path)
	if err != nil {
		w.at = path
		w.note(refuse(RuleManifest, "package.json cannot be read: %s", clip200(err.Error())))
		return
	}
	w.t.Manifest = m
}

func clip200(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

// readmePick keeps the text of the best README of the root folder:
// README.md before any other, else the first in the archive.
type readmePick struct {
	rank int // of the text kept; 0: none yet
	body []byte
}

func (r *readmePick) keeper(name string) func([]byte) {
	rank := readmeRank(name)
	if rank <= r.rank {
		return nil
	}
	r.rank, r.body = rank, nil
	return func(p []byte) {
		r.body = append(r.body, p[:min(len(p), MaxReadme-len(r.body))]...)
	}
}

func readmeRank(name string) int {
	switch lower := strings.ToLower(name); {
	case lower == "readme.md":
		return 3
	case lower == "readme.markdown":
		return 2
	case lower == "readme", strings.HasPrefix(lower, "readme."):
		return 1
	}
	return 0
}

func (r *readmePick) text() string { return strings.ToValidUTF8(string(r.body), "\uFFFD") }

package tarball

import "strings"

// sinkFor returns where the bytes of a file go besides the digest; nil: nowhere.
func (w *walker) sinkFor(path string, size int64) func([]byte) {
	_, inner, _ := strings.Cut(path, "/")
	switch {
	case inner == manifestPath && path == w.root+"/"+manifestPath:
		w.hasManifest = true
		if size > MaxManifest {
			w.addViolation(refuse(RuleManifest, "package.json is larger than %d bytes", MaxManifest))
			return nil
		}
		w.manifest = make([]byte, 0, size)
		return func(p []byte) { w.manifest = append(w.manifest, p...) }
	case inner == shrinkwrapPath && path == w.root+"/"+shrinkwrapPath:
		if size > MaxShrinkwrap {
			w.addViolation(refuse(RuleLimit, "npm-shrinkwrap.json is larger than %d bytes", MaxShrinkwrap))
			return nil
		}
		w.t.Shrinkwrap = make([]byte, 0, size)
		return func(p []byte) { w.t.Shrinkwrap = append(w.t.Shrinkwrap, p...) }
	case strings.Contains(inner, "/"):
		if folder, name, ok := bundledAt(inner); ok {
			w.bundled = &bundledManifest{folder: folder, name: name}
			if size <= MaxManifest {
				return w.bundled.write
			}
		}
		return nil
	}
	if isLicence(inner) {
		return w.licences.sink(path)
	}
	kept, shown := w.readme.sink(inner), w.shown.sink(path, inner)
	switch {
	case shown == nil:
		return kept
	case kept == nil:
		return shown
	}
	return func(p []byte) { kept(p); shown(p) }
}

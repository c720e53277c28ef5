package tarball

// parseManifest parses package.json after the whole archive was read and verified.
func (w *walker) parseManifest() {
	path := w.root + "/" + manifestPath
	if !w.hasManifest {
		w.addViolation(refuse(RuleManifest, "the archive has no file %s", clip(path)))
		return
	}
	if w.manifest == nil {
		return // too large, noted
	}
	m, err := w.opts.ParseManifest(w.manifest, path)
	if err != nil {
		w.entryPath = path
		w.addViolation(refuse(RuleManifest, "package.json cannot be read: %s", clipLong(err.Error())))
		return
	}
	w.t.Manifest = m
}

package tarball

import "github.com/publishgate/publishgate/internal/normal"

// A shownKeeper keeps the files whose text npm sends with the manifest.
type shownKeeper struct {
	readme, authors shownFile
}

// A shownFile is one of them.
type shownFile struct {
	path, name string
	body       []byte
}

// sink returns where the bytes of a file in the root directory go; nil: npm does
// not send it.
func (k *shownKeeper) sink(path, name string) func([]byte) {
	if name == "AUTHORS" {
		return k.authors.keep(path, name)
	}
	candidates := []string{name}
	if k.readme.name != "" {
		candidates = append(candidates, k.readme.name)
	}
	if normal.Readme(candidates) != name {
		return nil
	}
	return k.readme.keep(path, name)
}

func (f *shownFile) keep(path, name string) func([]byte) {
	*f = shownFile{path: path, name: name}
	return func(p []byte) { f.body = append(f.body, p[:min(len(p), MaxShown-len(f.body))]...) }
}

func (f *shownFile) text() Text { return Text{f.path, normal.Text(f.body)} }

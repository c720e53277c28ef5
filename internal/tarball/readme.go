package tarball

import "strings"

// A readmeKeeper keeps the text of the best README in the root directory: README.md
// before any other, else the first in the archive.
type readmeKeeper struct {
	rank int // of the text that is kept; 0: none yet
	body []byte
}

// sink returns where the bytes of the file go; nil: it is no better README.
func (r *readmeKeeper) sink(name string) func([]byte) {
	rank := readmeRank(name)
	if rank <= r.rank {
		return nil
	}
	r.rank, r.body = rank, nil
	return func(p []byte) {
		r.body = append(r.body, p[:min(len(p), MaxReadme-len(r.body))]...)
	}
}

// readmeRank says how good a README a file name promises; 0: it is none.
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

// text returns the README.
func (r *readmeKeeper) text() string { return strings.ToValidUTF8(string(r.body), "\uFFFD") }

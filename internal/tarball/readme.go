package tarball

import "strings"

// readmePick keeps the text of the best README of the root folder:
// README.md before any other, else the first in the archive.
type readmeKeeper struct {
	rank int // of the text kept; 0: none yet
	body []byte
}

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

func (r *readmeKeeper) text() string { return strings.ToValidUTF8(string(r.body), "\uFFFD") }

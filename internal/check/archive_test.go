package check

import "testing"

// yarn 1 and pnpm lock the archive of a repository: it is that which package.json asks
// for, however that is written, and no other.
func TestArchived(t *testing.T) {
	github := "https://codeload.github.com/o/r/tar.gz/4c13a00"
	gitlab := []string{"https://gitlab.com/o/g/r/repository/archive.tar.gz?ref=4c13a00",
		"https://gitlab.com/o/g/r/-/archive/4c13a00/r-4c13a00.tar.gz",
		"https://gitlab.com/api/v4/projects/o%2Fg%2Fr/repository/archive.tar.gz?ref=4c13a00"}
	for address, want := range map[string]string{
		github: "github.com/o/r", "https://codeload.github.com/O/R/tar.gz/refs/tags/v1": "github.com/o/r",
		"https://bitbucket.org/o/r/get/4c13a00.tar.gz": "bitbucket.org/o/r",
		gitlab[0]: "gitlab.com/o/g/r", gitlab[1]: "gitlab.com/o/g/r", gitlab[2]: "gitlab.com/o/g/r",
		"http://codeload.github.com/o/r/tar.gz/1": "", "https://u@codeload.github.com/o/r/tar.gz/1": "",
		"https://codeload.github.com.evil.dev/o/r/tar.gz/1": "",
		"https://codeload.github.com//r/tar.gz/1":           "", "https://codeload.github.com/o/r": "",
		"https://gitlab.com/o/r": "", "%": "",
		"https://github.com/o/r/releases/download/v1/r.tgz": "",
	} {
		if got := archived(address); got != want {
			t.Errorf("%s is of %q, want %q", address, got, want)
		}
	}
}

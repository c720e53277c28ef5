package tarball

import (
	"strings"
	"testing"
)

func TestLFSPointer(t *testing.T) {
	sum := strings.Repeat("52379b77", 8)
	good := "version https://git-lfs.github.com/spec/v1\noid sha256:" + sum + "\nsize 13043\n"
	for name, row := range map[string]struct {
		text string
		want string
	}{
		"a pointer":         {good, sum},
		"without its end":   {strings.TrimSuffix(good, "\n"), sum},
		"checked out crlf":  {strings.ReplaceAll(good, "\n", "\r\n"), sum},
		"with an extension": {strings.Replace(good, "oid", "ext-0-case sha256:"+sum+"\noid", 1), sum},
		"upper case":        {strings.ReplaceAll(good, sum, strings.ToUpper(sum)), sum},
		"hawser":            {strings.Replace(good, "git-lfs.github", "hawser.github", 1), sum},
		"git-media":         {strings.Replace(good, "https://git-lfs.github.com/spec/v1", "http://git-media.io/v/2", 1), sum},
		"another version":   {strings.Replace(good, "spec/v1", "spec/v2", 1), ""},
		"text before it":    {"# " + good, ""},
		"no oid":            {"version https://git-lfs.github.com/spec/v1\nsize 1\n", ""},
		"a short oid":       {strings.Replace(good, sum, sum[:62], 1), ""},
		"no digits":         {strings.Replace(good, sum, strings.Repeat("z", 64), 1), ""},
		"no size":           {strings.Split(good, "size")[0], ""},
		"the line alone":    {"version https://git-lfs.github.com/spec/v1", ""},
		"a long text":       {good + strings.Repeat("x", headSize), ""},
		"nothing":           {"", ""},
	} {
		head := []byte(row.text)
		if got := lfsPointer(head[:min(len(head), headSize)], int64(len(head))); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

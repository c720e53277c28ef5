package tarball

import (
	"strings"
	"testing"
)

// The README that npm sends is kept whole, and AUTHORS, whatever the order in the
// archive.
func TestShown(t *testing.T) {
	long := strings.Repeat("0123456789abcdef\n", 60_000) // more than is kept for checks
	tests := map[string]struct {
		files           []string // name, content
		readme, authors Text
	}{
		"none": {[]string{"docs/README.md", "x", "lib/AUTHORS", "y", "readme", "z", "README.txt", "t"}, Text{}, Text{}},
		"last": {[]string{"README.zh.md", "chinese", "README.md", "plain", "README", "other"}, Text{"package/README.zh.md", "chinese"}, Text{}},
		"later in the archive": {[]string{"README", "other", "README.md", "plain", "README.zh.md", "chinese"},
			Text{"package/README.zh.md", "chinese"}, Text{}},
		"no Markdown":     {[]string{"README.txt", "text", "README", "other"}, Text{"package/README", "other"}, Text{}},
		"long":            {[]string{"readme.md", long}, Text{"package/readme.md", long}, Text{}},
		"authors":         {[]string{"AUTHORS", "Jo\xff\n"}, Text{}, Text{"package/AUTHORS", "Jo\uFFFD\n"}},
		"authors, no set": {[]string{"Authors", "Jo\n", "AUTHORS.md", "Al\n"}, Text{}, Text{}},
	}
	for name, test := range tests {
		archive := []piece{good}
		for i := 0; i < len(test.files); i += 2 {
			archive = append(archive, file("package/"+test.files[i], test.files[i+1]))
		}
		got, err := Read(compress(join(append(archive, mark)...)), "p.tgz", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Shown != test.readme || got.Authors != test.authors {
			t.Errorf("%s: %.60v and %v, expected %.60v and %v", name, got.Shown, got.Authors, test.readme, test.authors)
		}
	}
}

// No more than MaxShown is kept: the entry says that there was more.
func TestShownTooLong(t *testing.T) {
	long := strings.Repeat("0123456789abcde\n", MaxShown/16+1)
	got, err := Read(compress(join(good, file("package/README.md", long), mark)), "p.tgz", Options{NoSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Shown.Body) != MaxShown || got.Entries[len(got.Entries)-1].Size <= MaxShown {
		t.Errorf("%d bytes kept, of %d", len(got.Shown.Body), got.Entries[len(got.Entries)-1].Size)
	}
}

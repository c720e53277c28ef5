package source

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
)

// among gives the contents of files on disk, as a tarball would.
func among(t *testing.T, dir string) Contents {
	return func(paths map[string]bool, visit func(string, []byte) error) error {
		for path := range paths {
			data, err := os.ReadFile(filepath.Join(dir, path))
			must(t, err)
			if err := visit(path, data); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestCleanAsGitSays changes files of random commits, with random attributes,
// and holds what is called unchanged against git diff. (git status says the same
// of a fresh checkout; of a file whose size has changed since it looks no further.)
func TestCleanAsGitSays(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	text := func() string {
		s := one("", "", "", "", "", "", "", "\xff\xfe", "\xfe\xff", "\x00")
		ends := [][]string{{"\n"}, {"\n"}, {"\r\n"}, {"\n", "\r\n"}, {"\r", "\r\n"}}[r.IntN(5)]
		for range 1 + r.IntN(4) {
			s += one("a", "é", "ü", "$Id$", "$Id$", "$Id: x $", "$Id: 1\n$", "$Id:", strings.Repeat("long ", 40),
				one("\x01", "\x1b", "\x7f", "a\x00\r\x00\n\x00", "b")) + one(ends...)
		}
		return s + one("", "", "\x1a")
	}
	attribute := func() string {
		return one("text", "text", "text=auto", "text=auto", "eol=crlf", "eol=crlf", "eol=lf", "ident", "ident",
			"working-tree-encoding=UTF-16LE", "working-tree-encoding=UTF-16",
			one("-text", "!text", "text=input", "text=false", "crlf", "-crlf", "crlf=input", "eol=x", "-ident", "binary",
				"-binary", "!binary", "mine"),
			one("working-tree-encoding=utf-16be", "working-tree-encoding=UTF-16LE-BOM", "working-tree-encoding=latin1",
				"working-tree-encoding=UTF-8", "working-tree-encoding=none-such", "diff=x", "bad/name", "-"))
	}
	folders := []string{"", "s/", "s/t/"}
	var files []string
	for _, f := range folders {
		for i := range 8 {
			files = append(files, fmt.Sprintf("%s%d.js", f, i), fmt.Sprintf("%s%d.txt", f, i))
		}
	}
	changed, unchanged := 0, 0
	for round := range 20 {
		dir := t.TempDir()
		git(t, dir, "init", "-q")
		write := func(path, content string) {
			must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755))
			must(t, os.WriteFile(filepath.Join(dir, path), []byte(content), 0o644))
		}
		for _, f := range files {
			write(f, text())
		}
		git(t, dir, "add", "-A")
		if r.IntN(2) == 0 {
			git(t, dir, "config", "core.autocrlf", one("true", "input", "false"))
		}
		for _, f := range folders {
			lines := ""
			for range r.IntN(12) {
				lines += one("", "", "", "", "", " ", "# ") + one("*", "*.js", "*.txt", "1.*", "[23].js", "/4.txt", "s/", "s/**",
					"**/5*", "!5.js", `"6.js"`, "[attr]mine", "[attr] binary", "t/7.js", "0.js", "*1.txt") + " " + attribute() +
					one("", " "+attribute()) + one("\n", "\r\n")
			}
			write(f+".gitattributes", lines)
			id := strings.TrimSpace(git(t, dir, "hash-object", "-w", "--no-filters", f+".gitattributes"))
			git(t, dir, "update-index", "--add", "--cacheinfo", "100644,"+id+","+f+".gitattributes")
		}
		git(t, dir, "commit", "-q", "-m", "x")
		for _, f := range files { // as committed, with other line ends, in another encoding, or another file
			data, err := os.ReadFile(filepath.Join(dir, f))
			must(t, err)
			s := string(data)
			switch r.IntN(9) {
			case 0, 6:
				s = strings.ReplaceAll(s, "\r\n", "\n")
			case 1, 7, 8:
				s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
			case 2:
				s = strings.ReplaceAll(s, "$Id$", "$Id: 12 $")
			case 3:
				u := utf16.AppendRune(nil, 0xfeff)
				for _, c := range s {
					u = utf16.AppendRune(u, c)
				}
				s = ""
				for _, c := range u[r.IntN(2):] {
					s += string([]byte{byte(c), byte(c >> 8)})
				}
			case 4:
				s = text()
			case 5:
				s = strings.ReplaceAll(s, "é", "\xe9")
			}
			must(t, os.Remove(filepath.Join(dir, f)))
			write(f, s)
		}
		compareClean(t, fmt.Sprint("round ", round), dir, files, &changed, &unchanged)
	}
	if changed < 100 || unchanged < 60 {
		t.Errorf("%d files changed, %d unchanged though their bytes differ", changed, unchanged)
	}
}

// TestCleanEncodings writes files in encodings by the names that git's own
// iconv knows them by, and expects what git says of them: unchanged.
func TestCleanEncodings(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	var files []string
	attributes := ""
	for i, c := range []struct{ name, content string }{
		{"SHIFT-JIS", "\x83e\x83X\x83g\n"}, {"SJIS", "\x83e\x83X\x83g\n"}, {"EUC-JP", "\xa5\xc6\xa5\xb9\n"},
		{"CP1252", "\x80\xe9\n"}, {"windows-1251", "\xef\xf0\n"}, {"ISO-8859-1", "caf\xe9\n"},
		{"ISO-8859-15", "\xa4\n"}, {"latin1", "\xe9\n"}, {"GBK", "\xc4\xe3\n"}, {"BIG5", "\xa7A\n"},
		{"EUC-KR", "\xb0\xa1\n"}, {"KOI8-R", "\xc1\n"}, {"UTF-16LE-BOM", "\xff\xfea\x00"},
	} {
		file := fmt.Sprintf("%d.txt", i)
		attributes += file + " working-tree-encoding=" + c.name + "\n"
		files = append(files, file)
		must(t, os.WriteFile(filepath.Join(dir, file), []byte(c.content), 0o644))
	}
	must(t, os.WriteFile(filepath.Join(dir, ".gitattributes"), []byte(attributes), 0o644))
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "x")
	changed, unchanged := 0, 0
	compareClean(t, "encodings", dir, files, &changed, &unchanged)
	if changed > 0 || unchanged != len(files) {
		t.Errorf("%d changed, %d unchanged though their bytes differ, of %d", changed, unchanged, len(files))
	}
}

func compareClean(t *testing.T, name, dir string, files []string, changed, unchanged *int) {
	t.Helper()
	status := git(t, dir, "diff", "--name-only", "-z")
	repo, v, err := head(t, dir)
	must(t, err)
	defer repo.Close()
	var packed []Packed
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f))
		must(t, err)
		packed = append(packed, Packed{Path: f, Blob: plumbing.ComputeHash(plumbing.BlobObject, data).String()})
	}
	got, err := repo.Explain(v, ".", packed, among(t, dir))
	must(t, err)
	for _, p := range packed {
		f := got[p.Path]
		if f.Blob == p.Blob {
			continue // git may call it modified where its attributes were made later than it: its bytes are the commit's
		}
		dirty := strings.Contains("\x00"+status, "\x00"+p.Path+"\x00")
		if dirty {
			*changed++
		} else {
			*unchanged++
		}
		if f.Clean == dirty {
			data, _ := os.ReadFile(filepath.Join(dir, p.Path))
			attrs := git(t, dir, "check-attr", "-a", p.Path)
			t.Errorf("%s: %s: clean %t, git diff %q\ncommit %q\nfile   %q\n%s", name, p.Path, f.Clean, status,
				git(t, dir, "show", "HEAD:"+p.Path), data, attrs)
		}
	}
}

// TestCleanAmong asks about the places where a file can lie: in a folder with
// attributes of its own, in a submodule with its own, as a copy of the
// checkout's, in a clone without the file, and in a checkout that converts.
func TestCleanAmong(t *testing.T) {
	dir, repo := commit(t, map[string]string{"a": "1"})
	sub, err := gitrepo.Init(filepath.Join(dir, "p/vendor"))
	must(t, err)
	pinned, err := sub.Commit(map[string]string{"x.cmd": "x\n", "y.txt": "y\n", ".gitattributes": "*.txt text=auto"})
	must(t, err)
	_, err = repo.Commit(map[string]string{
		".gitattributes": "*.cmd eol=crlf\nLICENSE text\n", "LICENSE": "MIT\n", "p/a.cmd": "a\n", "p/b.txt": "b\n",
		"p/t/b.txt": "b\n", "p/t/.gitattributes": "* text", "p/lost.cmd": "lost\n",
		"p/vendor": "module:" + pinned,
	})
	must(t, err)
	lost := blob("lost\n")
	must(t, os.Remove(filepath.Join(repo.Git, "objects", lost[:2], lost[2:])))
	packed := map[string]string{
		"a.cmd": "a\r\n", "b.txt": "b\r\n", "t/b.txt": "b\r\n", "lost.cmd": "lost\r\n", "vendor/x.cmd": "x\r\n",
		"vendor/y.txt": "y\r\n", "LICENSE": "MIT\r\n", "other": "MIT\r\n",
	}
	ask := func() map[string]File {
		t.Helper()
		r, v, err := head(t, dir)
		must(t, err)
		defer r.Close()
		var list []Packed
		for path, content := range packed {
			list = append(list, Packed{Path: path, Blob: blob(content)})
		}
		got, err := r.Explain(v, "p", list, func(paths map[string]bool, visit func(string, []byte) error) error {
			for path := range paths {
				must(t, visit(path, []byte(packed[path])))
			}
			return nil
		})
		must(t, err)
		return got
	}
	for path, want := range map[string]string{
		"a.cmd": "clean", "b.txt": "ends", "t/b.txt": "clean", "lost.cmd": "clean", "vendor/x.cmd": "ends",
		"vendor/y.txt": "clean", "LICENSE": "clean", "other": "",
	} {
		f := ask()[path]
		if got := map[File]string{{Clean: true}: "clean", {Ends: true}: "ends"}[File{Clean: f.Clean, Ends: f.Ends}]; got != want {
			t.Errorf("%s: %+v, want %s", path, f, want)
		}
	}
	for setting, want := range map[string]bool{"autocrlf = true": true, "AutoCRLF=input": true, "autocrlf": true,
		"autocrlf = false": false, "eol = crlf": false, "autocrlf = true\nautocrlf = false": false} {
		must(t, repo.Write("config", "[remote \"x\"]\nautocrlf = true\n[Core]\n\t"+setting+"\n"))
		if got := ask()["b.txt"].Clean; got != want {
			t.Errorf("%s: clean %t", setting, got)
		}
	}
	must(t, repo.Write("config.worktree", "[core]\nautocrlf = true\n"))
	for setting, want := range map[string]bool{"": false, "[extensions]\nworktreeConfig = true\n": true} {
		must(t, repo.Write("config", "[core]\nautocrlf = false\n"+setting))
		if got := ask()["b.txt"].Clean; got != want {
			t.Errorf("a worktree's own, %q: clean %t", setting, got)
		}
	}
	packed["a.cmd"] = "a\rb\r\n"
	if f := ask()["a.cmd"]; f.Clean || f.Ends {
		t.Errorf("another text: %+v", f)
	}
}

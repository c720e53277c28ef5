package tarball

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// npmInstalls is a program that does what npm does when it installs: npm's own
// pacote unpacks each file of a list. It then prints what is on the disk: number of
// the file, SHA-256, path.
const npmInstalls = `
const [npm, dir, list] = process.argv.slice(2);
const {createRequire} = require('module'), fs = require('fs'), path = require('path'), crypto = require('crypto');
const pacote = createRequire(npm + '/npm/package.json')('pacote');
const walk = (at, to, found) => {
  for (const e of fs.readdirSync(at, {withFileTypes: true})) {
    const p = path.join(at, e.name), r = to + e.name;
    if (e.isDirectory()) walk(p, r + '/', found);
    else found.push([r, crypto.createHash('sha256').update(fs.readFileSync(p)).digest('hex')]);
  }
  return found;
};
(async () => {
  let n = 0;
  for (const file of fs.readFileSync(list, 'utf8').trim().split('\n')) {
    const dest = fs.mkdtempSync(dir + '/x');
    await pacote.extract('file:' + file, dest, {offline: true, cache: dir + '/cache'});
    for (const [p, sum] of walk(dest, '', [])) console.log([n, sum, p].join('\t'));
    n++;
    fs.rmSync(dest, {recursive: true});
  }
})();
`

// installedByNpm unpacks tarballs as `npm install` does. It returns, for each
// tarball, the digest and path of each file.
func installedByNpm(t *testing.T, files []string) []map[string]string {
	t.Helper()
	npm := filepath.Join(managers(t), "npm11", "node_modules")
	dir := t.TempDir()
	program, list := filepath.Join(dir, "installs.cjs"), filepath.Join(dir, "list")
	for path, text := range map[string]string{program: npmInstalls, list: strings.Join(files, "\n")} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", program, npm, dir, list)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	all := make([]map[string]string, len(files))
	for line := range strings.Lines(string(out)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3) // no path that fits holds either
		n, err := strconv.Atoi(fields[0])
		if err != nil || n >= len(all) || len(fields) != 3 {
			t.Fatalf("%q (%v)", line, err)
		}
		if all[n] == nil {
			all[n] = map[string]string{}
		}
		all[n][fields[2]] = fields[1]
	}
	return all
}

// asInstalled returns where npm should put our entries: without the root directory,
// and with .gitignore renamed.
func asInstalled(got *Tarball) map[string]string {
	files := map[string]string{}
	for _, e := range got.Entries {
		if e.Dir {
			continue
		}
		_, inner, _ := strings.Cut(e.Path, "/")
		if inner == ".gitignore" || strings.HasSuffix(inner, "/.gitignore") {
			inner = strings.TrimSuffix(inner, ".gitignore") + ".npmignore"
		}
		files[inner] = e.SHA256
	}
	return files
}

// TestNpmInstallsTheSame makes sure that npm installs, and Go's reader reads,
// exactly the files that we judge. It uses every archive of the tables that passes,
// and one with all file names of one or two printable characters that pass, with
// other text before, behind and below them.
func TestNpmInstallsTheSame(t *testing.T) {
	var fit []*Tarball
	for _, d := range append(differentials(), gzipDifferentials()...) {
		if d.rule == "" {
			fit = append(fit, mustRead(t, d.packed))
		}
	}
	// one of each class, and what a reader might take to mean something
	const letters = "aBz9 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	names, pieces := newNameSet(), []piece{good}
	for _, shape := range []string{"package/%s", "package/x%s", "package/%sx", "package/lib/%s", "package/%s/package.json"} {
		for _, first := range letters {
			for _, second := range "\x00" + letters { // with NUL: the first alone
				name := fmt.Sprintf(shape, strings.TrimSuffix(string([]rune{first, second}), "\x00"))
				if _, err := checkName(name, false); err == nil && name != "package/package.json" && names.add(name, false) == nil {
					pieces = append(pieces, file(name, name))
				}
			}
		}
	}
	for at := 1; at < len(pieces); at += 2000 {
		part := append([]piece{good}, pieces[at:min(at+2000, len(pieces))]...)
		fit = append(fit, mustRead(t, pack(t, func(w io.Writer) { w.Write(join(append(part, mark)...)) })))
	}
	t.Logf("%d archives, %d names", len(fit), len(pieces))
	compareReaders(t, fit)
}

// TestNpmReadsHeadersTheSame puts values into each field of a header. If the
// archive passes, Go and npm must read the same from it.
func TestNpmReadsHeadersTheSame(t *testing.T) {
	race.Leave(t, "TestNpmInstallsTheSame")
	fields := []field{fieldName, fieldMode, fieldUID, fieldGID, fieldSize, fieldMtime, fieldLinkname, fieldUname, fieldGname,
		fieldMajor, fieldMinor, fieldPrefix, fieldPad, {fieldPrefix.at + 129, 3}, {fieldPrefix.at + 131, 24},
		{fieldChecksum.at, 8}, {156, 1}, {257, 8}}
	values := []string{"", " ", "0", "1", "5", "7", "8", "00", "ustar", "package", "package/", "a", "/", "//a", " 1",
		"1 ", "1 \x00", "1\x00 ", "\x001", " 1 2",
		"0000001", "0000001\x00", "00000001", "000000 \x00", "   3 \x00", "00000000003", "00000000003\x00", "000000000003",
		"+1", "-1", "0x1", "1e1", "1_0", "\t1", "1\n",
		"\x80\x00\x00\x01", "\xff\xff\xff\xff", strings.Repeat("0", 11), strings.Repeat("7", 12), strings.Repeat("n", 99),
		strings.Repeat("n", 100), strings.Repeat("n", 155),
		"package\x00a", "package/lib\x00", "15270440050\x0015270440050\x00", "15270440050 15270440050 ",
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x001"}
	var fit []*Tarball
	tried := 0
	plain, split, folder := spec{name: "package/a", body: "abc"}, spec{name: "a.js", prefix: "package/lib",
		body: "abc"}, spec{name: "package/b/", kind: '5'}
	for _, f := range fields {
		kinds := []spec{plain}
		if f == fieldName || f.at >= fieldPrefix.at {
			kinds = append(kinds, split)
		}
		if f == fieldName || f == fieldSize {
			kinds = append(kinds, folder)
		}
		for _, v := range values {
			for _, s := range kinds {
				s.edit = func(h []byte) {
					clear(f.of(h))
					copy(f.of(h), v)
				}
				tried++
				got, err := Read(compress(join(good, entry(s), file("package/z", "z"), mark)), fmt.Sprintf("%v %q", f, v),
					Options{NoSecrets: true, Digests: true})
				if err == nil && len(got.Violations) == 0 {
					fit = append(fit, got)
				}
			}
		}
	}
	t.Logf("%d of %d headers fit", len(fit), tried)
	if len(fit) < 100 || len(fit) > tried/2 {
		t.Errorf("%d of %d headers fit", len(fit), tried)
	}
	compareReaders(t, fit)
}

// TestNpmInstallsPublished does the same with published tarballs.
func TestNpmInstallsPublished(t *testing.T) {
	dir := tarballs(t)
	specs, _ := published(t)
	var fit []*Tarball
	for _, spec := range specs {
		path := filepath.Join(dir, strings.ReplaceAll(spec, "/", "+")+".tgz")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if refused[spec].why != "" || info.Size() > 64<<10 { // npm's disk is slow: the small ones are enough
			continue
		}
		got, err := readFile(path, Options{NoSecrets: true, Digests: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Entries) <= 100 {
			fit = append(fit, got)
		}
	}
	if len(fit) < 150 {
		t.Errorf("only %d tarballs", len(fit))
	}
	compareReaders(t, fit)
}

func mustRead(t *testing.T, packed []byte) *Tarball {
	t.Helper()
	got, err := Read(packed, "p.tgz", Options{NoSecrets: true, Digests: true})
	if err != nil || len(got.Violations) > 0 {
		t.Fatalf("%v %q", err, got.Violations)
	}
	return got
}

// compareReaders compares what we read with what Go's reader, libarchive and npm
// read.
func compareReaders(t *testing.T, fit []*Tarball) {
	t.Helper()
	dir := t.TempDir()
	var files []string
	for i, got := range fit {
		path := filepath.Join(dir, fmt.Sprintf("%d.tgz", i))
		if err := os.WriteFile(path, got.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	for _, got := range fit {
		if theirs, err := goReads(got.Bytes); err != nil || !slices.Equal(theirs, got.Entries) {
			t.Errorf("%s: archive/tar reads %v (%v), we read %v", got.File, theirs, err, got.Entries)
		}
	}
	for i, theirs := range listedByLibarchive(t, files) {
		var ours []string
		for _, e := range fit[i].Entries {
			if e.Dir {
				ours = append(ours, "DIR  "+e.Path)
			} else {
				ours = append(ours, "FILE "+e.SHA256+" "+e.Path)
			}
		}
		if !slices.Equal(ours, theirs) {
			t.Errorf("%s: libarchive reads\n%q\nwe read\n%q", fit[i].File, theirs, ours)
		}
	}
	for i, theirs := range installedByNpm(t, files) {
		ours := asInstalled(fit[i])
		if maps.Equal(ours, theirs) {
			continue
		}
		for _, path := range slices.Sorted(maps.Keys(ours)) {
			if theirs[path] != ours[path] {
				t.Errorf("%s: %q is ours, npm has %q there", fit[i].File, path, theirs[path])
			}
			delete(theirs, path)
		}
		t.Errorf("%s: npm's alone: %q", fit[i].File, slices.Sorted(maps.Keys(theirs)))
	}
}

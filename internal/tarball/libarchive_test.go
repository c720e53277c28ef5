package tarball

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// libarchiveLists is a program that prints what libarchive (archive-wasm) reads
// from each file of a list: number of the file, type, SHA-256, path.
const libarchiveLists = `
import fs from 'fs'; import crypto from 'crypto'; import {pathToFileURL} from 'url';
const [module, list] = process.argv.slice(2);
const {extract} = await import(pathToFileURL(module).href);
let n = 0;
for (const file of fs.readFileSync(list, 'utf8').trim().split('\n')) {
  for (const e of extract(new Uint8Array(fs.readFileSync(file)))) {
    const sum = e.type === 'FILE' ? crypto.createHash('sha256').update(new Uint8Array(e.data ?? new ArrayBuffer(0))).digest('hex') : '';
    console.log([n, e.type, sum, e.path].join('\t'));
  }
  n++;
}
`

// listedByLibarchive lists tarballs as bsdtar and other programs based on
// libarchive read them.
func listedByLibarchive(t *testing.T, files []string) [][]string {
	t.Helper()
	module := filepath.Join(managers(t), "libarchive", "node_modules", "archive-wasm", "src", "archive.mjs")
	if _, err := os.Stat(module); err != nil {
		t.Skipf("libarchive is not here (.ci/managers DIR): %v", err)
	}
	dir := t.TempDir()
	program, list := filepath.Join(dir, "lists.mjs"), filepath.Join(dir, "list")
	for path, text := range map[string]string{program: libarchiveLists, list: strings.Join(files, "\n")} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", program, module, list)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	all := make([][]string, len(files))
	for line := range strings.Lines(string(out)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 4) // no path that fits holds either
		n, err := strconv.Atoi(fields[0])
		if err != nil || n >= len(all) || len(fields) != 4 {
			t.Fatalf("%q (%v)", line, err)
		}
		if fields[1] == "FILE" {
			fields[1] += " " + fields[2]
		} else {
			fields[1] += " "
		}
		all[n] = append(all[n], fields[1]+" "+fields[3])
	}
	return all
}

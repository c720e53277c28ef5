package main

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/publishgate/publishgate/internal/cli"
)

// TestVerifyStage holds a staged version against the signed verdict, by a
// registry whose answers are changed in one way each.
func TestVerifyStage(t *testing.T) {
	whole := newStageWorld(t)
	pristine := maps.Clone(whole.files)
	other := repacked(t, whole.tarball)
	changed := func(key string, value any) func(*stageWorld) {
		return func(w *stageWorld) { w.say(func(m map[string]any) { m[key] = value }) }
	}
	for name, c := range map[string]struct {
		change func(*stageWorld)
		args   []string
		code   int
		says   []string
	}{
		"as judged": {nil, nil, 0, []string{"staged @acme/status-page@2.3.1 (dist-tag latest, public): the judged bytes, verdict pass of 20",
			": npm stage approve " + stageID + " --registry http://127.0.0.1:"}},
		"as expected":      {nil, []string{"-tag", "latest", endName + "@" + endVersion}, 0, nil},
		"still validating": {changed("status", "validating"), nil, 0, []string{"still validates it"}},
		"without a status": {changed("status", nil), nil, 0, nil},
		"other bytes": {func(w *stageWorld) { w.serve(other) }, nil, 1, []string{"FAILED   bytes",
			"differs  + steal.js", "differs  ~ script postinstall: → node steal.js", "npm stage reject " + stageID}},
		"a byte more": {func(w *stageWorld) { w.serve(append(bytes.Clone(w.tarball), 0)) }, nil, 1,
			[]string{"FAILED   bytes", "differs  the staged bytes are no package"}},
		"another shasum":    {changed("shasum", strings.Repeat("0", 40)), nil, 1, []string{"FAILED   shasum"}},
		"another tag":       {changed("tag", "next"), nil, 1, []string{"FAILED   tag", "expected  latest", "found     next"}},
		"another expected":  {nil, []string{"-tag", "next"}, 1, []string{"FAILED   tag"}},
		"restricted":        {changed("access", "private"), nil, 1, []string{"FAILED   access", "found     restricted"}},
		"another package":   {changed("packageName", "@acme/other"), nil, 1, []string{"FAILED   package", "@acme/other@2.3.1"}},
		"another version":   {changed("version", "2.3.2"), nil, 1, []string{"FAILED   package"}},
		"another is wanted": {nil, []string{"@acme/other@2.3.1"}, 1, []string{"FAILED   package"}},
		"rejected, as said": {changed("status", "rejected"), nil, 1, []string{"found     rejected"}},
		"blocked, as said":  {changed("status", "blocked"), nil, 1, []string{"found     blocked"}},
		"an unknown word":   {changed("status", "quarantined"), nil, 3, []string{"quarantined"}},
		"hostile words": {func(w *stageWorld) {
			w.say(func(m map[string]any) { m["status"] = "\u202estaged\n::error::x\x1b[2J"; m["actor"] = "\x1b]0;x" })
		}, nil, 3, []string{`a word that is not known here: `}},
		"no UUID":           {nil, []string{"-stage", "latest"}, 2, []string{"a stage id is a UUID"}},
		"a path":            {nil, []string{"-stage", stageID + "/../x"}, 2, []string{"a stage id is a UUID"}},
		"no id":             {nil, []string{"-stage", ""}, 2, []string{"-stage is empty"}},
		"of another id":     {changed("id", strings.Replace(stageID, "8", "9", 1)), nil, 3, []string{"asked for the staged version"}},
		"a page":            {func(w *stageWorld) { w.files[stagePath] = []byte("<html>") }, nil, 3, nil},
		"nothing":           {func(w *stageWorld) { w.files[stagePath] = []byte("{}") }, nil, 3, nil},
		"the registry down": {func(w *stageWorld) { w.status[stagePath] = 400 }, nil, 3, nil},
		"no maintainer":     {func(w *stageWorld) { w.status[stagePath] = 403 }, nil, 3, []string{"only the token of a maintainer"}},
		"bytes withheld":    {func(w *stageWorld) { w.status[stagePath+"/tarball"] = 400 }, nil, 3, nil},
		"approved meanwhile": {(*stageWorld).gone, nil, 0,
			[]string{"published @acme/status-page@2.3.1 (dist-tag latest): the judged bytes", "approved meanwhile"}},
		"approved just now": {func(w *stageWorld) { delete(w.files, stagePath+"/tarball") }, nil, 0,
			[]string{"published @acme/status-page@2.3.1", "approved meanwhile"}},
		"approved, as said": {changed("status", "published"), nil, 0, []string{"approved meanwhile"}},
		"approved, other bytes": {func(w *stageWorld) {
			w.gone()
			w.files["/@acme/status-page/-/@acme/status-page-2.3.1.tgz"] = other
		}, nil, 1, []string{"FAILED   bytes", "FAILED   integrity"}},
		"approved, another tag": {func(w *stageWorld) {
			w.gone()
			w.files["/-/package/@acme%2fstatus-page/dist-tags"] = []byte(`{"latest":"2.3.0","next":"2.3.1"}`)
		}, nil, 1, []string{"FAILED   tag"}},
		"approved, a later one": {func(w *stageWorld) {
			w.gone()
			w.files["/-/package/@acme%2fstatus-page/dist-tags"] = []byte(`{"latest":"2.10.0"}`)
		}, nil, 0, nil},
		"approved, another manifest": {func(w *stageWorld) {
			w.gone()
			_, manifest := w.below.Published(endName, endVersion)
			w.files["/@acme%2fstatus-page/"+endVersion] = bytes.Replace(manifest, []byte(`"dependencies":{`),
				[]byte(`"dependencies":{"evil":"*",`), 1)
		}, nil, 1, []string{"FAILED   manifest", "others: dependencies"}},
		"approved, restricted": {func(w *stageWorld) {
			w.gone()
			w.files["/-/package/@acme%2fstatus-page/visibility"] = []byte(`{"public":false}`)
		}, nil, 1, []string{"FAILED   access", "found     restricted"}},
		"rejected meanwhile": {func(w *stageWorld) { w.gone(); w.unpublished() }, nil, 1, []string{"it was rejected"}},
		"approved, not visible": {func(w *stageWorld) { w.gone(); w.unpublished(); w.stands("validating") }, nil, 3,
			[]string{"run again"}},
		"staged again":           {func(w *stageWorld) { w.gone(); w.unpublished(); w.stands("staged") }, nil, 1, []string{"npm stage list"}},
		"blocked meanwhile":      {func(w *stageWorld) { w.gone(); w.unpublished(); w.stands("blocked") }, nil, 1, []string{"found     blocked"}},
		"deleted meanwhile":      {func(w *stageWorld) { w.gone(); w.unpublished(); w.stands("deleted") }, nil, 1, []string{"found     deleted"}},
		"stands somewhere else":  {func(w *stageWorld) { w.gone(); w.unpublished(); w.stands("x") }, nil, 3, []string{"not known here"}},
		"a bundle":               {nil, []string{"-bundle", "x"}, 2, []string{"-bundle is for files"}},
		"offline":                {nil, []string{"-offline"}, 2, []string{"-offline does not go with -stage"}},
		"a folder beside it":     {nil, []string{"testdata"}, 2, []string{"named by -evidence"}},
		"no such folder":         {nil, []string{"-evidence", "nowhere"}, 2, []string{"-evidence"}},
		"another folder":         {nil, []string{"-evidence", "testdata/packages"}, 1, []string{"FAILED   signed-verdict"}},
		"where no token is said": {nil, []string{"-npmrc", "testdata/packages/status-page/package.json"}, 2, []string{"has no token for"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &stageWorld{below: whole.below, files: maps.Clone(pristine), status: map[string]int{}, token: whole.token,
				tarball: whole.tarball}
			if c.change != nil {
				c.change(w)
			}
			whole.mu.Lock()
			whole.files, whole.status, whole.seen = w.files, w.status, nil
			whole.mu.Unlock()
			args := append([]string{"verify", "-registry", whole.URL, "-key", whole.key}, c.args...)
			for flag, value := range map[string]string{"-evidence": whole.evidence, "-stage": stageID} {
				if !slices.Contains(c.args, flag) {
					args = slices.Insert(args, 1, flag, value)
				}
			}
			code, said := runCLI(args, "NODE_AUTH_TOKEN="+w.token)
			if code != c.code {
				t.Errorf("exit %d, expected %d\n%s", code, c.code, said)
			}
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			if strings.ContainsAny(said, "\x1b\u202e") || strings.Contains(said, "::error") {
				t.Errorf("it prints what a terminal or a runner obeys: %q", said)
			}
			if strings.Contains(said, w.token) {
				t.Error("it shows the token")
			}
			for _, r := range whole.seen {
				if r.Method != http.MethodGet {
					t.Errorf("%s %s: it only reads", r.Method, r.URL)
				}
			}
			if name == "as judged" && len(whole.seen) != 2 {
				t.Errorf("%d requests for the stage and its bytes", len(whole.seen))
			}
			if code == 2 && len(whole.seen) > 0 {
				t.Errorf("%d requests for a wrong use", len(whole.seen))
			}
		})
	}
}

// TestVerifyStageStored holds a staged version against what GitHub stores.
func TestVerifyStageStored(t *testing.T) {
	w := newStageWorld(t)
	for name, c := range map[string]struct {
		status int
		answer string
		code   int
		says   string
	}{
		"nothing stored": {200, `{"attestations":[]}`, 1, "name its folder with -evidence"},
		"unknown there":  {404, `{"message":"Not Found"}`, 1, "FAILED   signed-verdict"},
		"down":           {400, `{}`, 3, "unknown  signed-verdict"},
		"no bundle":      {200, `{"attestations":[{"bundle":{}}]}`, 1, "FAILED   stored"},
	} {
		github := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				t.Errorf("%s: GitHub was sent a token", name)
			}
			a.WriteHeader(c.status)
			_, _ = io.WriteString(a, c.answer)
		}))
		code, said := runCLI([]string{"verify", "-stage", stageID, "-registry", w.URL, "-repository", "acme/status-page"},
			"NODE_AUTH_TOKEN="+w.token, "GITHUB_API_URL="+github.URL)
		github.Close()
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit %d, expected %d, and to say %q\n%s", name, code, c.code, c.says, said)
		}
	}
}

// TestVerifyStageToken: the token comes from a variable or a named file, and only
// that of this registry is sent.
func TestVerifyStageToken(t *testing.T) {
	w := newStageWorld(t)
	place := strings.TrimPrefix(w.URL, "http:") + "/"
	npmrc := filepath.Join(t.TempDir(), "npmrc")
	for name, c := range map[string]struct {
		npmrc string
		env   []string
		code  int
	}{
		"from the file":           {place + ":_authToken=" + w.token, nil, 0},
		"from the file, not env":  {place + ":_authToken=" + w.token, []string{"NODE_AUTH_TOKEN=npm_of_another_place"}, 0},
		"of another in the file":  {"//registry.npmjs.org/:_authToken=" + w.token, nil, 2},
		"made of a variable":      {place + ":_authToken=${NPM_TOKEN}", []string{"NPM_TOKEN=" + w.token}, 2},
		"NPM_TOKEN":               {"", []string{"NPM_TOKEN=" + w.token}, 0},
		"bound to the registry":   {"", []string{"npm_config_" + place + ":_authToken=" + w.token}, 0},
		"bound to another":        {"", []string{"npm_config_//registry.npmjs.org/:_authToken=" + w.token}, 2},
		"none":                    {"", nil, 2},
		"one that it knows not":   {"", []string{"NPM_TOKEN=npm_of_nobody_here"}, 3},
		"a line break in the env": {"", []string{"NPM_TOKEN=npm_a\nnpm_b"}, 2},
	} {
		args := []string{"verify", "-stage", stageID, "-registry", w.URL, "-evidence", w.evidence, "-key", w.key}
		if c.npmrc != "" {
			if err := os.WriteFile(npmrc, []byte(c.npmrc+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "-npmrc", npmrc)
		}
		if code, said := runCLI(args, c.env...); code != c.code || strings.Contains(said, w.token) {
			t.Errorf("%s: exit %d, expected %d\n%s", name, code, c.code, said)
		}
	}
}

// TestVerifyStageJSON holds what is printed against the schema.
func TestVerifyStageJSON(t *testing.T) {
	w := newStageWorld(t)
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("docs", "verify.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{w.tarball, repacked(t, w.tarball)} {
		w.serve(data)
		var out bytes.Buffer
		cli.Main(t.Context(), cli.Process{Args: []string{"verify", "-stage", stageID, "-registry", w.URL, "-evidence", w.evidence,
			"-key", w.key, "-format", "json"}, Env: []string{"NPM_TOKEN=" + w.token}, Stdout: &out, Stderr: io.Discard, Now: time.Now})
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
		if err != nil || schema.Validate(doc) != nil {
			t.Fatalf("%v %v of %s", err, schema.Validate(doc), out.String())
		}
		stage := doc.(map[string]any)["stage"].(map[string]any)
		if differs := len(stage["differs"].([]any)) > 0; stage["id"] != stageID || stage["tag"] != "latest" || stage["judged"] == "" ||
			differs != (len(data) != len(w.tarball)) {
			t.Errorf("%v", stage)
		}
	}
	w.gone()
	_, said := runCLI([]string{"verify", "-stage", stageID, "-registry", w.URL, "-evidence", w.evidence, "-key", w.key, "-format", "json"},
		"NPM_TOKEN="+w.token)
	if !regexp.MustCompile(`(?s)"name": "manifest",[^}]*"found": "these",\s*"ok": true`).MatchString(said) {
		t.Errorf("the manifest of what is published was not looked at: %s", said)
	}
}

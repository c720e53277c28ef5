package registry_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/registry"
)

const stageID = "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"

// stagedItem is npm's own example of an entry.
func stagedItem(id, name string) string {
	return fmt.Sprintf(`{"id":%q,"packageName":%q,"version":"1.2.3","tag":"latest","createdAt":"2026-03-16T09:00:00.000Z",
		"actor":"npm-bot","actorType":"trusted automation","access":"private","shasum":"4f7f"}`, id, name)
}

func document(text string) (int64, func() io.ReadCloser) {
	return int64(len(text)), func() io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
}

// TestWritesOnce: each write is sent once, with the token, and its answer is told
// as it is.
func TestWritesOnce(t *testing.T) {
	size, open := document(`{"_id":"@acme/demo"}`)
	stage := func(c *registry.Client) (string, error) { return c.Stage(t.Context(), "@acme/demo", size, open) }
	tag := func(c *registry.Client) (string, error) {
		return "", c.SetTag(t.Context(), "@acme/demo", "next", "1.2.3")
	}
	const stagePath, tagPath = "POST /-/stage/package/@acme%2fdemo", "PUT /-/package/@acme%2fdemo/dist-tags/next"
	for name, c := range map[string]struct {
		do     func(*registry.Client) (string, error)
		asked  string
		answer reply
		id     string
		status int
		failed string
	}{
		"staged":     {stage, stagePath, reply{201, `{"message":"ok","stageId":"` + stageID + `"}`}, stageID, 0, ""},
		"no id":      {stage, stagePath, reply{201, `{"ok":true}`}, "", 0, "no UUID"},
		"another id": {stage, stagePath, reply{201, `{"stageId":"../../-/whoami"}`}, "", 0, "no UUID"},
		"a page":     {stage, stagePath, reply{200, `<html>`}, "", 0, "cannot be read"},
		"not accepted": {stage, stagePath, reply{409, `{"message":"Cannot publish over previously staged version"}`}, "", 409,
			"previously staged"},
		"a fault":     {stage, stagePath, reply{503, ""}, "", 503, "503"},
		"led away":    {stage, stagePath, reply{307, "https://elsewhere.example"}, "", 0, "another origin"},
		"tagged":      {tag, tagPath, reply{201, `{"ok":"dist-tags updated"}`}, "", 0, ""},
		"tagged, 204": {tag, tagPath, reply{204, ``}, "", 0, ""},
		"no right":    {tag, tagPath, reply{403, `{"error":"no"}`}, "", 403, "403"},
		"no endpoint": {tag, tagPath, reply{404, ``}, "", 404, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			s := answers(t, c.answer)
			client, _ := client(t, s.URL, canary)
			id, err := c.do(client)
			if id != c.id || (err == nil) != (c.failed == "") || err != nil && !strings.Contains(err.Error(), c.failed) {
				t.Errorf("%q, %v", id, err)
			}
			var status *registry.StatusError
			if errors.As(err, &status) != (c.status > 0) || status != nil && status.Status != c.status {
				t.Errorf("status %+v", status)
			}
			if len(s.asked) != 1 || s.asked[0] != c.asked || s.auth[0] != "Bearer "+canary {
				t.Errorf("asked %q with %q", s.asked, s.auth)
			}
			if body := map[bool]string{true: `{"_id":"@acme/demo"}`, false: `"1.2.3"`}[c.asked == stagePath]; s.body[0] != body {
				t.Errorf("sent %q", s.body[0])
			}
		})
	}
}

// TestNothingAsked: what cannot be part of an address, or needs a token that is
// not there, is not asked.
func TestNothingAsked(t *testing.T) {
	s := answers(t, reply{200, "{}"})
	c, _ := client(t, s.URL, canary)
	anonymous, _ := client(t, s.URL, "")
	size, open := document("{}")
	for _, id := range []string{"", "x", "../whoami", stageID + "/approve", stageID[1:], stageID + "0",
		"{" + stageID + "}", strings.ReplaceAll(stageID, "-", ""), stageID + "\n"} {
		if _, found, err := c.Staged(t.Context(), id); found || !errors.Is(err, registry.ErrStageID) || registry.IsStageID(id) {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := c.StagedTarball(t.Context(), id, 10); !errors.Is(err, registry.ErrStageID) {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, bad := range []string{"", "..", "a/b", "a b", "é", "a\nb", "a?b"} {
		_, err1 := c.Stage(t.Context(), bad+"/..", size, open)
		_, err2 := c.StagedOf(t.Context(), bad+"/..")
		_, _, err3 := c.State(t.Context(), "demo", bad)
		_, _, err4 := c.Visibility(t.Context(), bad+"/..")
		if err := c.SetTag(t.Context(), "demo", bad, "1.0.0"); err == nil || err1 == nil || err2 == nil || err3 == nil || err4 == nil {
			t.Errorf("%q: %v, %v, %v, %v, %v", bad, err, err1, err2, err3, err4)
		}
		if err := c.SetTag(t.Context(), "demo", "next", bad); err == nil {
			t.Errorf("%q", bad)
		}
	}
	_, err1 := anonymous.Stage(t.Context(), "demo", size, open)
	_, _, err2 := anonymous.Staged(t.Context(), stageID)
	_, err3 := anonymous.StagedOf(t.Context(), "demo")
	_, err4 := anonymous.StagedTarball(t.Context(), stageID, 10)
	for _, err := range []error{err1, err2, err3, err4, anonymous.SetTag(t.Context(), "demo", "next", "1.0.0")} {
		if !errors.Is(err, registry.ErrNoToken) {
			t.Errorf("%v", err)
		}
	}
	if _, told, err := anonymous.State(t.Context(), "demo", "1.0.0"); told || err != nil {
		t.Errorf("state: %v, %v", told, err)
	}
	if _, told, err := anonymous.TokenInfo(t.Context()); told || err != nil {
		t.Errorf("token: %v, %v", told, err)
	}
	if len(s.asked) > 0 {
		t.Errorf("asked %q", s.asked)
	}
}

func TestStaged(t *testing.T) {
	for name, c := range map[string]struct {
		answer reply
		found  bool
		failed string
	}{
		"there":             {reply{200, stagedItem(stageID, "@acme/demo")}, true, ""},
		"spelled otherwise": {reply{200, stagedItem(strings.ToUpper(stageID), "@acme/demo")}, true, ""},
		"none":              {reply{404, `{"message":"Not Found"}`}, false, ""},
		"not for this one":  {reply{401, ``}, false, "401"},
		"nor for this":      {reply{403, ``}, false, "403"},
		"another":           {reply{200, stagedItem("2"+stageID[1:], "@acme/demo")}, false, "answered about"},
		"a name for a path": {reply{200, stagedItem(stageID, "../x")}, false, "packageName"},
		"a page":            {reply{200, "<html>"}, false, "cannot be read"},
		"nothing":           {reply{200, "{}"}, false, "has id"},
	} {
		s := answers(t, c.answer)
		client, _ := client(t, s.URL, canary)
		got, found, err := client.Staged(t.Context(), stageID)
		if found != c.found || (err == nil) != (c.failed == "") || err != nil && !strings.Contains(err.Error(), c.failed) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
		if found && (got.Name != "@acme/demo" || got.Version != "1.2.3" || got.Tag != "latest" || got.Access != "restricted" ||
			got.ActorType != "trusted automation" || got.Created.Day() != 16 || got.Shasum != "4f7f") {
			t.Errorf("%s: %+v", name, got)
		}
		if s.asked[0] != "GET /-/stage/"+stageID {
			t.Errorf("%s: asked %q", name, s.asked)
		}
	}
}

// TestStagedOf: pages are read to their end, which has to come.
func TestStagedOf(t *testing.T) {
	page := func(items int, name string) reply {
		list := make([]string, items)
		for i := range list {
			list[i] = stagedItem(fmt.Sprintf("%08x%s", i, stageID[8:]), name)
		}
		return reply{200, `{"items":[` + strings.Join(list, ",") + `],"page":0,"perPage":100,"total":1}`}
	}
	for name, c := range map[string]struct {
		answers  []reply
		all      int
		requests int
		failed   bool
	}{
		"none":             {[]reply{page(0, "")}, 0, 1, false},
		"two":              {[]reply{page(2, "@acme/demo")}, 2, 1, false},
		"two pages":        {[]reply{page(100, "@acme/demo"), page(3, "@acme/demo")}, 103, 2, false},
		"a full one":       {[]reply{page(100, "@acme/demo"), page(0, "")}, 100, 2, false},
		"without end":      {[]reply{page(100, "@acme/demo")}, 0, 20, true},
		"of other names":   {[]reply{page(2, "@acme/other")}, 0, 1, false},
		"refused":          {[]reply{{403, ""}}, 0, 1, true},
		"refused later":    {[]reply{page(100, "@acme/demo"), {401, ""}}, 0, 2, true},
		"not a list":       {[]reply{{200, `{"items":{}}`}}, 0, 1, true},
		"no staged entry":  {[]reply{{200, `{"items":[1]}`}}, 0, 1, true},
		"a page of a site": {[]reply{{200, `<html>`}}, 0, 1, true},
	} {
		s := answers(t, c.answers...)
		client, _ := client(t, s.URL, canary)
		all, err := client.StagedOf(t.Context(), "@acme/demo")
		if len(all) != c.all || (err != nil) != c.failed || len(s.asked) != c.requests {
			t.Errorf("%s: %d, %v after %q", name, len(all), err, s.asked)
		}
		if s.asked[0] != "GET /-/stage?package=%40acme%2Fdemo&page=0&perPage=100" {
			t.Errorf("%s: asked %q", name, s.asked[0])
		}
	}
}

// TestStagedTarball: the bytes as they are, within the limit; a redirect is
// followed without the token.
func TestStagedTarball(t *testing.T) {
	told := "unset"
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told = r.Header.Get("Authorization")
		_, _ = io.WriteString(w, "stored")
	}))
	defer store.Close()
	for name, c := range map[string]struct {
		answer reply
		want   string
	}{
		"bytes":     {reply{200, "\x1f\x8bbytes"}, "\x1f\x8bbytes"},
		"too many":  {reply{200, "12345678901"}, ""},
		"none":      {reply{404, ""}, ""},
		"elsewhere": {reply{302, store.URL + "/x"}, "stored"},
		"to a file": {reply{302, "file:///etc/passwd"}, ""},
	} {
		s := answers(t, c.answer)
		client, _ := client(t, s.URL, canary)
		got, err := client.StagedTarball(t.Context(), stageID, 10)
		if string(got) != c.want || (err == nil) != (c.want != "") || s.asked[0] != "GET /-/stage/"+stageID+"/tarball" {
			t.Errorf("%s: %q, %v, asked %q", name, got, err, s.asked)
		}
	}
	if told != "" {
		t.Errorf("elsewhere was told %q", told)
	}
}

func TestState(t *testing.T) {
	status := func(of, version, word string) reply {
		return reply{200, fmt.Sprintf(`{"packageName":%q,"version":%q,"status":%q}`, of, version, word)}
	}
	for name, c := range map[string]struct {
		answer reply
		state  string
		told   bool
		failed string
	}{
		"published":    {status("@acme/demo", "1.2.3", "published"), "published", true, ""},
		"a new word":   {status("@acme/demo", "1.2.3", "quarantined"), "quarantined", true, ""},
		"none":         {reply{404, ""}, "", false, ""},
		"not enabled":  {reply{403, ""}, "", false, ""},
		"no access":    {reply{401, ""}, "", false, ""},
		"no such call": {reply{405, ""}, "", false, ""},
		"elsewhere":    {reply{302, "https://elsewhere.example/"}, "", false, ""},
		"down":         {reply{503, ""}, "", false, "tried 4 times"},
		"another":      {status("@acme/other", "1.2.3", "published"), "", false, "answered about"},
		"another one":  {status("@acme/demo", "1.2.4", "published"), "", false, "answered about"},
		"no word":      {status("@acme/demo", "1.2.3", ""), "", false, "without a status"},
		"a page":       {reply{200, "<html>"}, "", false, "cannot be read"},
	} {
		s := answers(t, c.answer)
		client, _ := client(t, s.URL, canary)
		state, told, err := client.State(t.Context(), "@acme/demo", "1.2.3")
		if state != c.state || told != c.told || (err == nil) != (c.failed == "") || err != nil && !strings.Contains(err.Error(), c.failed) {
			t.Errorf("%s: %q, %v, %v", name, state, told, err)
		}
		if s.asked[0] != "GET /-/package/@acme%2fdemo/version/1.2.3/status" {
			t.Errorf("%s: asked %q", name, s.asked)
		}
	}
}

func TestVisibility(t *testing.T) {
	for body, c := range map[string]struct {
		status       int
		public, told bool
		failed       bool
	}{
		`{"public":true}`:            {200, true, true, false},
		`{"public":false}`:           {200, false, true, false},
		`{"@acme/demo":"public"}`:    {200, true, true, false},
		`{"@acme/demo":"private"}`:   {200, false, true, false},
		`{"@acme/other":"public"}`:   {200, false, false, true},
		`{"public":"yes"}`:           {200, false, false, true},
		`<html>`:                     {200, false, false, true},
		`{"error":"no"}`:             {404, false, false, false},
		`{"error":"who"}`:            {401, false, false, false},
		`{"error":"told to fail"}`:   {500, false, false, true},
		`https://elsewhere.example/`: {302, false, false, false},
	} {
		s := answers(t, reply{c.status, body})
		client, _ := client(t, s.URL, canary)
		public, told, err := client.Visibility(t.Context(), "@acme/demo")
		if public != c.public || told != c.told || (err != nil) != c.failed || s.asked[0] != "GET /-/package/@acme%2fdemo/visibility" {
			t.Errorf("%s: %v, %v, %v, asked %q", body, public, told, err, s.asked)
		}
	}
}

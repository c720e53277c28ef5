package publish_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

// bundleOf returns a bundle around a statement with those subjects.
func bundleOf(subjects string) string {
	statement := `{"_type":"https://in-toto.io/Statement/v1","subject":[` + subjects + `],"predicateType":"https://slsa.dev/provenance/v1"}`
	return `{ "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "note": "\u00e9😀", "dsseEnvelope":
		{"payload":"` + base64.StdEncoding.EncodeToString([]byte(statement)) + `","payloadType":"application/vnd.in-toto+json"} }`
}

func subjectOf(ball *tarball.Tarball) string {
	return `{"name":"pkg:npm/%40acme/demo@1.0.0","digest":{"sha512":"` + ball.SHA512 + `"}}`
}

// The bundle becomes the second attachment, in the form of npm: a string of
// compact JSON, whose length is counted in UTF-16.
func TestAttach(t *testing.T) {
	ball := demo(t)
	p, err := publish.New(ball, publish.Options{Registry: there, Provenance: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Attach([]byte(bundleOf(subjectOf(ball)))); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(p.Open())
	if err != nil || int64(len(body)) != p.Size() {
		t.Fatalf("%d bytes of %d: %v", len(body), p.Size(), err)
	}
	var doc struct {
		Attachments map[string]struct {
			ContentType string `json:"content_type"`
			Data        string
			Length      int
		} `json:"_attachments"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	first, second := doc.Attachments["@acme/demo-1.0.0.tgz"], doc.Attachments["@acme/demo-1.0.0.sigstore"]
	if first.Data != base64.StdEncoding.EncodeToString(ball.Bytes) || len(doc.Attachments) != 2 {
		t.Errorf("the tarball is not there as before, among %d", len(doc.Attachments))
	}
	runes := []rune(second.Data)
	if second.ContentType != "application/vnd.dev.sigstore.bundle.v0.3+json" || second.Length != len(runes)+1 ||
		!strings.HasPrefix(second.Data, `{"mediaType":`) || strings.ContainsAny(second.Data, "\n\t") {
		t.Errorf("the bundle: %s, length %d of %d: %.60s", second.ContentType, second.Length, len(runes), second.Data)
	}
	if preview := p.Preview(); !json.Valid(preview.Document) || preview.Size != int64(len(body)) {
		t.Errorf("preview of %d bytes: %.100s", preview.Size, preview.Document)
	}
}

// The whole document with a bundle is the one of npm 11 and 12.
func TestAttachAsNpm(t *testing.T) {
	ball := demo(t)
	bundle := strings.Replace(bundleOf(subjectOf(ball)), `\u00e9`, "\u00e9", 1) // JSON.stringify writes it anew
	for _, manager := range []string{"npm11", "npm12"} {
		var ask func() map[string]any
		if os.Getenv(oracle.Managers) != "" {
			ask = func() map[string]any {
				docs, failures := publishAll(t, manager, [][]byte{ball.Bytes}, bundle)
				if len(docs) != 1 {
					t.Fatalf("%s: %q", manager, failures)
				}
				return fields(t, docs[0])
			}
		}
		told := oracle.JSON(t, oracle.Record{Name: "provenance-" + manager + ".json", Update: *update}, ask)
		p, err := publish.New(ball, publish.Options{Registry: anywhere, Tag: parityTag, Provenance: true})
		if err == nil {
			err = p.Attach([]byte(bundle))
		}
		if err != nil {
			t.Fatal(err)
		}
		doc, err := io.ReadAll(p.Open())
		if err != nil {
			t.Fatal(err)
		}
		compareFields(t, manager, written(fields(t, doc)), written(told))
	}
}

// A bundle about anything else is not attached.
func TestAttachRefuses(t *testing.T) {
	ball := demo(t)
	subject := subjectOf(ball)
	tests := map[string]struct{ bundle, says string }{
		"two subjects":     {bundleOf(subject + "," + subject), "2 subjects"},
		"no subject":       {bundleOf(""), "0 subjects"},
		"another name":     {bundleOf(strings.Replace(subject, "demo", "other", 1)), "its subject is"},
		"another version":  {bundleOf(strings.Replace(subject, "1.0.0", "1.0.1", 1)), "its subject is"},
		"another digest":   {bundleOf(strings.Replace(subject, ball.SHA512, strings.Repeat("0", 128), 1)), "SHA-512"},
		"no digest":        {bundleOf(`{"name":"pkg:npm/%40acme/demo@1.0.0"}`), "SHA-512"},
		"a signature":      {strings.Replace(bundleOf(subject), "dsseEnvelope", "messageSignature", 1), "payloadType"},
		"another media":    {strings.Replace(bundleOf(subject), "dev.sigstore", "dev.other", 1), "mediaType"},
		"another payload":  {strings.Replace(bundleOf(subject), "in-toto+json", "other", 1), "payloadType"},
		"no base64":        {strings.Replace(bundleOf(subject), `"payload":"`, `"payload":"*`, 1), "payload"},
		"two payloads":     {strings.Replace(bundleOf(subject), `"payload":"`, `"payload":"","payload":"`, 1), "payload"},
		"no JSON":          {"x", "the bundle"},
		"an array":         {"[]", "the bundle"},
		"more than enough": {`{"a":"` + strings.Repeat("a", 4<<20) + `"}`, "the bundle"},
	}
	for name, test := range tests {
		p, err := publish.New(ball, publish.Options{Registry: there})
		if err != nil {
			t.Fatal(err)
		}
		before := p.Size()
		if err := p.Attach([]byte(test.bundle)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		if p.Size() != before {
			t.Errorf("%s: it was attached", name)
		}
	}
}

// Where a bundle is to be attached, nothing is sent without it.
func TestNotWithoutProvenance(t *testing.T) {
	w, ball := newWorld(t), demo(t)
	p := w.plan(t, ball, publish.Options{Provenance: true})
	_, err := publish.Publish(t.Context(), w.client, p, allow(t, ball), w.waits())
	var refused *publish.RefusedError
	if !errors.As(err, &refused) || refused.Reasons[0].ID != "provenance" {
		t.Errorf("without a bundle: %v", err)
	}
	if n := len(w.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// On the way to the stage, the same document is sent to another address.
func TestRoads(t *testing.T) {
	ball := demo(t)
	var docs []string
	for road, want := range map[publish.Road]string{
		publish.Direct:  "PUT https://registry.example/@acme%2fdemo",
		publish.Staging: "POST https://registry.example/-/stage/package/@acme%2fdemo",
	} {
		p, err := publish.New(ball, publish.Options{Registry: there, Road: road})
		if err != nil {
			t.Fatal(err)
		}
		preview := p.Preview()
		if got := fmt.Sprint(preview.Method, " ", preview.URL); got != want {
			t.Errorf("%s, expected %s", got, want)
		}
		docs = append(docs, string(preview.Document))
	}
	if docs[0] != docs[1] {
		t.Error("the documents differ")
	}
}

package sign

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	prototrustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
)

func TestSelectServices(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	day := func(d int) time.Time { return now.AddDate(0, 0, d) }
	service := func(url, operator string, version uint32, from, to int) root.Service {
		s := root.Service{URL: url, Operator: operator, MajorAPIVersion: version, ValidityPeriodStart: day(from)}
		if to != 0 {
			s.ValidityPeriodEnd = day(to)
		}
		return s
	}
	services := []root.Service{
		service("a-old", "a", 1, -90, 0),
		service("a-new", "a", 1, -30, 0),
		service("b", "b", 1, -60, 0),
		service("c-ended", "c", 1, -60, -1),
		service("c-future", "c", 1, 1, 0),
		service("a-v2", "a", 2, -10, 0),
		service("d-v3", "d", 3, -10, 0),
	}
	const (
		anyOne = prototrustroot.ServiceSelector_ANY
		every  = prototrustroot.ServiceSelector_ALL
		exact  = prototrustroot.ServiceSelector_EXACT
	)
	for name, test := range map[string]struct {
		selector prototrustroot.ServiceSelector
		count    uint32
		versions []uint32
		want     string // servers and how many are needed; "": an error
	}{
		"any":              {anyOne, 0, []uint32{1}, "[a-new b] 1"},
		"all":              {every, 0, []uint32{1}, "[a-new b] 2"},
		"one":              {exact, 1, []uint32{1}, "[a-new b] 1"},
		"two":              {exact, 2, []uint32{1}, "[a-new b] 2"},
		"three of two":     {exact, 3, []uint32{1}, ""},
		"none":             {exact, 0, []uint32{1}, ""},
		"no selector":      {prototrustroot.ServiceSelector_SERVICE_SELECTOR_UNDEFINED, 0, []uint32{1}, ""},
		"new selector":     {9, 0, []uint32{1}, ""},
		"highest version":  {every, 0, []uint32{1, 2}, "[a-v2] 1"},
		"unknown version":  {every, 0, []uint32{4}, ""},
		"no version":       {every, 0, nil, ""},
		"two of version 2": {exact, 2, []uint32{1, 2}, ""},
	} {
		got, err := selectServices(services, root.ServiceConfiguration{Selector: test.selector, Count: test.count}, test.versions, now)
		var urls []string
		for _, s := range got.of {
			urls = append(urls, s.URL)
		}
		if text := fmt.Sprint(urls, got.need); (test.want == "") != (err != nil) || err == nil && text != test.want {
			t.Errorf("%s: %s, error %v, want %s", name, text, err, test.want)
		}
	}
}

func TestPick(t *testing.T) {
	for name, test := range map[string]struct {
		need  int
		down  string // the servers that do not work
		asked string
		fails bool
	}{
		"any":              {1, "", "a", false},
		"any, one down":    {1, "a", "ab", false},
		"any, all down":    {1, "abc", "abc", true},
		"two":              {2, "", "ab", false},
		"two, one down":    {2, "b", "abc", false},
		"two, two down":    {2, "ab", "ab", true},
		"all":              {3, "", "abc", false},
		"all, last down":   {3, "c", "abc", true},
		"all, first down":  {3, "a", "a", true},
		"none is needed":   {0, "", "", false},
		"all but one down": {1, "ab", "abc", false},
	} {
		asked := ""
		err := pick[string]{[]string{"a", "b", "c"}, test.need}.each(func(s string) error {
			asked += s
			if slices.Contains([]byte(test.down), s[0]) {
				return errors.New(s)
			}
			return nil
		})
		if asked != test.asked || (err != nil) != test.fails {
			t.Errorf("%s: asked %q, error %v, want %q", name, asked, err, test.asked)
		}
	}
	if err := (pick[string]{}).each(func(string) error { return errors.New("asked") }); err != nil {
		t.Error(err)
	}
}

func FuzzSigningConfig(f *testing.F) {
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","caUrls":[{"url":"https://f","majorApiVersion":1}],` +
		`"rekorTlogUrls":[{"url":"https://r","majorApiVersion":1,"operator":"a"}],"rekorTlogConfig":{"selector":"EXACT","count":1}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		signing, err := parseSigningConfig(data)
		if err != nil {
			return
		}
		got, err := choose(signing, []uint32{1, 2}, time.Unix(1_780_000_000, 0))
		if err != nil {
			return
		}
		if got.fulcio == "" && len(signing.FulcioCertificateAuthorityURLs()) == 0 || got.logs.need < 1 || got.logs.need > len(got.logs.of) {
			t.Errorf("chose %+v", got)
		}
	})
}

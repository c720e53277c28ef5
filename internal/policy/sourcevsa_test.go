package policy

import (
	"strings"
	"testing"
)

const aVSA = "{file: v.json, level: SLSA_SOURCE_LEVEL_4, identity: 'https://a.example/w@refs/heads/main', issuer: 'https://i.example'}"

func TestSourceVSA(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"", "", ""},
		{"issuer: 'https://i.example'", "repository: 'https://a.example/b'", "source.vsa: issuer is missing"},
		{"issuer: 'https://i.example'", "issuer: i.example", "is no https address"},
		{"LEVEL_4", "LEVEL_5", "source.vsa.level"},
		{"SLSA_SOURCE_LEVEL_4", "4", "source.vsa.level: text expected"},
		{"SLSA_SOURCE_LEVEL_4", "SLSA_BUILD_LEVEL_3", "source.vsa.level"},
		{"w@refs/heads/main", "w@*", "is compared exactly"},
		{"v.json", "../v.json", "source.vsa.file"},
		{"v.json", "/v.json", "source.vsa.file"},
		{"file: v.json", "file: v.json, ref: main", "write refs/heads/main"},
		{"file: v.json", "file: v.json, repository: acme/widget", "write https://github.com/OWNER/NAME"},
		{"file: v.json", "file: v.json, verifer: x", "did you mean verifier"},
		{aVSA, "[v.json]", "source.vsa"},
		{aVSA, "v.json", "source.vsa"},
	} {
		text := strings.Replace(aVSA, c.from, c.to, 1)
		_, err := Parse([]byte("source:\n  vsa: "+text+"\n"), "p.yml")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, expected %q", text, err, c.want)
		}
	}
	for _, c := range []struct{ level, want string }{
		{"2", "source.review, source.protected"}, {"3", "source.review"}, {"4", ""},
	} {
		vsa := strings.Replace(aVSA, "LEVEL_4", "LEVEL_"+c.level, 1)
		s := parse(t, "source: {review: required, protected: true, vsa: "+vsa+"}\n").For("a", Flags{}).Source
		if s.Keys() != c.want || s.Asked() != (c.want != "") {
			t.Errorf("level %s: GitHub is asked for %q, expected %q", c.level, s.Keys(), c.want)
		}
	}
}

// A package's own policy must not have somebody of its choice vouch for what its
// organisation has GitHub asked about.
func TestSourceVSATightens(t *testing.T) {
	own := parse(t, "source: {vsa: "+aVSA+"}\n")
	for above, want := range map[string]string{
		"source: {alerts: none-open}\n":   "",
		"source: {review: required}\n":    "source.vsa is set in",
		"source: {protected: true}\n":     "source.vsa is set in",
		"source: {vsa: " + aVSA + "}\n":   "source.vsa is set in",
		"audit-level: high\nversion: 1\n": "",
	} {
		_, err := Tighten(parse(t, above), own, "a")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, expected %q", above, err, want)
		}
	}
	both, err := Tighten(own, parse(t, "source: {review: required}\n"), "a")
	if err != nil {
		t.Fatal(err)
	}
	if s := both.For("a", Flags{}).Source; !s.Review || s.VSA == nil {
		t.Errorf("%+v", s)
	}
}

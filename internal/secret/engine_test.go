package secret

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// searchEverywhere runs every rule with a keyword in the text over the whole text.
// Windows must not change the result.
func searchEverywhere(s *Scanner, text []byte, path string) []hit {
	var hits []hit
	low := strings.ToLower(string(text))
	for _, r := range s.rules {
		if r.source == "" || !r.appliesTo(path) {
			continue
		}
		if slices.ContainsFunc(r.keywords, func(k string) bool { return strings.Contains(low, k) }) {
			hits = s.run(hits, r, text, span{0, len(text), true}, path)
		}
	}
	return hits
}

func same(a, b []hit) bool {
	return slices.EqualFunc(a, b, func(a, b hit) bool {
		return a.rule == b.rule && a.from == b.from && a.valueFrom == b.valueFrom && string(a.value) == string(b.value)
	})
}

func describeHits(hits []hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.rule.id+"="+string(h.value))
	}
	return out
}

// samples are lines that match a rule. They are put together here, so that no
// scanner takes this file for a leak.
func samples() []string {
	run := func(n int) string { return strings.Repeat("aB3dE5gH7jK9", 30)[:n] }
	hex := func(n int) string { return strings.Repeat("0a1b2c3d4e5f6789", 30)[:n] }
	return []string{
		`const token = "` + run(32) + `";`,
		"//registry.example.org/:_authToken=" + "npm_" + run(36),
		"api_key: '" + hex(40) + "'",
		"AKIA" + "QWERTYUIOP234567",
		"hf_" + strings.Repeat("aBcDeFgHiJ", 4)[:34],
		"gsk_" + run(52),
		"sk-or-v1-" + hex(64),
		"postgres://app:" + run(14) + "@db.internal.acme.io:5432/prod",
		"-----BEGIN PRIVATE KEY-----\n" + run(64) + "\n" + run(64) + "\n-----END PRIVATE KEY-----",
		`smtpPass: "G7#kd` + `Pw!29xZ", passphrase_production2 = 'G7#kd` + `Pw!29xZ' client_secret => ` + "`G7#kd" + "Pw!29xZ`",
		`<add key="password"` + "\t" + `value="G7#kd` + `Pw!29xZ"/>`, "DB_PASS-stage = G7#kd" + "Pw!29xZ\n",
		"curl -H 'Authorization: Bearer " + run(30) + "' https://api.acme.io",
		"ey" + run(20) + ".ey" + run(30) + "." + run(30),
		"https://hooks.slack.com/services/T" + "0123ABCDE/B0123ABCDE/" + run(24),
		"xoxb-" + "123456789012-123456789012-" + run(24),
		"facebook = 123456789012345|" + run(30),
		"key:e,token=t,api?a:b,access>=0,secret||x,password=,auth:==",
		"===" + run(300) + "===", "\xff\xfe\xff", "s." + run(24) + ";", "hvs." + run(95) + "\n",
	}
}

// FuzzWindows makes sure that searching around keywords finds what searching
// everywhere finds.
func FuzzWindows(f *testing.F) {
	for _, s := range samples() {
		f.Add(s, "package/a.js")
		f.Add("x"+s+s+" "+s+"\\n", "package/a.tf")
	}
	s := mustScanner(f)
	f.Fuzz(func(t *testing.T, text, path string) {
		// RE2 folds the Kelvin sign and the long s to k and s. No program accepts a
		// name with them, so the engine ignores such keywords.
		if len(text) > 4<<10 || strings.ContainsAny(text, "\u212a\u017f") {
			return
		}
		windows := s.search([]byte(text), s.File(path))
		if whole := searchEverywhere(s, []byte(text), path); !same(windows, whole) && !isBinary(text) {
			t.Errorf("%q\n windows    %q\n everywhere %q", text, describeHits(windows), describeHits(whole))
		}
	})
}

func isBinary(text string) bool { return strings.Contains(text, "\x00") }

// TestWindows does the same on random texts of samples and other words.
func TestWindows(t *testing.T) {
	race.Leave(t, "the tests of internal/tarball, which searches in parallel")
	s := mustScanner(t)
	r := rand.New(rand.NewPCG(1, 2))
	litter := []string{"key", "token", "=", ":", " ", "\n", "\"", "'", "api", "secret", "_", "-", ".", "http://", "é",
		"\xf0\x9f", "const a=b,", ";"}
	found := 0
	for range 400 {
		var b strings.Builder
		for range r.IntN(60) {
			if r.IntN(4) == 0 {
				b.WriteString(samples()[r.IntN(len(samples()))])
			} else {
				b.WriteString(litter[r.IntN(len(litter))])
			}
		}
		windows, whole := s.search([]byte(b.String()), s.File("a.js")), searchEverywhere(s, []byte(b.String()), "a.js")
		found += len(whole)
		if !same(windows, whole) {
			t.Fatalf("%q\n windows    %q\n everywhere %q", b.String(), describeHits(windows), describeHits(whole))
		}
	}
	if found < 400 {
		t.Errorf("only %d hits: the samples are no good", found)
	}
}

// TestSegments makes sure that a token in a file of many segments is found,
// wherever it is and in whatever pieces the file is written.
func TestSegments(t *testing.T) {
	s := mustScanner(t)
	secret := "npm_" + strings.Repeat("aB3dE5gH7jK9", 3)
	line := "var filler = 'nothing to see here';\n"
	for _, at := range []int{0, 100, segment - overlap - 20, segment - overlap + margin - 20, segment - overlap +
		margin, segment - 20, segment, 2*segment - overlap + 5, 3 * segment} {
		text := strings.Repeat(line, 4*segment/len(line))
		lines := at / len(line)
		text = text[:lines*len(line)] + "  x = \"" + secret + "\"\n" + text[lines*len(line):]
		f := s.File("package/a.js")
		for rest := text; rest != ""; {
			n := min(len(rest), 77_777)
			f.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		found, why := f.Close()
		if len(found) != 1 || found[0].Line != lines+1 || found[0].Column != 8 || why != "" {
			t.Errorf("at %d: %+v %q", at, found, why)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	s := mustScanner(b)
	text := []byte(strings.Repeat("function a(b,c){return b.key===c.token?b.api(c):void 0}var d={auth:e,access:f};\n", 20_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Scan("package/a.js", text)
	}
}

package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// madeUpToken is a token that the rules find in any text.
var madeUpToken = "gh" + "p_" + "x7Jd9sLq2mXw8vTz4BfQ1aRt6Yc3Ke5Hn0Pd"

func inBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// wrapped returns text in lines of 76 characters, as base64(1) writes it.
func wrapped(text, end string) string { return strings.Join(linesOf(text, 76), end) }

// linesOf cuts a text into lines of a given width.
func linesOf(text string, width int) (lines []string) {
	for ; len(text) > width; text = text[width:] {
		lines = append(lines, text[:width])
	}
	return append(lines, text)
}

// TestBehindEscape finds tokens behind an escape. The last digit of the escape is
// no part of the token.
func TestBehindEscape(t *testing.T) {
	token := "npm" + "_x7Jd9sLq2mXw8vTz4BfQ1aRt6Yc3Ke5Hn0Pd"
	for _, before := range []string{"%22", "%3D", "%0A", `\u0022`, `\x3d`, `\n`, `\r\n`, `\t`, "", "="} {
		for _, after := range []string{"", "%22", `\n`, "\n"} {
			if got := rulesIn(t, "package/a.txt", "t "+before+token+after); len(got) != 1 || !strings.HasPrefix(got[0], "npm-access-token") {
				t.Errorf("%q token %q: found %v", before, after, got)
			}
			if got := rulesIn(t, "package/a.txt", "t "+before+madeUpToken+after); len(got) != 1 || got[0] != "github-pat" {
				t.Errorf("%q github %q: found %v", before, after, got)
			}
		}
	}
}

func escaped(format, text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func inUTF16(text string, high bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if high {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// sourceMap returns a source map with the sources.
func sourceMap(sources ...string) string {
	m := map[string]any{"version": 3, "mappings": "AAAA;AACA", "sourcesContent": sources}
	var names []string
	for i := range sources {
		names = append(names, fmt.Sprintf("../src/%d.ts", i))
	}
	m["sources"] = names
	b, _ := json.Marshal(m)
	return string(b)
}

func TestEncoded(t *testing.T) {
	s := mustScanner(t)
	text := "first: line\nconst t = '" + madeUpToken + "';\n"
	long := text + strings.Repeat("filler of a file that goes on and on, with nothing in it\n", 20)
	five := text
	for range 5 {
		five = inBase64(five)
	}
	padded := text + strings.Repeat(" ", 3-len(text)%3)
	for name, c := range map[string]struct{ path, text, within string }{
		"plain":                       {"a.js", text, ""},
		"base64":                      {"a.cfg", "KEY=" + inBase64(text) + "\n", "base64"},
		"base64, in quotes":           {"a.js", `x("` + inBase64(text) + `")`, "base64"},
		"base64, at the end":          {"a.js", `x ` + inBase64(text), "base64"},
		"base64 without padding":      {"a.js", `x ` + strings.TrimRight(inBase64(text), "="), "base64"},
		"base64 of addresses":         {"a.js", `x ` + base64.RawURLEncoding.EncodeToString([]byte("??>>??"+text)), "base64"},
		"base64 of UTF-8":             {"a.js", `x ` + inBase64("Schlüssel – größer © "+text), "base64"},
		"base64 of UTF-16":            {"a.ps1", `powershell -EncodedCommand ` + inBase64(inUTF16(text, false)), "base64"},
		"base64 in lines":             {"a.txt", wrapped(inBase64(long), "\n") + "\n", "base64"},
		"base64 in lines of Windows":  {"a.yml", "key: |\n  " + wrapped(inBase64(long), "\r\n  ") + "\n", "base64"},
		"base64 in a JSON string":     {"a.json", `{"k": "` + wrapped(inBase64(long), `\n`) + `"}`, "base64"},
		"base64 in joined strings":    {"a.js", `k = "` + wrapped(inBase64(long), "\" +\n  \"") + `"`, "base64"},
		"base64 in short lines":       {"a.txt", strings.Join(linesOf(inBase64(strings.Repeat(" ", 26)+text), 50), "\n"), "base64"},
		"hex in lines":                {"a.txt", strings.Join(linesOf(hex.EncodeToString([]byte(text)), 60), "\n"), "hex"},
		"percent before a token":      {"a.txt", "body=t%3D" + madeUpToken, ""},
		"a PEM with something before": {"a.txt", "key_" + inBase64("-----BEGIN TOKEN "+text+strings.Repeat("x", 60)), "base64"},
		"hex":                         {"a.js", `x = "` + hex.EncodeToString([]byte(text)) + `"`, "hex"},
		"hex in capitals":             {"a.js", `x = 0x` + strings.ToUpper(hex.EncodeToString([]byte(text))), "hex"},
		"percent":                     {"a.txt", "body=" + escaped("%%%02X", text), "percent encoding"},
		"percent, partly": {"a.txt", "https://npm.acme.io/?t=a%20" + madeUpToken[:4] + "%78" +
			madeUpToken[5:] + "&x", "percent encoding"},
		"percent of a form": {"a.txt", url.QueryEscape(strings.ReplaceAll(text, madeUpToken,
			madeUpToken[:4]+"\x00"))[:3] + "%67%68" + madeUpToken[2:], "percent encoding"},
		"escapes":                      {"a.json", `{"x": "` + escaped(`\u%04x`, madeUpToken) + `"}`, "escapes"},
		"escapes of bytes":             {"a.js", `x = "` + escaped(`\x%02x`, madeUpToken) + `"`, "escapes"},
		"escapes of code points":       {"a.js", `x = "` + escaped(`\u{%x}`, madeUpToken) + `"`, "escapes"},
		"two backslashes":              {"a.js", `x = "` + escaped(`\\u%04x`, madeUpToken) + `"`, "escapes"},
		"U+":                           {"a.txt", `x = ` + escaped(`U+%04X `, madeUpToken), "U+ notation"},
		"slashes":                      {"a.json", `{"u": "https:\/\/deploy:k7Jd9sLq2mXw` + `8vTz4BfQ@npm.acme.io\/"}`, "escapes"},
		"five times":                   {"a.js", "x = " + five, "base64 in base64 in base64 in base64 in base64"},
		"percent of base64":            {"a.js", url.QueryEscape("k=" + inBase64(padded) + "="), "base64 in percent encoding"},
		"UTF-16":                       {"a.txt", "\xff\xfe" + inUTF16(text, false), ""},
		"UTF-16, other order":          {"a.txt", "\xfe\xff" + inUTF16(text, true), ""},
		"UTF-16 without a mark":        {"a.txt", inUTF16(text, false), ""},
		"UTF-16, other order, no mark": {"a.reg", inUTF16(text, true), ""},
		"UTF-16 in a program": {"a.dll", "MZ\x90\x00\x03\x00" + strings.Repeat("\x04\xff\xff\x81", 100) +
			inUTF16(text, false) + "\x01\x02", "UTF-16"},
		"UTF-16 in a program, other order": {"a.dll", "MZ\x90\x00\x03\x00" + strings.Repeat("\x04\xff\xff\x81", 100) +
			"\x00" + inUTF16(text, true) + "\x01\x02", "UTF-16"},
		"source map": {"a.js.map", sourceMap("a\n", text), "line 2 of source ../src/1.ts of the map"},
		"source map with sections": {"a.js.map", `{"version":3,"sections":[{"offset":{},"map":` + sourceMap("a") +
			`},{"map":` + sourceMap(text) + `}]}`, "line 2 of source ../src/0.ts of the map"},
		"source map, indented": {"a.css.map", strings.NewReplacer(`":[`, "\" : [\n", `,`,
			",\n").Replace(sourceMap("x", text)), "line 2 of source ../src/1.ts of the map"},
		"source map with null": {"a.js.map", `{"sources":["a","b"],"sourcesContent":[null,"` + madeUpToken +
			`"]}`, "line 1 of source b of the map"},
		"source map without names": {"a.js.map", `{"sourcesContent":["` + madeUpToken + `"]}`, "line 1 of source 1 of the map"},
		"base64 in a source": {"a.js.map", sourceMap("x\ny = '" + inBase64(text) + "'"),
			"base64 in line 2 of source ../src/0.ts of the map"},
		"inline map": {"a.js",
			"x\n//# sourceMappingURL=data:application/json;charset=utf-8;base64," + inBase64(sourceMap(text)) + "\n",
			"line 2 of source ../src/0.ts of the map in base64"},
		"inline map, percent": {"a.js", "x\n//# sourceMappingURL=data:application/json," + escaped("%%%02X",
			sourceMap(text)) + "\n", "line 2 of source ../src/0.ts of the map in percent encoding"},
		"map in a program": {"a.js", `push([module.id, "a", "", ` + sourceMap(text) + `])`,
			"line 2 of source ../src/0.ts of the map"},
	} {
		got := s.Scan("package/"+c.path, []byte(c.text))
		var seen []string
		for _, g := range got {
			seen = append(seen, g.Rule+" within "+g.Within)
		}
		found := false
		for _, g := range got {
			found = found || (g.Rule == "github-pat" || name == "slashes" && g.Rule == "basic-auth-url") && g.Within == c.within
		}
		if !found || len(got) > 1 && name != "map in a program" {
			t.Errorf("%s: found %q, want github-pat within %q in\n%.300q", name, seen, c.within, c.text)
		}
		// The result does not depend on the pieces.
		f := s.File("package/" + c.path)
		for i := range len(c.text) {
			f.Write([]byte(c.text[i : i+1]))
		}
		if again, _ := f.Close(); fmt.Sprint(again) != fmt.Sprint(got) {
			t.Errorf("%s: byte by byte %+v, as a whole %+v", name, again, got)
		}
	}
}

// TestMapLines makes sure that an allow-list that matches one line of a source does
// not apply to its other lines, and that escaped quotes count as quotes.
func TestMapLines(t *testing.T) {
	s := mustScanner(t)
	for _, quote := range []string{"'", `"`, "`"} {
		for _, before := range []string{"", "import { readFile } from 'node:fs/promises';\n"} {
			source := before + "const cfg = { password: " + quote + "k7Jd9sLq2mXw" + "8vTz4BfQ" + quote + " };\nexport default cfg;\n"
			for path, text := range map[string]string{"src.ts": source, "index.js.map": sourceMap(source)} {
				found := s.Scan("package/"+path, []byte(text))
				if len(found) != 1 || found[0].Rule != "generic-api-key" {
					t.Errorf("%s %q: %+v", path, text, found)
				}
			}
		}
	}
	line := `import { n } from 'w'; privateKey: '0x` + strings.Repeat("0a1b2c3d4e5f6789", 4) + `'`
	if found := s.Scan("package/a.min.js", []byte(line)); len(found) != 1 {
		t.Errorf("an import on the line: %+v", found)
	}
	line = `import { chain_Anvil1_Key, chain_Anvil2_Key } from '../blockchain-tests/pallets/supported-chains/consts';`
	if found := s.Scan("package/a.js", []byte(line)); len(found) != 0 {
		t.Errorf("an import: %+v", found)
	}
}

// TestLongInlineMap finds a token in a map that is longer than a segment, and in
// encoded parts that lie across two segments.
func TestLongInlineMap(t *testing.T) {
	race.Leave(t, "the tests of internal/tarball, which searches in parallel")
	s := mustScanner(t)
	filler := strings.Repeat("const nothing = 'to see here, really';\n", 120_000)
	text := filler[:1000] + "//# sourceMappingURL=data:application/json;base64," + inBase64(sourceMap(filler, "x\n"+madeUpToken+"\n")) + "\n"
	found := s.Scan("package/a.js", []byte(text))
	if len(found) != 1 || found[0].Within != "line 2 of source ../src/1.ts of the map in base64" ||
		found[0].Line != strings.Count(filler[:1000], "\n")+1 {
		t.Errorf("%+v", found)
	}
	for _, at := range []int{segment - overlap - 30, segment - overlap + 10, segment - 30, 2*segment - overlap - 100} {
		for _, word := range []string{inBase64(madeUpToken), escaped("%%%02x", madeUpToken), escaped(`\u%04x`,
			madeUpToken), hex.EncodeToString([]byte(madeUpToken))} {
			text := filler[:at] + "\n" + word + "\n" + filler[:segment]
			if found := s.Scan("package/a.js", []byte(text)); len(found) != 1 || found[0].Line != strings.Count(filler[:at], "\n")+2 {
				t.Errorf("at %d %.30s: %+v", at, word, found)
			}
		}
	}
}

// TestMapColumns makes sure that what is in a map outside of its sources has its
// column in the file.
func TestMapColumns(t *testing.T) {
	text := sourceMap("some text\nof a source", "and of \"another\"")
	text = text[:len(text)-1] + `,"x_token":"` + madeUpToken + `"}`
	found := mustScanner(t).Scan("package/a.js.map", []byte(text))
	if want := strings.Index(text, madeUpToken) + 1; len(found) != 1 || found[0].Line != 1 || found[0].Column != want ||
		found[0].Within != "" {
		t.Errorf("%+v, want column %d", found, want)
	}
}

// TestDecodingEnds searches texts that seem to be encoded again and again. The
// depth bounds the work. Nothing is timed.
func TestDecodingEnds(t *testing.T) {
	race.Leave(t, "the tests of internal/tarball, which searches in parallel")
	s := mustScanner(t)
	for _, text := range []string{
		strings.Repeat("%25", 200_000), strings.Repeat("%2525252541", 50_000), strings.Repeat(`\u005c`, 100_000),
		strings.Repeat(`\`, 500_000), strings.Repeat("%", 500_000),
		strings.Repeat("QUFB", 200_000), strings.Repeat("QUFB\n", 200_000), strings.Repeat("4141", 200_000),
		strings.Repeat(`{"sourcesContent":["`, 30_000), strings.Repeat(`"sourcesContent":[`, 30_000),
		strings.Repeat("U+0055+", 50_000), strings.Repeat("a\x00", 300_000), "{" + strings.Repeat(`"sources":["`, 50_000),
	} {
		for _, path := range []string{"package/a.js", "package/a.map"} {
			s.Scan(path, []byte(text))
		}
	}
}

// FuzzDecode makes sure that encoding hides no token, whatever is around it.
func FuzzDecode(f *testing.F) {
	f.Add("", "", uint8(0))
	f.Add("k='", "'", uint8(1))
	f.Add("//# x,", "\n", uint8(2))
	f.Add("\xff\xfe", "=", uint8(3))
	s := mustScanner(f)
	f.Fuzz(func(t *testing.T, before, after string, how uint8) {
		secret := "t = '" + madeUpToken + "' and so on"
		encoded := []string{inBase64(secret), hex.EncodeToString([]byte(secret)), escaped("%%%02x", secret), escaped(`\u%04x`, secret)}[how%4]
		// The line breaks separate the encoded word from what is around it.
		text := []byte(before + "\n" + encoded + "\n" + after)
		if len(text) > 4096 || formOf(text) != byteForm || bytes.IndexByte(text, 0) >= 0 {
			return
		}
		for _, c := range s.Scan("package/a.txt", text) {
			if c.Rule == "github-pat" {
				return
			}
		}
		t.Errorf("%q: not found", text)
	})
}

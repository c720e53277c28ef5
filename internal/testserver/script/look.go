package script

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/publishgate/publishgate/internal/testserver/runner"
)

func unescape(ts *testscript.TestScript, text string) string {
	got, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	ts.Check(err)
	return got
}

// json FILE PATH VALUE compares one value of a JSON file: PATH is keys and
// indexes joined by dots, "len" the length of a list; VALUE is its text. With !,
// it must differ.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	var doc any
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.UseNumber()
	ts.Check(d.Decode(&doc))
	got := fmt.Sprint(walk(doc, strings.Split(args[1], ".")))
	if (got == args[2]) == neg {
		ts.Fatalf("%s: %s is %q, compared with %q", args[0], args[1], got, args[2])
	}
}

func walk(v any, path []string) any {
	for _, step := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			if step == "len" {
				v = len(at)
			} else if i, err := strconv.Atoi(step); err == nil && i < len(at) {
				v = at[i]
			} else {
				return nil
			}
		default:
			return nil
		}
	}
	return v
}

// inert FILE… demands that the runner would find no command in the files but
// ours, whatever names it knows and whether or not commands are stopped.
func inert(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: inert FILE…")
	}
	for _, file := range args {
		for _, c := range runner.Any(ts.ReadFile(file)) {
			if !runner.Ours(c) {
				ts.Fatalf("%s: the runner would obey %q", file, c.Line)
			}
		}
	}
}

// sumcheck SUMS checks a file of checksums as sha256sum -c and sha512sum -c do,
// in its folder.
func sumCheck(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sumcheck SUMS")
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	for _, line := range lines {
		sum, name, ok := strings.Cut(line, "  ")
		data, err := os.ReadFile(filepath.Join(filepath.Dir(ts.MkAbs(args[0])), name))
		ts.Check(err)
		s256, s512 := sha256.Sum256(data), sha512.Sum512(data)
		if !ok || sum != hex.EncodeToString(s256[:]) && sum != hex.EncodeToString(s512[:]) {
			ts.Fatalf("%s: %s does not match", args[0], line)
		}
	}
}

// sums FILE OUT writes the SHA-256 of a file as sha256sum does.
func sums(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sums FILE OUT")
	}
	sum := sha256.Sum256([]byte(ts.ReadFile(args[0])))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), fmt.Appendf(nil, "%x  %s\n", sum, filepath.Base(args[0])), 0o644))
}

// secret FILE KIND writes a synthetic credential of a kind into a file, in
// place of the word SECRET. It is put together here, so that no scanner finds
// one in the repository. Its value is $SECRET from then on.
func secret(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: secret FILE KIND")
	}
	random := "aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vW2xY4"
	value := map[string]string{
		"npm":         "np" + "m_" + random,
		"github":      "gh" + "p_" + random,
		"github-jwt":  gitHubJWT(),
		"huggingface": "h" + "f_" + "kQcDvFgTiJwLmNoPzRsTuVwXyZaBcDeFgH",
		"aws":         "AK" + "IA" + "QYLPMN5HHHFPZAM2",
		"npm48":       "np" + "m_" + random + "zA9yB8xC7wD6",
		"password":    "Tr0ub4dor" + "&3xyz9Q",
		"generic":     "k7Jd9sLq2mXw" + "8vTz4BfQ",
		"jwt": "ey" + "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.ey" +
			"JzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
		"key":      madeUpKey("k7Jd9sLq2mXw8vTz4BfQ"),
		"postgres": "postgres" + "://admin:" + "s3cr3tPassw0rd" + "@db-7.prod.widgets-inc.net:5432/app",
	}[args[1]]
	if value == "" {
		ts.Fatalf("no such kind of secret: %s", args[1])
	}
	data := []byte(ts.ReadFile(args[0]))
	if !bytes.Contains(data, []byte("SECRET")) {
		ts.Fatalf("%s does not hold SECRET", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.ReplaceAll(data, []byte("SECRET"), []byte(value)), 0o644))
	ts.Setenv("SECRET", value)
}

// gitHubJWT is a token of a GitHub App's installation in the form that they have
// since 2026: a JWT of some 520 characters behind the prefix.
func gitHubJWT() string {
	part := func(n int) string { return strings.Repeat("aB3_dE5fG7-hI9jK1lM2", 20)[:n] }
	return "gh" + "s_" + "ey" + "JhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9." + "ey" + part(140) + "." + part(342)
}

// madeUpKey is a private key of made-up letters, on one line as settings have it.
func madeUpKey(letters string) string {
	line := strings.Repeat(letters, 4)[:64] + `\n`
	return "-----BEGIN " + "PRIVATE KEY-----" + `\n` + strings.Repeat(line, 3) + "-----END " + "PRIVATE KEY-----" + `\n`
}

// finds FILE RULE [STATE] demands that a verdict holds a finding of a rule, in
// a state (block, warn, waived) where one is named. With !, it must hold none.
func finds(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: finds FILE RULE [STATE]")
	}
	var verdict struct {
		Findings []struct{ Rule, State string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &verdict))
	found := false
	var there []string
	for _, f := range verdict.Findings {
		there = append(there, f.Rule+" "+f.State)
		found = found || f.Rule == args[1] && (len(args) == 2 || f.State == args[2])
	}
	if found == neg {
		ts.Fatalf("%s: %s found is %v; it holds %q", args[0], strings.Join(args[1:], " "), found, there)
	}
	if found {
		ts.Value(seenKey{}).(map[string]bool)[args[1]] = true
	}
}

// remedied FILE RULE demands that a rule which this script has found before is
// found no more, or waived, after its remedy was applied. FILE is a verdict, or what
// the monitor says as JSON.
func remedied(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: remedied FILE RULE")
	}
	if !ts.Value(seenKey{}).(map[string]bool)[args[1]] {
		ts.Fatalf("%s was not found before: what is remedied?", args[1])
	}
	for _, state := range []string{"block", "warn", "new", "open"} {
		finds(ts, true, append(args, state))
	}
}

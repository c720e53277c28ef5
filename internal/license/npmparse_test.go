package license

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

var update = flag.Bool("update", false, "write anew what npm's reader of licences is on record with")

// madeUp are expressions, half of them with a word too many, too few or in the
// wrong place. Two things are left out: identifiers in another case, which are the
// same to SPDX (annex D) and none to npm, and empty parentheses, which npm skips.
func madeUp() []string {
	r := rand.New(rand.NewPCG(8, 9))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	one := func() string {
		return pick("MIT", "Apache-2.0", "ISC", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-2.0", "BSD-3-Clause", "MIT+", "Apache-2.0+",
			"GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-own", "DocumentRef-a:LicenseRef-b", "Foo", "Classpath-exception-2.0")
	}
	var all []string
	for range 300 {
		words := []string{one()}
		for range r.IntN(3) {
			words = append(words, pick("OR", "AND"), one())
		}
		if len(words) > 1 && r.IntN(2) == 0 {
			words[0], words[len(words)-1] = "("+words[0], words[len(words)-1]+")"
		}
		switch at := r.IntN(len(words)); r.IntN(6) {
		case 0:
			words = append(words[:at], words[at+1:]...)
		case 1:
			words[at] = pick("or", "and", "WITH", "(", ")", "/", "OR OR", "")
		case 2:
			words[at] += pick(" WITH MIT", "+", " +", " MIT", "*")
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

const askParse = `
const parse = require(process.argv[1]), ok = t => { try { parse(t); return 1 } catch { return 0 } }
process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).map(ok)))`

// TestAgainstNpmParse compares with spdx-expression-parse, npm's reader: what is
// an expression of listed licences, and what is none.
func TestAgainstNpmParse(t *testing.T) {
	expressions := madeUp()
	var ask func() []int
	if managers := os.Getenv(oracle.Managers); managers != "" {
		ask = func() (answers []int) {
			text, err := json.Marshal(expressions)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "node", "-e", askParse,
				filepath.Join(managers, "npm11", "node_modules", "npm", "node_modules", "spdx-expression-parse"))
			cmd.Stdin, cmd.Stderr = bytes.NewReader(text), os.Stderr
			out, err := cmd.Output()
			if err == nil {
				err = json.Unmarshal(out, &answers)
			}
			if err != nil {
				t.Fatal(err)
			}
			return answers
		}
	}
	told := oracle.JSON(t, oracle.Record{Name: "spdx-expression-parse.json", Update: *update}, ask)
	if len(told) != len(expressions) {
		t.Fatalf("%d answers about %d expressions", len(told), len(expressions))
	}
	valid := 0
	for i, text := range expressions {
		n := parse(text)
		if got, want := n != nil && n.listed(), told[i] == 1; got != want {
			t.Errorf("%q: accepted %v, npm %v", text, got, want)
		}
		valid += told[i]
	}
	if valid < 50 || valid > 250 {
		t.Errorf("%d of %d are valid: too little of one kind to mean anything", valid, len(told))
	}
}

package npm

import (
	"bytes"
	"encoding/json"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

var update = goflag.Bool("update", false, "write anew what node-semver is on record with")

// semverRanges are as many made-up ranges: of every operator, with versions that
// are whole, short and pre-releases, some with what is none.
func semverRanges() []string {
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	number := func() string { return pick("0", "1", "2", "3", "10", "x", "*", "X") }
	version := func() string {
		v := pick("", "", "", "v", "=") + number()
		for range r.IntN(3) {
			v += "." + number()
		}
		if strings.Count(v, ".") == 2 && r.IntN(3) == 0 {
			v += pick("-0", "-alpha", "-beta.2", "-rc.1+b", "+build", "-01")
		}
		return v
	}
	var all []string
	for range 300 {
		var alternatives []string
		for range 1 + r.IntN(3) {
			var parts []string
			for range 1 + r.IntN(2) {
				parts = append(parts, pick("", "^", "~", "~>", ">=", "<=", "<", ">", "= ", ">= ", "==", "!")+version())
			}
			if r.IntN(6) == 0 {
				parts = []string{version(), "-", version()}
			}
			alternatives = append(alternatives, strings.Join(parts, pick(" ", "  ", " ", ",")))
		}
		all = append(all, strings.Join(alternatives, pick("||", " || ", " | ")))
	}
	return all
}

var semverVersions = []string{"0.0.0", "0.0.3", "0.2.1", "1.0.0-alpha", "1.0.0", "1.0.1-0", "1.2.3-beta.2", "1.2.3",
	"1.10.0", "2.0.0-rc.1", "2.0.0", "2.3.10", "3.0.0", "10.1.2"}

const askSemver = `
const semver = require(process.argv[1]), {ranges, versions} = JSON.parse(require('fs').readFileSync(0))
process.stdout.write(JSON.stringify(ranges.map(r => semver.validRange(r) === null ? 'invalid' :
  versions.map(v => +semver.satisfies(v, r) + 2 * semver.satisfies(v, r, {includePrerelease: true})).join(''))))`

// TestAgainstNodeSemver compares with npm's own reader of ranges: whether a range
// is one, and of each version whether it lies in it (1), and whether it does where
// pre-releases count as others do (2).
func TestAgainstNodeSemver(t *testing.T) {
	ranges := semverRanges()
	var ask func() []string
	if managers := os.Getenv(oracle.Managers); managers != "" {
		ask = func() (answers []string) {
			text, err := json.Marshal(map[string][]string{"ranges": ranges, "versions": semverVersions})
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "node", "-e", askSemver,
				filepath.Join(managers, "npm11", "node_modules", "npm", "node_modules", "semver"))
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
	told := oracle.JSON(t, oracle.Record{Name: "node-semver.json", Update: *update}, ask)
	if len(told) != len(ranges) {
		t.Fatalf("%d answers to %d ranges", len(told), len(ranges))
	}
	seen := map[byte]int{}
	for i, spec := range ranges {
		got := ""
		for _, v := range semverVersions {
			plain, err := Satisfies(v, spec, false)
			pre, err2 := Satisfies(v, spec, true)
			if err != nil || err2 != nil {
				got = "invalid"
				break
			}
			n := 0
			if plain {
				n++
			}
			if pre {
				n += 2
			}
			got += fmt.Sprint(n)
		}
		if got != told[i] {
			t.Errorf("%q is %s, node-semver says %s", spec, got, told[i])
		}
		for j := range told[i] {
			seen[told[i][j]]++
		}
	}
	if seen['0'] < 100 || seen['2'] < 50 || seen['3'] < 100 || seen['i'] < 10 {
		t.Errorf("too few answers of a kind for the comparison to mean anything: %v", seen)
	}
}

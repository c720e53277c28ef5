package attest_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/attest"
)

// TestPackageURL compares the names of subjects with npm's. If the real npm is
// installed, the test asks it.
func TestPackageURL(t *testing.T) {
	cases := map[[2]string]string{
		{"left-pad", "1.3.0"}:              "pkg:npm/left-pad@1.3.0",
		{"@acme/widget", "1.2.3"}:          "pkg:npm/%40acme/widget@1.2.3",
		{"@acme/widget", "2.0.0-rc.1"}:     "pkg:npm/%40acme/widget@2.0.0-rc.1",
		{"@acme/a_b.c", "0.0.1"}:           "pkg:npm/%40acme/a_b.c@0.0.1",
		{"@acme/tilde~name", "10.20.30-0"}: "pkg:npm/%40acme/tilde~name@10.20.30-0",
	}
	for of, want := range cases {
		if got := attest.PackageURL(of[0], of[1]); got != want {
			t.Errorf("%v: %s, want %s", of, got, want)
		}
	}
	for _, folder := range npms() {
		for of, want := range cases {
			spec, err := json.Marshal(of[0] + "@" + of[1])
			if err != nil {
				t.Fatal(err)
			}
			program := `console.log(require(` + quoted(filepath.Join(folder, "node_modules", "npm-package-arg")) + `).toPurl(` + string(spec) + `))`
			said, err := exec.CommandContext(t.Context(), "node", "-e", program).Output()
			if got := strings.TrimSpace(string(said)); err != nil || got != want {
				t.Errorf("npm of %s calls %v %s, %v", folder, of, got, err)
			}
		}
	}
}

func quoted(text string) string {
	out, _ := json.Marshal(text) // a string cannot fail
	return string(out)
}

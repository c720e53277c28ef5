package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

// Only a terminal that somebody watches gets colours: no pipe, and no log of a CI
// job, though it be a pseudo-terminal.
func TestColor(t *testing.T) {
	tty, err := os.OpenFile("/dev/null", os.O_WRONLY, 0) // a character device, as every terminal is
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	for _, c := range []struct {
		env  string
		to   io.Writer
		want bool
	}{
		{"TERM=xterm", tty, true},
		{"", tty, true},
		{"CI=false", tty, true},
		{"TERM=xterm", &bytes.Buffer{}, false},
		{"NO_COLOR=1", tty, false},
		{"TERM=dumb", tty, false},
		{"CI=true TERM=xterm-256color GITLAB_CI=true", tty, false},
		{"CI=true CIRCLECI=true TERM=xterm", tty, false},
		{"CI=1", tty, false},
		{"TF_BUILD=True TERM=xterm", tty, false},
		{"JENKINS_URL=https://ci.example/ TERM=xterm", tty, false},
	} {
		if got := (Process{Env: strings.Fields(c.env), terminal: c.to}).color(); got != c.want {
			t.Errorf("%q on %T: %v, not %v", c.env, c.to, got, c.want)
		}
	}
}

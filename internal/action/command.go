package action

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// minMask is the shortest value that is masked, in bytes. The runner replaces a
// masked value wherever it stands in the job's log: a short one would garble it.
const minMask = 8

// Quiet makes the runner ignore commands on both streams from now on, because
// the rest of the output quotes foreign text. Before that it masks secrets, as
// Mask does. Afterwards only the methods of Runner enable commands, and only for
// their own: each time in a single write, with a random 128-bit token that no
// text written before can contain.
func (r *Runner) Quiet(secrets ...string) error {
	return r.speak(r.masking(), true, func() { r.mask(secrets) })
}

// Mask has the runner hide values in the job's log, in that of later steps too.
// A value of several lines is masked line by line, since that is how the runner
// reads; no value or line below eight bytes is masked. A line that masks shows
// the value to whoever reads the stream in the runner's place, so nothing is
// written after Unmasked.
func (r *Runner) Mask(values ...string) error {
	if r.unmasked || len(Maskable(values)) == 0 {
		return nil
	}
	return r.speak(r.masking(), false, func() { r.mask(values) })
}

// masking returns where masks are written.
func (r *Runner) masking() io.Writer {
	if r.masks != nil {
		return r.masks
	}
	return r.out
}

// Unmasked says that somebody else may read the stream of the commands: no value
// is masked.
func (r *Runner) Unmasked() { r.unmasked = true }

func (r *Runner) mask(values []string) {
	if r.unmasked {
		return
	}
	for _, line := range Maskable(values) {
		if !strings.ContainsFunc(line, func(c rune) bool { return unicode.Is(unicode.Cf, c) }) {
			r.lib.AddMask(line) // what nobody sees is in no credential, and the stream has none of it
		}
	}
}

// Maskable returns what is hidden of secrets: each line of at least eight bytes,
// without the white space around it. A line that is a command of the runner's is
// no part of a credential: hiding it would hide our own.
func Maskable(secrets []string) (lines []string) {
	for _, secret := range secrets {
		for _, line := range strings.FieldsFunc(secret, func(c rune) bool { return c == '\n' || c == '\r' }) {
			if line = strings.TrimSpace(line); len(line) >= minMask && !strings.HasPrefix(line, "::") && !strings.Contains(line, "##[") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// Group ends the group that is open, if last is not empty, and opens one, if
// title is not empty. The runner folds the lines of a group under its title. Both
// must be escaped for people already. last is the last line of the group.
func (r *Runner) Group(last, title string) error {
	return r.issue(func() {
		if last != "" {
			r.lib.EndGroup()
		}
		if title != "" {
			r.lib.Group(title)
		}
	}, last)
}

// issue writes lines, and then the commands that the library is given by act, in
// one write: nothing of ours stands between the commands and those that enable
// and stop them.
func (r *Runner) issue(act func(), lines ...string) error {
	return r.speak(r.out, false, act, lines...)
}

// speak is issue, to a stream. stop says that commands are stopped at the end, as
// they are anyway where they were before.
func (r *Runner) speak(to io.Writer, stop bool, act func(), lines ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.commands.Reset()
	for _, line := range lines {
		if line != "" {
			fmt.Fprintf(&r.commands, "%s\n", line)
		}
	}
	if r.stop != "" {
		fmt.Fprintf(&r.commands, "::%s::\n", r.stop)
	}
	act()
	if stop || r.stop != "" {
		var word [16]byte
		_, _ = rand.Read(word[:]) // never fails (crypto/rand)
		r.stop = hex.EncodeToString(word[:])
		fmt.Fprintf(&r.commands, "::stop-commands::%s\n", r.stop)
	}
	if _, err := to.Write(r.commands.Bytes()); err != nil {
		return fmt.Errorf("write commands for the runner: %w", err)
	}
	return nil
}

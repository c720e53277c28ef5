//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

// page measures all rows and returns what is written.
func (m *measuring) page(records string) (string, error) {
	memory := "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	var err error
	if m.work, err = os.MkdirTemp(memory, "performance"); err != nil {
		return "", err
	}
	defer os.RemoveAll(m.work)
	if err := m.prepare(records); err != nil {
		return "", err
	}
	if err := m.unpack(); err != nil {
		return "", err
	}
	sections, err := m.sections()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, about, time.Now().UTC().Format("2006-01-02"), beside.Machine(), strings.Join(m.versions(), ", "))
	for _, s := range sections {
		if len(s.rows) == 0 || !strings.Contains(s.title, m.only) {
			continue
		}
		if err := m.section(&b, s); err != nil {
			return "", err
		}
	}
	if err := m.printed(&b); err != nil {
		return "", err
	}
	return b.String(), nil
}

const about = "# Performance\n\n" +
	"What publishgate takes, beside an empty Go program, trivy and npm, and the goals that are set for it. `.ci/performance -theia DIR`\n" +
	"writes this page before each release; DIR is a checkout of [eclipse-theia/theia](https://github.com/eclipse-theia/theia). All of\n" +
	"a row run in turn, round by round, whole processes, without a network. Times depend on the machine and on what else it does:\n" +
	"the ratio, taken round by round, is what holds. A goal in milliseconds is meant for two idle processors\n" +
	"on which an empty Go program takes 1.2 ms.\n\n" +
	"Measured on %s, %s: %s.\n\n" +
	"A cell is milliseconds by the wall, the median of the rounds / milliseconds of processor time / the peak in MiB.\n"

// versions says what ran, as each program says it itself.
func (m *measuring) versions() []string {
	all := []string{"publishgate " + m.commit}
	for _, v := range [][]string{{trivy, filepath.Join(m.bin, trivy)}, {npm, m.npm}} {
		if out, _, err := m.run(beside.Command{Args: []string{v[1], "--version"}}); v[1] != "" && err == nil {
			line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
			all = append(all, v[0]+" "+line[strings.LastIndex(line, " ")+1:])
		}
	}
	return all
}

func (m *measuring) section(b *strings.Builder, s section) error {
	var peers []string
	for _, r := range s.rows {
		for name := range r.peers {
			if !slices.Contains(peers, name) {
				peers = append(peers, name)
			}
		}
	}
	slices.Sort(peers)
	slices.Reverse(peers) // trivy before npm
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| | %s |", s.title, s.about, ours)
	for _, name := range peers {
		fmt.Fprintf(b, " %s | ratio |", name)
	}
	fmt.Fprintf(b, " goal | |\n|%s\n", strings.Repeat(" --- |", 4+2*len(peers)))
	for _, r := range s.rows {
		c, refused, err := m.race(r)
		if err != nil {
			return err
		}
		for name, why := range refused {
			fmt.Fprintf(os.Stderr, "%s: %s refused: %s\n", r.name, name, why)
		}
		fmt.Fprintf(b, "| %s | %s |", r.name, cell(beside.Median(c[ours])))
		for _, name := range peers {
			switch {
			case refused[name] != "":
				b.WriteString(" refused | |")
			case c[name] == nil:
				b.WriteString(" – | |")
			default:
				fmt.Fprintf(b, " %s | %.2f |", cell(beside.Median(c[name])), c.ratio(name))
			}
		}
		wanted, met := r.goal.judge(c)
		fmt.Fprintf(b, " %s | %s |\n", wanted, met)
		fmt.Fprintln(os.Stderr, r.name, beside.Median(c[ours]), wanted, met)
	}
	return nil
}

// ratio is the median of ours by a peer's time, taken round by round.
func (c contest) ratio(name string) float64 {
	var all []float64
	for i := range min(len(c[ours]), len(c[name])) {
		all = append(all, float64(c[ours][i].Wall)/float64(c[name][i].Wall))
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// judge says what is wanted, and whether it is so.
func (g goal) judge(c contest) (wanted, met string) {
	var all, missed []string
	took := beside.Median(c[ours])
	var peak int64
	for _, one := range c[ours] {
		peak = max(peak, one.Memory)
	}
	if g.wall > 0 {
		all = append(all, fmt.Sprintf("%d ms", g.wall.Milliseconds()))
		if took.Wall > g.wall {
			missed = append(missed, "time")
		}
	}
	if g.ratio > 0 {
		all = append(all, fmt.Sprintf("%.2g × %s", g.ratio, g.of))
		switch {
		case c[g.of] == nil:
			missed = append(missed, "nothing to compare with")
		case c.ratio(g.of) > g.ratio:
			missed = append(missed, "ratio")
		}
	}
	if g.memory > 0 {
		all = append(all, fmt.Sprintf("%d MiB", g.memory))
		if peak > g.memory<<10 {
			missed = append(missed, "memory")
		}
	}
	if len(missed) > 0 {
		return strings.Join(all, ", "), "missed: " + strings.Join(missed, ", ")
	}
	return strings.Join(all, ", "), "met"
}

func cell(c beside.Cost) string {
	ms := func(d time.Duration) string {
		if d < 10*time.Millisecond {
			return fmt.Sprintf("%.1f", 1000*d.Seconds())
		}
		return fmt.Sprint(d.Milliseconds())
	}
	return fmt.Sprintf("%s / %s / %d", ms(c.Wall), ms(c.CPU), c.Memory>>10)
}

// printed adds what other programs printed: the search for secrets by itself, and
// runs online.
func (m *measuring) printed(b *strings.Builder) error {
	for _, p := range []struct{ title, about, file string }{
		{"Secrets", "The search alone, on one core, on packages unpacked beforehand, with everything that is decoded. Goal: 320 MB/s.", m.engine},
		{"Online", "A project of 2,500 packages, and servers that answer after 20 milliseconds. Goal: 400 ms.", m.online},
	} {
		if p.file == "" || !strings.Contains(p.title, m.only) {
			continue
		}
		text, err := os.ReadFile(p.file)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "\n## %s\n\n%s\n\n```text\n%s\n```\n", p.title, p.about, strings.TrimSpace(string(text)))
	}
	return nil
}

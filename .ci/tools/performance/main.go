//go:build linux

// Performance runs publishgate, trivy and npm in turn on the rows that the goals
// are set for, and writes the page docs/performance.md: what each took, the ratio
// round by round, and whether the goal is met. See .ci/performance, which builds
// and fetches what it needs.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

func main() {
	m := &measuring{}
	flag.StringVar(&m.bin, "bin", "", "folder with publishgate, empty, costs, and trivy if it is there")
	flag.StringVar(&m.npm, "npm", "", "npm's program, if it is there")
	flag.StringVar(&m.projects, "projects", "", "folder of projects, each with a lockfile")
	flag.StringVar(&m.packages, "packages", "", "folder of the tarballs of express 3.0.0, typescript 5.9.3 and next 16.4.6")
	flag.StringVar(&m.theia, "theia", "", "a checkout of eclipse-theia/theia; without it lerna's lockfile stands beside the tarballs")
	flag.StringVar(&m.growth, "growth", "", "folder of a project whose 20,000 packages are all vulnerable: w, adv")
	flag.StringVar(&m.engine, "engine", "", "what the benchmark of the search for secrets printed")
	flag.StringVar(&m.online, "online", "", "what the figures of a run online printed")
	advisories := flag.String("advisories", "", "OSV records, .jsonl.gz")
	out := flag.String("o", "", "where the page goes")
	flag.StringVar(&m.commit, "commit", "", "what publishgate was built from, for the page")
	flag.IntVar(&m.rounds, "n", 7, "rounds of each row, after one that is not counted; fewer where one takes seconds")
	flag.StringVar(&m.only, "only", "", "the sections whose title has this, to be quick")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 || m.rounds < 1 {
		flag.Usage()
		os.Exit(2)
	}
	text, err := m.page(*advisories)
	if err == nil {
		err = os.WriteFile(*out, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

// measuring is one sitting.
type measuring struct {
	bin, npm                 string
	projects, packages       string
	theia, growth            string
	engine, online           string
	commit, only             string
	rounds                   int
	work                     string // a folder of this sitting, in memory if possible
	advisories, trivyRecords string // made of the same records: our database, trivy's cache
}

// prepare makes what several rows read.
func (m *measuring) prepare(records string) error {
	for _, dir := range []*string{&m.bin, &m.npm, &m.projects, &m.packages, &m.theia, &m.growth, &records} {
		if *dir != "" {
			abs, err := filepath.Abs(*dir)
			if err != nil {
				return err
			}
			*dir = abs
		}
	}
	m.advisories, m.trivyRecords = filepath.Join(m.work, "advisories.cdb"), filepath.Join(m.work, "trivy")
	if _, _, err := m.run(m.ours("db", "build", "-from", records, "-o", m.advisories)); err != nil {
		return err
	}
	all, err := beside.ReadRecords(records)
	if err != nil || !m.has("trivy") {
		return err
	}
	return beside.TrivyDB(m.trivyRecords, all)
}

func (m *measuring) has(tool string) bool {
	_, err := os.Stat(filepath.Join(m.bin, tool))
	return err == nil
}

func (m *measuring) run(do beside.Command) ([]byte, beside.Cost, error) {
	return beside.Run(m.bin, m.work, do)
}

// long is how much time the rounds of one row may take; two are always counted.
const long = 90 * time.Second

// A contest is what the rounds of one row gave: the costs of ours and of the peers
// by name, one a round.
type contest map[string][]beside.Cost

// race runs all of a row in turn, round by round. A peer that fails is left out of
// the row, with what it said; ours must not fail.
func (m *measuring) race(r row) (contest, map[string]string, error) {
	c, refused := contest{}, map[string]string{}
	began := time.Now()
	for round := range m.rounds + 1 {
		took, err := m.series(r.ours)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", r.name, err)
		}
		if round > 0 {
			c[ours] = append(c[ours], took)
		}
		for name, commands := range r.peers {
			if refused[name] != "" {
				continue
			}
			took, err := m.series(commands)
			if err != nil {
				refused[name] = err.Error()
				delete(c, name)
				continue
			}
			if round > 0 {
				c[name] = append(c[name], took)
			}
		}
		if round >= 2 && time.Since(began) > long {
			break
		}
	}
	return c, refused, nil
}

// series runs commands one after the other.
func (m *measuring) series(all []beside.Command) (sum beside.Cost, err error) {
	for _, do := range all {
		if err := os.RemoveAll(m.out()); err != nil {
			return sum, err
		}
		_, took, err := m.run(do)
		if err != nil {
			return sum, err
		}
		sum = sum.And(took)
	}
	return sum, nil
}

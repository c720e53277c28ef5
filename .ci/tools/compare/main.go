// Compare runs publishgate and its peers on the same projects and tarballs and
// writes what each found, and what it cost, as a page in Markdown:
//
//	compare -bin DIR -managers DIR -projects DIR -tarballs DIR -advisories FILE -o FILE
//
// Each program runs as a process of its own, without a network: what a peer would
// ask for its advisories is made from the same OSV records that ours is given. See
// .ci/compare, which builds and fetches all of it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

// tarballs are the published packages that the search for secrets is compared on,
// of testdata/tarballs.txt: small, large, minified, with bundled packages, native.
var tarballs = []string{"@angular/core@19.2.9", "@babel/core@7.27.1", "@sentry/node@9.17.0", "aws-sdk@2.1693.0", "mailgun.js@14.0.1",
	"bitcoinjs-lib@7.0.5", "express@3.21.2", "highlight.js@9.18.5", "isomorphic-git@1.44.19", "jsrsasign@11.1.5", "lodash@4.17.21",
	"moment@2.30.1", "node-forge@0.7.6", "npm@11.4.1", "react-dom@19.1.0", "three@0.176.0", "typescript@5.8.3", "vue@3.5.13",
	"webpack@5.95.0", "wrangler@4.86.0"}

func main() {
	c := &comparison{}
	flag.StringVar(&c.bin, "bin", "", "folder with publishgate, costs, trivy, osv-scanner and gitleaks")
	flag.StringVar(&c.managers, "managers", "", "folder of .ci/managers")
	projects := flag.String("projects", "", "folder of projects, each with a lockfile")
	packages := flag.String("tarballs", "", "folder of .ci/tarballs")
	advisories := flag.String("advisories", "", "OSV records, .jsonl.gz")
	out := flag.String("o", "", "where the page goes")
	flag.StringVar(&c.commit, "commit", "", "what publishgate was built from, for the page")
	flag.IntVar(&c.rounds, "n", 3, "runs of each for projects, of which the median counts; one for tarballs")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := c.run(*projects, *packages, *advisories, *out); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

type comparison struct {
	bin, managers string
	commit        string
	work          string // a folder of this run
	rounds        int
	registry      string // answers npm's and pnpm's audit
}

func (c *comparison) run(projects, packages, advisories, out string) error {
	var err error
	if c.work, err = os.MkdirTemp("", "compare"); err != nil {
		return err
	}
	defer os.RemoveAll(c.work)
	for _, dir := range []*string{&c.bin, &c.managers, &projects} {
		if *dir, err = filepath.Abs(*dir); err != nil {
			return err
		}
	}
	records, err := beside.ReadRecords(advisories)
	if err != nil {
		return err
	}
	stop, err := c.prepare(records, advisories)
	if err != nil {
		return err
	}
	defer stop()
	found, err := filepath.Glob(filepath.Join(projects, "*", "package.json"))
	if err != nil || len(found) == 0 {
		return fmt.Errorf("no projects in %s (%v)", projects, err)
	}
	p := &page{records: len(records), advisories: filepath.Base(advisories), versions: c.versions()}
	for _, manifest := range found {
		row, err := c.project(filepath.Dir(manifest))
		if err != nil {
			return fmt.Errorf("%s: %w", manifest, err)
		}
		p.projects = append(p.projects, row)
		fmt.Fprintln(os.Stderr, row.name, row.told())
	}
	c.rounds = 1 // gitleaks takes minutes for one
	for _, spec := range tarballs {
		row, err := c.tarball(filepath.Join(packages, strings.ReplaceAll(spec, "/", "+")+".tgz"), spec)
		if err != nil {
			return fmt.Errorf("%s: %w", spec, err)
		}
		p.tarballs = append(p.tarballs, row)
		fmt.Fprintln(os.Stderr, row.name, row.told())
	}
	return os.WriteFile(out, []byte(p.String()), 0o644)
}

// A row is one project or tarball, and what each tool made of it; nil where the
// tool does not do this.
type row struct {
	name  string
	tools map[string]*answer
}

// An answer is what a tool said, and what that cost.
type answer struct {
	packages, edges, findings, secrets set
	refused                            string      // why it said nothing
	list, audit                        beside.Cost // of the SBOM, of the audit or of the search
}

func (r *row) told() string {
	var all []string
	for name, a := range r.tools {
		all = append(all, fmt.Sprintf("%s %d/%d/%d/%d %s", name, len(a.packages), len(a.edges), len(a.findings), len(a.secrets), a.refused))
	}
	slices.Sort(all)
	ours := r.tools["publishgate"]
	for name, a := range r.tools {
		for key := range ours.findings {
			if a.findings != nil && !a.findings[key] {
				all = append(all, "not by "+name+": "+key)
			}
		}
	}
	return strings.Join(all, "; ")
}

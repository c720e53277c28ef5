package main

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

// A page is what comes of a comparison.
type page struct {
	records    int
	advisories string
	versions   [][2]string
	projects   []*row
	tarballs   []*row
	b          strings.Builder
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

// String writes the page in Markdown.
func (p *page) String() string {
	p.printf("# Beside its peers\n\n")
	p.printf("publishgate and the tools that people use in its place, on the same %d projects and %d published packages, in one sitting. "+
		"`.ci/compare`\nwrites this page: it builds or installs the peers, gives each the same advisories, and runs every command %s\n"+
		"It takes about an hour and is part of no other step.\n\n", len(p.projects), len(p.tarballs), "in turn, without a network.")
	p.printf("Made on %s, %s.\n\n", time.Now().UTC().Format("2006-01-02"), beside.Machine())
	p.printf("| tool | version |\n| --- | --- |\n")
	for _, v := range p.versions {
		p.printf("| %s | %s |\n", v[0], v[1])
	}
	p.printf("\nThe projects are real ones of every manager, the advisories %d records of %s (GitHub Advisory Database, CC-BY-4.0).\n"+
		"A cell says how many; `−m +n` that m of ours are missing and n are there that we do not have.\n"+
		"`–`: the tool does not do this; a word: it refused.\n",
		p.records, p.advisories)
	p.table("Packages", "What stands in the SBOM, the project's own packages not counted.", func(a *answer) set { return a.packages })
	p.table("Edges", "Who depends on whom, between those packages.", func(a *answer) set { return a.edges })
	p.table("Vulnerabilities", "Pairs of a package's version and an advisory.", func(a *answer) set { return a.findings })
	p.printf("\n%s", reading)
	p.costs()
	p.secrets()
	return p.b.String()
}

// reading says what the differences above are, as they were looked up one by one.
//
//go:embed reading.md
var reading string

var peers = []string{"trivy", "osv-scanner", "manager"}

func (p *page) table(title, what string, of func(*answer) set) {
	p.printf("\n## %s\n\n%s `manager` is npm or pnpm, by the project.\n\n", title, what)
	p.printf("| project | publishgate | trivy | osv-scanner | manager |\n| --- | ---: | ---: | ---: | ---: |\n")
	total := map[string][3]int{}
	for _, r := range p.projects {
		ours := of(r.tools["publishgate"])
		p.printf("| %s | %d |", r.name, len(ours))
		for _, name := range peers {
			a := r.tools[name]
			theirs := of(a)
			switch {
			case theirs == nil && a.refused == beside.ErrSlow.Error():
				p.printf(" %s |", a.refused)
			case theirs == nil && a.refused != "" && !strings.Contains(a.refused, "neither"):
				p.printf(" refused |")
			case theirs == nil:
				p.printf(" – |")
			default:
				missing, more := ours.without(theirs), theirs.without(ours)
				t := total[name]
				total[name] = [3]int{t[0] + len(ours), t[1] + missing, t[2] + more}
				p.printf(" %s |", difference(len(theirs), missing, more))
			}
		}
		p.printf("\n")
	}
	p.printf("| **of ours, where it answers** | |")
	for _, name := range peers {
		if t, asked := total[name]; asked {
			p.printf(" %d: −%d +%d |", t[0], t[1], t[2])
		} else {
			p.printf(" – |")
		}
	}
	p.printf("\n")
}

func difference(n, missing, more int) string {
	text := fmt.Sprint(n)
	if missing > 0 {
		text += fmt.Sprintf(" −%d", missing)
	}
	if more > 0 {
		text += fmt.Sprintf(" +%d", more)
	}
	return text
}

// costs is a table of the wall's time and the peak of memory.
func (p *page) costs() {
	p.printf("\n## Time and memory\n\nMilliseconds by the wall, the median of the runs, and the peak in MiB. SBOM, then audit; ours of a " +
		"workspace judges every member\nas a package of its own, with evidence and reports, where the others list the lockfile once. " +
		"osv-scanner says both in one run.\n\n")
	p.printf("| project | publishgate sbom | trivy sbom | manager sbom | publishgate gate | trivy vuln | osv-scanner | manager audit |\n")
	p.printf("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range p.projects {
		o, t, v, m := r.tools["publishgate"], r.tools["trivy"], r.tools["osv-scanner"], r.tools["manager"]
		p.printf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", r.name, o.list, t.list, m.list, o.audit, t.audit, v.audit, m.audit)
	}
}

//go:embed secrets.md
var aboutSecrets string

func (p *page) secrets() {
	p.printf("\n%s\n", aboutSecrets)
	p.printf("| package | publishgate | gitleaks | trivy | publishgate, ms, MiB | gitleaks | trivy |\n" +
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range p.tarballs {
		o, g, t := r.tools["publishgate"], r.tools["gitleaks"], r.tools["trivy"]
		cell := func(a *answer) string {
			if a.refused != "" {
				return "refused"
			}
			return difference(len(a.secrets), o.secrets.without(a.secrets), a.secrets.without(o.secrets))
		}
		p.printf("| %s | %d | %s | %s | %s | %s | %s |\n", r.name, len(o.secrets), cell(g), cell(t), o.audit, g.audit, t.audit)
	}
}

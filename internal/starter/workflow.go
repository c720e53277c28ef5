package starter

import (
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// The actions of the workflow, at the commits that the README names.
const (
	checkout = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
	setNode  = "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020 # v7.0.0"
	upload   = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0"
	download = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1"
	ourself  = "publishgate/publishgate@COMMIT # put the commit of a release here"
)

// plain is a path that needs no quotes in YAML, in a shell or in an expression.
var plain = pattern.New(`^[A-Za-z0-9@_.][A-Za-z0-9@_./-]*$`)

// Plain reports whether a path can stand in the workflow.
func Plain(file string) bool { return plain.MatchString(file) }

// A page is a workflow while it is written. Each line has one comment.
type page struct{ strings.Builder }

// line writes a line that begins at a depth, with its comment. Text may bring the
// comment itself.
func (p *page) line(depth int, text string, why ...string) {
	p.WriteString(strings.Repeat("  ", depth) + text)
	for _, w := range why {
		p.WriteString(" # " + w)
	}
	p.WriteByte('\n')
}

// workflow returns the workflow: it builds without any credential, judges changes,
// and stages what is released.
func (f *Facts) workflow() string {
	p := &page{}
	p.line(0, "# publishgate judges what is published. Your code runs in the job build, which holds no credential.")
	p.line(0, "name: publishgate", "as the checks of a commit show it")
	p.line(0, "on:", "when it runs")
	p.line(1, "pull_request:", "by the policy of the branch that the change goes to")
	p.line(1, "push:", "and on what has arrived")
	p.line(2, "branches: ["+f.Branch+"]", "the default branch")
	switch {
	case len(f.Packages) == 0:
	case f.Monorepo:
		p.line(1, "workflow_dispatch:", "to release one package: Run workflow, from the default branch, which must be protected")
		p.line(2, "inputs:", "what is asked then")
		p.line(3, "package:", "one of the members")
		p.line(4, "type: choice", "of this list")
		p.line(4, "required: true", "there is no default")
		p.line(4, "options:", "their folders")
		for _, pkg := range f.Packages {
			p.line(5, "- "+item(pkg.Folder), "a member that can be published")
		}
	default:
		p.line(2, `tags: ["v*"]`, "a release: the tag must be that of the version in package.json")
	}
	p.line(0, "permissions: {}", "none, unless a job asks for one")
	p.line(0, "jobs:", "what is done")
	if len(f.Packages) > 0 {
		f.build(p)
	}
	f.judge(p)
	if len(f.Packages) > 0 {
		f.stage(p)
	}
	return p.String()
}

// released is the condition under which a run is a release.
func (f *Facts) released() string {
	if f.Monorepo {
		return "github.event_name == 'workflow_dispatch'"
	}
	return "startsWith(github.ref, 'refs/tags/')"
}

// matrix writes the members of which each has a job of its own.
func (f *Facts) matrix(p *page) {
	if !f.Monorepo {
		return
	}
	var all []string
	for _, pkg := range f.Packages {
		all = append(all, fmt.Sprintf("%q", pkg.Folder))
	}
	p.line(2, "strategy:", "one job for each package")
	p.line(3, "fail-fast: false", "one that is blocked stops no other")
	p.line(3, "matrix:", "the package that is released, or all")
	p.line(4, "package: ${{ inputs.package && fromJSON(format('[\"{0}\"]', inputs.package)) || fromJSON('["+strings.Join(all, ", ")+
		"]') }}", "their folders")
}

// folder returns the folder of the package that a job is about, for the workflow.
func (f *Facts) folder() string {
	switch {
	case f.Monorepo:
		return "${{ matrix.package }}"
	case len(f.Packages) > 0:
		return f.Packages[0].Folder
	}
	return f.Folder
}

// artifact returns the name under which the tarball is handed over.
func (f *Facts) artifact() string {
	if f.Monorepo {
		return `"package-${{ strategy.job-index }}"`
	}
	return "package"
}

// build writes the job that runs the package's own code.
func (f *Facts) build(p *page) {
	in := f.folder()
	run := func(dir, command, why string) {
		p.line(3, "- run: "+command, why)
		if dir != "." {
			p.line(4, "working-directory: "+dir, "the folder that this is about")
		}
	}
	p.line(1, "build:", "your code runs here, without any credential")
	p.line(2, "runs-on: ubuntu-latest", "a machine of GitHub's")
	p.line(2, "permissions: {contents: read}", "to check out")
	f.matrix(p)
	p.line(2, "steps:", "in this order")
	p.line(3, "- uses: "+checkout)
	p.line(4, "with: {persist-credentials: false}", "leaves no token behind")
	if f.NodeFile != "" {
		p.line(3, "- uses: "+setNode)
		p.line(4, "with: {node-version-file: "+item(f.NodeFile)+"}", "the version of Node that you work with")
	}
	if set := f.Manager.setUp(); set != "" {
		p.line(3, "- run: "+set, "the package manager")
	}
	run(f.Folder, f.Manager.install(), "the dependencies, as the lockfile has them")
	if f.Build != "" {
		run(f.Folder, f.Build, "what is made before a release")
	}
	run(in, f.Manager.pack(), "the tarball, as it will be published")
	p.line(3, "- uses: "+upload)
	p.line(4, "with: {name: "+f.artifact()+", path: "+flow(path.Join(in, "package.tgz"))+"}", "hands it to the jobs below")
}

// judge writes the job that judges a change.
func (f *Facts) judge(p *page) {
	p.line(1, "judge:", "nothing but the gate runs here")
	if len(f.Packages) > 0 {
		p.line(2, "if: ${{ !("+f.released()+") }}", "a release is judged by the job below")
		p.line(2, "needs: build", "for the tarball")
	}
	p.line(2, "runs-on: ubuntu-latest", "a machine of GitHub's")
	p.line(2, "permissions:", "what the gate may do")
	p.line(3, "contents: read", "check out")
	p.line(3, "security-events: write", "upload the findings to code scanning")
	f.matrix(p)
	p.line(2, "steps:", "in this order")
	p.line(3, "- uses: "+checkout)
	p.line(4, "with: {fetch-depth: 0, persist-credentials: false}", "with the base of a pull request, whose policy counts")
	f.gate(p, "")
}

// stage writes the job that publishes.
func (f *Facts) stage(p *page) {
	p.line(1, "stage:", "nothing but the gate runs here; npm trusts this workflow")
	p.line(2, "if: ${{ "+f.released()+" }}", "only for a release")
	p.line(2, "needs: build", "for the tarball")
	p.line(2, "runs-on: ubuntu-latest", "a machine of GitHub's")
	p.line(2, "permissions:", "what the gate may do")
	p.line(3, "contents: read", "check out")
	p.line(3, "id-token: write", "sign, and exchange it for npm's token: there is no secret")
	p.line(3, "attestations: write", "store the signed verdict with the repository")
	p.line(3, "security-events: write", "upload the findings to code scanning")
	f.matrix(p)
	p.line(2, "steps:", "in this order")
	p.line(3, "- uses: "+checkout)
	p.line(4, "with: {persist-credentials: false}", "leaves no token behind")
	f.gate(p, "publish: stage, upload-attestations: auto")
}

// gate writes the steps that fetch the tarball and judge it.
func (f *Facts) gate(p *page, acting string) {
	var with []string
	if dir := f.folder(); dir != "." {
		with = append(with, "directory: "+flow(dir))
	}
	if len(f.Packages) > 0 {
		p.line(3, "- uses: "+download)
		p.line(4, "with: {name: "+f.artifact()+"}", "the tarball, which is judged and not made anew")
		with = append(with, "tarball: package.tgz")
	}
	if acting != "" {
		with = append(with, acting)
	}
	p.line(3, "- uses: "+ourself)
	if len(with) > 0 {
		p.line(4, "with: {"+strings.Join(with, ", ")+"}", "all inputs: the README of publishgate")
	}
}

// item returns a text as an item of a YAML list.
func item(text string) string {
	if Plain(text) && text[0] != '@' && text[0] != '.' {
		return text
	}
	return fmt.Sprintf("%q", text)
}

// flow returns a text as a value within braces, where an expression needs quotes.
func flow(text string) string {
	if strings.ContainsAny(text, "{}") {
		return `"` + text + `"`
	}
	return item(text)
}

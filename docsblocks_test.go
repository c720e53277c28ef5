package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// shownBy names, for each heading of a document with commands below it, the test or
// the script that runs them, or the same with other names; or says why none does. A
// page that is not here has a test of its own, which reads it.
var shownBy = map[string]string{
	"README.md: A release in two jobs, without a token": "TestVerifyStage",
	"README.md: Try it":                                           "TestReadme",
	"advisories.md: Advisories without a network":                 "TestDocsRun",
	"benchmarks.md: Benchmarks":                                   "not run: measures this machine, beside tools that are not everywhere",
	"benchmarks.md: Many findings":                                "not run: measures this machine; TestGrowth runs the smaller sizes",
	"benchmarks.md: Signing and verifying":                        "not run: measures this machine",
	"evidence.md: Evidence":                                       "TestKeyless",
	"install.md: A container, by digest":                          "not run: .ci/image runs the image",
	"install.md: A binary":                                        "TestInstallBinary",
	"install.md: npm":                                             "TestNPMInstall",
	"install.md: Go":                                              "TestGoInstall",
	"monitor.md: After the release":                               "pass_monitor",
	"policy.md: A first one":                                      "TestDocsRun",
	"policy.md: Coming from another tool":                         "TestDocsRun",
	"publishing.md: From GitHub, without a token":                 "not run: npm trust asks npmjs.com for a second factor",
	"publishing.md: Approve what you have seen":                   "TestVerifyStage",
	"publishing.md: A new package":                                "TestDocsRun",
	"publishing.md: What is looked at before anything is signed":  "TestDocsRun",
	"publishing.md: The members of a workspace":                   "pass_stage_workspaces",
	"scale.md: Many packages: what a run asks, and where it ends": "TestScale",
	"signing.md: A Sigstore of your own":                          "TestKeyless",
	"signing.md: A key":                                           "pass_sign_key",
	"verify.md: A published version":                              "TestVerifyPublished",
	"verify.md: A staged version":                                 "TestVerifyStage",
	"verify.md: A file":                                           "TestVerifyFile",
	"verify.md: A folder of evidence":                             "TestKeyless",
	"workflows.md: Releases":                                      "not run: npm trust asks npmjs.com for a second factor",
	"workflows.md: Jenkins":                                       "TestWorkflowsOfServers",
	"workflows.md: A plain container":                             "TestDocsRun",
	"workflows.md: A laptop":                                      "TestDocsRun",
}

// A shown block is code in a document: its page, the heading above it, its language.
type shownBlock struct{ page, heading, language, code string }

// shownBlocks returns the code of all documents.
func shownBlocks(t *testing.T) (all []shownBlock) {
	t.Helper()
	files, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "README.md") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var b shownBlock
		inside := false
		for line := range strings.Lines(string(data)) {
			language, fence := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "```")
			switch {
			case fence && inside:
				all = append(all, b)
				inside = false
			case fence:
				b.page, b.language, b.code, inside = filepath.Base(file), language, "", true
				if !strings.HasPrefix(file, "docs/") {
					b.page = file
				}
			case inside:
				b.code += line
			case strings.HasPrefix(line, "#"):
				b.heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
			}
		}
	}
	return all
}

// TestEveryBlockIsShown: commands in the documents are run by a test that is there,
// or it is said why not.
func TestEveryBlockIsShown(t *testing.T) {
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, file := range tests {
		if file == "docspages_test.go" { // reads pages, and runs none of their blocks
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(data)
	}
	left := map[string]bool{}
	for key := range shownBy {
		left[key] = true
	}
	for _, b := range shownBlocks(t) {
		if b.language != "sh" && b.language != "console" && b.language != "groovy" {
			continue
		}
		key := b.page + ": " + b.heading
		by := shownBy[key]
		delete(left, key)
		switch _, err := os.Stat(filepath.Join("testdata/script", by+".txtar")); {
		case by == "" && strings.Contains(source.String(), `"docs/`+b.page+`"`):
		case by == "":
			t.Errorf("%s: nothing runs\n%s", key, b.code)
		case strings.HasPrefix(by, "not run: "), strings.Contains(source.String(), "\nfunc "+by+"(t "), err == nil:
		default:
			t.Errorf("%s: there is no %s", key, by)
		}
	}
	for key := range left {
		t.Errorf("%s: no commands are there any more", key)
	}
}

// gateBefore is the image that stands for the command, or a variable before it.
var gateBefore = regexp.MustCompile(`^.* ghcr\.io/publishgate/publishgate@sha256:DIGEST|^\w+=\S+ +publishgate`)

// TestDocsRun runs the gate's commands below the headings that name this test, in a
// package that has what they name, as far as they can go without sending.
func TestDocsRun(t *testing.T) {
	server := registry.Start()
	defer server.Close()
	server.Know("npm_x")
	blocks := shownBlocks(t)
	dir := toMigrate(t)
	t.Chdir(dir)
	migrated(t, server.URL, []string{"pack", "-o", "package.tgz"})
	ran := 0
	for _, b := range blocks {
		if shownBy[b.page+": "+b.heading] != "TestDocsRun" {
			continue
		}
		for line := range strings.Lines(b.code) {
			line = strings.TrimPrefix(regexp.MustCompile(` +#.*| > \S+`).ReplaceAllString(line, ""), "$ ")
			line = gateBefore.ReplaceAllString(line, "publishgate")
			args := strings.Fields(line)
			if args[0] != "publishgate" || strings.Contains(line, "…") {
				continue // npm's, or an address of the reader's
			}
			ran++
			if args = args[1:]; len(args) > 0 && args[0] == "init" {
				args = append(args, "-dry-run") // the policy of the next command is the built-in one
			}
			migrated(t, server.URL, args)
		}
	}
	if ran < 12 {
		t.Errorf("%d commands", ran)
	}
}

// TestDocsPolicies reads each piece of YAML that is no workflow as the policy that it
// is said to be.
func TestDocsPolicies(t *testing.T) {
	read := 0
	for _, b := range shownBlocks(t) {
		if b.language != "yaml" || regexp.MustCompile(`uses: |^# \S+\.yml|run: `).MatchString(b.code) {
			continue
		}
		read++
		if _, err := policy.Parse([]byte(b.code), b.page); err != nil {
			t.Errorf("%s: %s: %v", b.page, b.heading, err)
		}
	}
	if read < 15 {
		t.Errorf("%d policies", read)
	}
}

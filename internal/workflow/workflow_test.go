package workflow

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"testing"
)

// repository is one of the files given, by name.
func repository(files map[string]string, scripts map[string]string) Repository {
	return Repository{Package: ".", Read: func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}, Scripts: func(dir string) map[string]string {
		if dir == "." {
			return scripts
		}
		return nil
	}}
}

// found returns what one step is found to run.
func found(t *testing.T, workflow string, repo Repository) []string {
	t.Helper()
	all, err := Find(".github/workflows/x.yml", []byte(workflow), repo)
	if err != nil {
		t.Fatalf("%s: %v", workflow, err)
	}
	what := []string{}
	for _, p := range all {
		what = append(what, p.What)
	}
	return what
}

func TestCommands(t *testing.T) {
	scripts := map[string]string{"release": "npm run build && npm publish", "ship": "changeset publish", "build": "tsc",
		"postversion": "git push && npm publish", "loop": "npm run loop", "deep": "npm run ship", "publish-docs": "gh-pages -d out",
		"prepublish": "x", "dry": "npm publish", "docs": "echo run npm publish"}
	files := map[string]string{"scripts/release.sh": "#!/bin/sh\nset -e\n# npm publish\nnpm publish --access public\n",
		"scripts/no.sh": "npm pack\n",
		"scripts/plain": "#!/usr/bin/env bash\nnpm publish\n"}
	for _, c := range []struct{ run, want string }{
		{"npm publish", "npm publish"},
		{"npm pub", "npm publish"},
		{"npm --access public publish", "npm publish"},
		{"npm publish --access public --tag next", "npm publish"},
		{"npm -w packages/a publish", "npm publish"},
		{"npm --workspaces publish", "npm publish"},
		{"cd packages/a && npm publish", "npm publish"},
		{"NODE_AUTH_TOKEN=x npm publish", "npm publish"},
		{"FOO=a BAR='b c' npm publish", "npm publish"},
		{"npm \\\n  publish", "npm publish"},
		{"npm ci\nnpm test; npm publish", "npm publish"},
		{"if [ -n \"$TAG\" ]; then npm publish; fi", "npm publish"},
		{"npm view x || npm publish", "npm publish"},
		{"OUT=$(npm publish --json)", "npm publish"},
		{"echo \"$(npm publish)\"", "npm publish"},
		{"(npm publish)", "npm publish"},
		{"sudo -E npm publish", "npm publish"},
		{"bash -c 'npm publish'", "npm publish"},
		{"sh -ec \"npm publish\"", "npm publish"},
		{"eval \"npm publish\"", "npm publish"},
		{"timeout 60 npm publish", "npm publish"},
		{"npx npm@11 publish", "npm publish"},
		{"npx --yes -p npm@11 npm publish", "npm publish"},
		{"corepack pnpm publish", "pnpm publish"},
		{"docker run node:22 npm publish", "npm publish"},
		{"ls *.tgz | xargs -n1 npm publish", "npm publish"},
		{"find . -name '*.tgz' -exec npm publish {} +", "npm publish"},
		{"npm.cmd publish", "npm publish"},
		{"npm stage publish", "npm stage publish"},
		{"pnpm publish --no-git-checks", "pnpm publish"},
		{"pnpm -r publish", "pnpm publish"},
		{"pnpm --filter a publish", "pnpm publish"},
		{"pnpm recursive publish", "pnpm publish"},
		{"yarn publish --new-version 1.0.0", "yarn publish"},
		{"yarn npm publish", "yarn npm publish"},
		{"yarn workspaces foreach -A --no-private npm publish", "yarn npm publish"},
		{"yarn workspace a npm publish", "yarn npm publish"},
		{"bun publish", "bun publish"},
		{"npx lerna publish from-package", "lerna publish"},
		{"pnpm changeset publish", "changeset publish"},
		{"yarn changeset publish", "changeset publish"},
		{"npx @changesets/cli publish", "changeset publish"},
		{"npx semantic-release", "semantic-release"},
		{"npx -p @semantic-release/git -p semantic-release semantic-release", "semantic-release"},
		{"npm exec -- semantic-release", "semantic-release"},
		{"pnpm exec semantic-release", "semantic-release"},
		{"npx nx release publish", "nx release"},
		{"npx release-it --ci", "release-it"},
		{"npm run release", "npm publish"},
		{"npm run release -- --dry-run", ""},
		{"npm run dry -- --dry-run", ""},
		{"pnpm release", "npm publish"},
		{"yarn ship", "changeset publish"},
		{"npm run deep", "changeset publish"},
		{"npm version patch", "npm publish"},
		{"./scripts/release.sh", "npm publish"},
		{"bash scripts/release.sh", "npm publish"},
		{"npm publish # and go", "npm publish"},

		{"npm publish --dry-run false", "npm publish"},
		{"npm publish --dry-run --no-dry-run", "npm publish"},
		{"x=$(( 1<<20 ))\nnpm publish", "npm publish"},
		{"(( x = 1 << 3 ))\nnpm publish", "npm publish"},
		{"bash <<'EOF'\nnpm publish\nEOF", "npm publish"},
		{"cat <<EOF | bash\nnpm publish\nEOF", "npm publish"},
		{"bash <<< 'npm publish'", "npm publish"},
		{"trap 'npm publish' EXIT", "npm publish"},
		{"function rel { npm publish; }\nrel", "npm publish"},
		{"echo $'a\\'b'; npm publish", "npm publish"},
		{">log npm publish", "npm publish"},
		{"npm 2>/dev/null publish", "npm publish"},
		{"bash -euo pipefail -c 'npm publish'", "npm publish"},
		{"./scripts/plain", "npm publish"},
		{"cmd /c npm publish", "npm publish"},
		{"pwsh -Command \"npm publish\"", "npm publish"},
		{"npx lerna exec -- npm publish", "npm publish"},
		{"npx nx run-many -t release", "npm publish"},
		{"run-s build release", "npm publish"},
		{"node --run release", "npm publish"},
		{"PM=npm; $PM publish", "npm publish"},
		{"$PM publish", "$PM publish"},
		{"${{ inputs.pm }} publish", "${{ inputs.pm }} publish"},
		{"npm publish --registry http://localhost:4873@evil.example/", "npm publish"},

		{"npm_config_registry=http://localhost:4873 npm publish", ""},
		{"${{ inputs.command }}", ""},
		{"\"$COMMAND\" --x", ""},
		{"npm publish --dry-run", ""},
		{"npx semantic-release --dry-run", ""},
		{"npx nx release version", ""},
		{"npx changeset version", ""},
		{"npm publish --registry http://localhost:4873", ""},
		{"npm pack", ""},
		{"npm run publish-docs", ""},
		{"npm run loop", ""},
		{"npm run docs", ""},
		{"npm run nothing", ""},
		{"npm install publish", ""},
		{"npm view publish", ""},
		{"# npm publish", ""},
		{"# then; npm publish", ""},
		{"true # or (npm publish)", ""},
		{"echo a#b; npm publish", "npm publish"},
		{"true # npm publish", ""},
		{"echo npm publish", ""},
		{"echo \"run npm publish\"", ""},
		{"printf '%s\\n' 'npm publish'", ""},
		{"git commit -m 'npm publish'", ""},
		{"git tag npm publish", ""},
		{"cat <<EOF\nnpm publish\nEOF", ""},
		{"cat <<-'EOF' > x\n  npm publish\n  EOF\ntrue", ""},
		{"bash scripts/no.sh", ""},
		{"./scripts/gone.sh", ""},
		{"gh release create --notes 'npm publish'", ""},
		{"docker publish npm", ""},
		{"test -f npm && publish", ""},
		{"npm config set publish true", ""},
	} {
		var b strings.Builder
		fmt.Fprintf(&b, "jobs:\n  a:\n    steps:\n      - run: |\n")
		for line := range strings.Lines(c.run) {
			b.WriteString("          " + line)
		}
		got := strings.Join(found(t, b.String()+"\n", repository(files, scripts)), ", ")
		if got != c.want {
			t.Errorf("%q: %q, expected %q", c.run, got, c.want)
		}
	}
}

func TestSteps(t *testing.T) {
	gate := "- {id: gate, uses: 'publishgate/publishgate@v1', with: {tarball: package.tgz}}"
	files := map[string]string{
		".github/actions/pub/action.yml": "runs:\n  using: composite\n  steps:\n    - {run: npm publish, shell: bash}\n",
		"act/action.yaml":                "runs: {using: composite, steps: [{uses: ./.github/actions/pub}, {uses: ./act}]}\n",
	}
	for _, c := range []struct {
		name  string
		steps []string
		want  string
	}{
		{"the judged file", []string{gate, `- run: npm publish "${{ steps.gate.outputs.tarball }}" --access public`}, ""},
		{"without spaces", []string{gate, "- run: npm publish ${{steps.gate.outputs.tarball}}"}, ""},
		{"by a variable", []string{gate, "- {run: 'npm publish \"$FILE\"', env: {FILE: '${{ steps.gate.outputs.tarball }}'}}"}, ""},
		{"by a variable of the script", []string{gate, "- run: 'f=\"${{ steps.gate.outputs.tarball }}\"; npm publish ${f}'"}, ""},
		{"the file that it was given", []string{gate, "- run: npm publish ./package.tgz"}, ""},
		{"its copy", []string{gate, "- run: npm publish publishgate-out/acme-widget-1.2.3.tgz"}, ""},
		{"its copy, of the gate without a container", []string{strings.Replace(gate, "@v1", "/binary@v1", 1),
			"- run: npm publish publishgate-out/acme-widget-1.2.3.tgz"}, ""},
		{"the command by npx", []string{"- run: npx --no publishgate@1.2.3 w", "- run: npm publish publishgate-out/acme-widget-1.2.3.tgz"}, ""},
		{"by pnpm", []string{"- run: pnpm exec publishgate w", "- run: npm publish publishgate-out/acme-widget-1.2.3.tgz"}, ""},
		{"no command of a package", []string{"- run: npm view publishgate", "- run: npm publish publishgate-out/a.tgz"}, "npm publish: "},
		{"after another command by npx", []string{"- run: npx publishgate sbom", "- run: npm publish publishgate-out/a.tgz"}, "npm publish: "},
		{"the command", []string{"- run: publishgate -sign keyless w", "- run: npm publish publishgate-out/acme-widget-1.2.3.tgz"}, ""},
		{"the image", []string{"- {id: gate, uses: 'docker://ghcr.io/publishgate/publishgate:1'}",
			"- run: npm publish ${{ steps.gate.outputs.tarball }}"}, ""},
		{"packed anew", []string{gate, "- run: npm publish"}, "npm publish: the gate stands before it, and it does not publish the " +
			"file that the gate judged"},
		{"another file", []string{gate, "- run: npm publish other.tgz"},
			"npm publish: the gate stands before it, and it does not publish the file that the gate judged"},
		{"another output", []string{gate, "- run: npm publish ${{ steps.gate.outputs.sbom }}"},
			"npm publish: the gate stands before it, and it does not publish the file that the gate judged"},
		{"before the gate", []string{"- run: npm publish package.tgz", gate}, "npm publish: "},
		{"even if it blocks", []string{gate, "- {if: always(), run: 'npm publish ${{ steps.gate.outputs.tarball }}'}"},
			"npm publish: it runs even if the gate blocks: its condition has always()"},
		{"a gate that may fail", []string{strings.Replace(gate, "id: gate,", "id: gate, continue-on-error: true,", 1),
			"- run: npm publish ${{ steps.gate.outputs.tarball }}"},
			"npm publish: it runs even if the gate blocks: the gate's step has continue-on-error"},
		{"a gate that runs at times", []string{strings.Replace(gate, "id: gate,", "id: gate, if: \"github.ref_type == 'tag'\",", 1),
			"- run: npm publish ${{ steps.gate.outputs.tarball }}"},
			"npm publish: it runs where the gate does not: the gate's step has a condition of its own"},
		{"both run at times", []string{strings.Replace(gate, "id: gate,", "id: gate, if: \"github.ref_type == 'tag'\",", 1),
			"- {if: \"${{ github.ref_type == 'tag' }}\", run: 'npm publish ${{ steps.gate.outputs.tarball }}'}"}, ""},
		{"if the gate said so", []string{strings.Replace(gate, "id: gate,", "id: gate, if: github.ref_protected,", 1),
			"- {if: steps.gate.outcome == 'success', run: 'npm publish ${{ steps.gate.outputs.tarball }}'}"}, ""},
		{"in the gate's own script", []string{"- run: publishgate && npm publish"}, "npm publish: the gate stands before it, and it does not " +
			"publish the file that the gate judged"},
		{"before the gate's command", []string{"- run: npm publish; publishgate"}, "npm publish: "},
		{"after a command that judges nothing", []string{"- run: publishgate version", "- run: npm publish publishgate-out/a.tgz"},
			"npm publish: "},
		{"a gate whose failure is lost", []string{"- run: publishgate || true", "- run: npm publish publishgate-out/a.tgz"},
			"npm publish: it runs even if the gate blocks: a || stands behind its command"},
		{"in a pipe", []string{"- run: publishgate | tee log", "- run: npm publish publishgate-out/a.tgz"},
			"npm publish: it runs even if the gate blocks: its output goes into a pipe, and the shell has no pipefail"},
		{"in a pipe that fails", []string{"- {run: publishgate | tee log, shell: bash}", "- run: npm publish publishgate-out/a.tgz"}, ""},
		{"written as an index", []string{gate, `- run: npm publish "./${{ steps['gate'].outputs.tarball }}"`}, ""},
		{"by a variable that must be set", []string{gate, "- {run: 'npm publish \"${F:?none}\"', env: {F: '${{ " +
			"steps.gate.outputs.tarball }}'}}"}, ""},
		{"given to another action", []string{"- {uses: nick-fields/retry@v3, with: {command: npm publish}}"}, "npm publish: "},
		{"in an image", []string{"- {uses: 'docker://node:22', with: {entrypoint: npm, args: publish}}"}, "npm publish: "},
		{"never", []string{"- {if: false, run: npm publish}", "- {if: '${{ false }}', run: npm publish}"}, ""},
		{"another language", []string{"- {shell: python, run: npm publish}"}, ""},
		{"PowerShell", []string{"- {shell: pwsh, run: npm publish}"}, "npm publish: "},
		{"a shell with options", []string{"- {shell: 'bash -e {0}', run: npm publish}"}, "npm publish: "},
		{"JS-DevTools", []string{"- uses: JS-DevTools/npm-publish@v3"}, "the action JS-DevTools/npm-publish@v3: "},
		{"JS-DevTools, dry", []string{"- {uses: JS-DevTools/npm-publish@v3, with: {dry-run: true}}"}, ""},
		{"JS-DevTools, the judged file", []string{gate,
			"- {uses: JS-DevTools/npm-publish@v3, with: {package: '${{ steps.gate.outputs.tarball }}'}}"}, ""},
		{"changesets", []string{"- {uses: changesets/action@v1, with: {publish: pnpm release}}"},
			"the action changesets/action@v1 with `publish: pnpm release`: "},
		{"changesets, versions alone", []string{"- uses: changesets/action@v1"}, ""},
		{"semantic-release", []string{"- uses: cycjimmy/semantic-release-action@v4"}, "the action cycjimmy/semantic-release-action@v4: "},
		{"a composite action", []string{"- uses: ./.github/actions/pub"}, "npm publish: "},
		{"one that leads to it, and to itself", []string{"- uses: ./act"}, "npm publish: "},
		{"one that is not there", []string{"- uses: ./gone"}, ""},
		{"another action", []string{"- uses: actions/checkout@v5"}, ""},
	} {
		text := "jobs:\n  a:\n    steps:\n"
		for _, s := range c.steps {
			text += "      " + s + "\n"
		}
		all, err := Find("x.yml", []byte(text), repository(files, nil))
		got := []string{}
		for _, p := range all {
			got = append(got, p.What+": "+p.Why)
		}
		if err != nil || strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q %v\nexpected %q", c.name, got, err, c.want)
		}
	}
}

// TestPlaces shows where a finding is, through scripts and actions, and aliases.
func TestPlaces(t *testing.T) {
	text := "on: push\nx: &s\n  - run: |\n      true\n      npm publish\njobs:\n  one: {steps: *s}\n  two:\n    if: false\n    steps: *s\n" +
		"  three:\n    steps:\n      - run: npm run release\n"
	all, err := Find(".github/workflows/x.yml", []byte(text), repository(nil, map[string]string{"release": "npm publish"}))
	want := "[{.github/workflows/x.yml 5 one npm publish  } {.github/workflows/x.yml 13 three npm publish the script \"release\" of " +
		"package.json }]"
	if got := fmt.Sprint(all); err != nil || got != want {
		t.Errorf("%s %v\nexpected %s", got, err, want)
	}
}

// TestMatrix shows that a command is read as the jobs of a matrix run it.
func TestMatrix(t *testing.T) {
	text := "jobs:\n  a:\n    strategy: {matrix: {pm: [npm, cargo], do: [ci], include: [{do: run release}]}}\n    steps:\n" +
		"      - run: ${{ matrix.pm }} publish\n      - run: npm ${{ matrix.do }}\n"
	all := strings.Join(found(t, text, repository(nil, map[string]string{"release": "pnpm publish"})), ", ")
	if all != "npm publish, pnpm publish" {
		t.Error(all)
	}
}

func TestUnreadable(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	for _, text := range []string{"a: [", "\t", bomb, "a: &a {b: *a}", strings.Repeat(" ", MaxBytes+1), "jobs: {a: {steps: [" +
		strings.Repeat("{run: x},", maxSteps+1) + "]}}"} {
		if all, err := Find("x.yml", []byte(text), repository(nil, nil)); err == nil {
			t.Errorf("%.40q: %v", text, all)
		}
	}
	for _, text := range []string{"jobs: []", "jobs: {a: {steps: {run: npm publish}}}", "[]", "x", "jobs: {a: [npm publish]}"} {
		if all, err := Find("x.yml", []byte(text), repository(nil, nil)); err != nil || len(all) > 0 {
			t.Errorf("%q: %v %v", text, all, err)
		}
	}
}

// TestTooDeep shows that what is not followed is not taken for harmless, and that
// following ends.
func TestTooDeep(t *testing.T) {
	chain := map[string]string{}
	for n := range maxNesting + 3 {
		chain[fmt.Sprintf("s%d", n)] = fmt.Sprintf("npm run s%d", n+1)
	}
	chain[fmt.Sprintf("s%d", maxNesting+3)] = "npm publish"
	for name, run := range map[string]string{
		"scripts":  "npm run s0",
		"commands": strings.Repeat("sudo ", maxNesting+1) + "npm publish",
		"carriers": strings.Repeat("xargs ", 200) + "npm publish",
		"shells":   "bash -c " + "'" + strings.Repeat("eval ", 3) + "npm run s0'",
	} {
		_, err := Find("x.yml", []byte("jobs: {a: {steps: [{run: "+strconv.Quote(run)+"}]}}"), repository(nil, chain))
		if err == nil {
			t.Errorf("%s: nothing is told", name)
		}
	}
}

func FuzzCommands(f *testing.F) {
	for _, s := range []string{"npm publish", "cat <<EOF\nx\nEOF", "a 'b", "a \"$(b", "${{ x", "\\", "a\\\nb", "<<", "x <<<y", "`a`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, script string) {
		words := 0
		for _, c := range commands(script) {
			words += len(c.words) + len(c.env)
			if c.line < 0 || c.line > strings.Count(script, "\n") {
				t.Errorf("line %d", c.line)
			}
		}
		if words > 2*len(script)+1 {
			t.Errorf("%d words of %d bytes", words, len(script))
		}
	})
}

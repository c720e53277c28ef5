package workflow

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
)

// script goes through the commands of a shell script. inline says that it stands
// in the workflow, where its lines count. It returns the gate that stands before what follows.
func (f *finder) script(text string, s site, inline bool) *gate {
	first := s.line
	s.env = maps.Clone(s.env)
	for _, c := range commands(text) {
		if f.steps++; f.steps > maxSteps {
			return s.gate
		}
		if inline {
			s.line = first + c.line
		}
		here := s
		if len(c.words) == 0 { // an assignment of the script, for what comes after it
			for name, v := range c.env {
				s.env[name] = s.expand(v)
			}
			continue
		}
		here.env = maps.Clone(s.env)
		maps.Copy(here.env, c.env)
		if path.Base(c.words[0]) == "cd" && len(c.words) > 1 {
			s.dir = path.Join(s.dir, c.words[1])
			continue
		}
		if g := gateCommand(c, s); g != nil {
			s.gate = g
			continue
		}
		f.command(c.words, here, 0)
	}
	return s.gate
}

// before are words that may stand before a command.
var before = []string{"then", "do", "else", "elif", "if", "while", "until", "!", "{", "exec", "command", "nohup", "builtin",
	"call", "&", "eval", "--", "coproc"}

// carriers run a command that stands somewhere among their arguments.
var carriers = []string{"xargs", "timeout", "docker", "podman", "find", "parallel", "retry", "volta", "fnm",
	"mise", "asdf", "nvm", "devbox", "nix", "nix-shell", "concurrently", "wsl", "start-process", "dotenv", "dotenvx", "time", "sudo",
	"env", "stdbuf", "nice", "ionice", "xvfb-run", "cross-env", "doppler", "op", "infisical", "unbuffer"}

// publishers publish by themselves: by their word, and what must follow it.
var publishers = []struct {
	name  string
	verbs []string // one of them; none: nothing must follow
}{
	{"lerna", []string{"publish"}}, {"changeset", []string{"publish"}}, {"beachball", []string{"publish"}}, {"rush", []string{"publish"}},
	{"semantic-release", nil}, {"multi-semantic-release", nil}, {"np", nil}, {"release-it", nil}, {"nx", []string{"release"}},
	{"auto", []string{"shipit", "canary", "next"}}, {"clean-publish", nil},
}

// command looks at one command, and follows it where it leads to another.
func (f *finder) command(words []string, s site, depth int) {
	for len(words) > 0 && (slices.Contains(before, strings.ToLower(words[0])) || assignment.MatchString(words[0])) {
		words = words[1:]
	}
	if len(words) > 2 && words[0] == "function" {
		words = words[2:]
		f.command(words, s, depth+1)
		return
	}
	if len(words) == 0 || f.deep(depth) {
		return
	}
	if depth > 0 { // carriers that carry each other
		if f.steps++; f.steps > maxSteps {
			return
		}
	}
	words = append([]string{s.expand(words[0])}, words[1:]...)
	if computed(words[0]) {
		if plain := bare(words[1:]); len(plain) > 0 && plain[0] == "publish" && !slices.ContainsFunc(words, isDry) {
			f.add(s, words[0]+" publish", plain[1:]...)
		}
		return
	}
	if strings.ContainsAny(words[0], " \n") { // a script in quotes
		f.quoted(words, s)
		return
	}
	name, args := tool(words[0]), words[1:]
	switch {
	case name == "trap" && len(args) > 1:
		f.command(args[:1], s, depth+1)
	case name == "node" && len(args) > 1 && args[0] == "--run":
		f.run(args[1], nil, s)
	case slices.Contains([]string{"npm-run-all", "npm-run-all2", "run-s", "run-p"}, name), name == "lerna" &&
		slices.Contains(bare(args), "run"):
		for _, task := range bare(args) {
			f.run(task, nil, s)
		}
	case name == "lerna" && slices.Contains(bare(args), "exec"):
		f.command(after(args[slices.Index(args, "exec")+1:]), s, depth+1)
	case name == "nx" && len(args) > 0 && (args[0] == "run-many" || args[0] == "run" || args[0] == "affected"):
		f.tasks(args[1:], s)
	case slices.Contains([]string{"cmd", "powershell", "pwsh", "su"}, name):
		f.other(args, s)
	case slices.Contains([]string{"npm", "pnpm", "yarn", "bun"}, name):
		f.manager(name, args, s, depth)
	case slices.Contains(shells, name) || name == "source" || name == "." || strings.HasSuffix(words[0], ".sh") || f.isShellFile(words[0], s):
		f.shell(words, s)
	case slices.Contains([]string{"npx", "bunx", "pnpx", "corepack"}, name):
		f.command(after(args), s, depth+1)
	case name == "turbo":
		for _, task := range bare(args) {
			f.run(task, nil, s)
		}
	case slices.Contains(carriers, name):
		for i := range args {
			if !strings.HasPrefix(args[i], "-") {
				f.command(args[i:], s, depth+1)
			}
		}
	default:
		f.publisher(name, args, s)
	}
}

// after returns what follows the options at the front, and their values.
func after(args []string) []string {
	for i := 0; i < len(args); i++ {
		if slices.Contains(valued, args[i]) || args[i] == "-c" && i+1 < len(args) {
			if args[i] == "-c" || args[i] == "--call" {
				return args[i+1:]
			}
			i++
		} else if !strings.HasPrefix(args[i], "-") {
			return args[i:]
		}
	}
	return nil
}

// tool returns the name of a command without path, version and ending.
func tool(word string) string {
	name := path.Base(strings.ReplaceAll(strings.ToLower(word), `\`, "/"))
	if i := strings.LastIndex(name, "@"); i > 0 {
		name = name[:i]
	}
	if strings.HasPrefix(word, "@changesets/cli") {
		return "changeset"
	}
	for _, end := range []string{".cmd", ".exe", ".js", ".ps1"} {
		name = strings.TrimSuffix(name, end)
	}
	return name
}

// publisher looks at a tool that publishes by itself.
func (f *finder) publisher(name string, args []string, s site) {
	plain := bare(args)
	for _, p := range publishers {
		if p.name != name || slices.ContainsFunc(args, isDry) || p.verbs != nil && (len(plain) == 0 || !slices.Contains(p.verbs, plain[0])) {
			continue
		}
		if slices.Contains(args, "--version") || slices.Contains(args, "--help") || slices.Contains(args, "--skip-publish") ||
			slices.Contains(args, "--no-npm") || slices.Contains(args, "--no-npm.publish") || slices.Contains(args, "--no-publish") {
			continue
		}
		if name == "nx" && len(plain) > 1 && slices.Contains([]string{"version", "changelog", "plan", "plan:check"}, plain[1]) {
			continue
		}
		f.add(s, strings.Join(append([]string{name}, plain[:min(len(plain), len(p.verbs))]...), " "))
	}
}

// isDry reports whether an argument lets nothing be sent.
func isDry(arg string) bool {
	return slices.Contains([]string{"--dry-run", "--dry-run=true", "--dryrun", "--dry", "-d"}, strings.ToLower(arg))
}

// dry reports whether the arguments of a manager's publish let nothing be sent:
// the last word about it counts, and npm takes a word behind it as its value. -d
// is how much npm logs.
func dry(args []string) (is bool) {
	for i, a := range args {
		switch a {
		case "--dry-run=false", "--no-dry-run":
			is = false
		case "-d":
		default:
			if isDry(a) {
				is = i+1 == len(args) || args[i+1] != "false"
			}
		}
	}
	return is
}

// valued are options of the managers that take the next word as their value.
var valued = []string{"-w", "--workspace", "--prefix", "-C", "--dir", "--cwd", "--filter", "-F", "--registry", "--tag", "--access", "--otp",
	"--userconfig", "--loglevel", "--include", "--from", "--exclude", "--cache", "--package", "-p", "--workspace-concurrency", "--git-checks",
	"--auth-type", "--scope", "--publish-branch", "--jobs", "-j", "--new-version"}

// bare returns the arguments that are no options, and no values of options.
func bare(args []string) (plain []string) {
	for i := 0; i < len(args); i++ {
		switch {
		case slices.Contains(valued, args[i]):
			i++
		case !strings.HasPrefix(args[i], "-") && args[i] != "":
			plain = append(plain, args[i])
		}
	}
	return plain
}

// manager looks at a command of npm, pnpm, yarn or bun.
func (f *finder) manager(name string, args []string, s site, depth int) {
	for i, a := range args {
		if i+1 < len(args) && slices.Contains([]string{"--prefix", "-C", "--dir", "--cwd"}, a) {
			s.dir = path.Join(s.dir, args[i+1])
		}
		if v, ok := strings.CutPrefix(a, "--prefix="); ok {
			s.dir = path.Join(s.dir, v)
		}
	}
	plain := bare(args)
	if name == "yarn" && len(plain) > 2 && (plain[0] == "workspace" || plain[0] == "workspaces") {
		plain = plain[2:] // workspace NAME, workspaces foreach
	}
	if name == "pnpm" && len(plain) > 1 && (plain[0] == "recursive" || plain[0] == "multi" || plain[0] == "m") {
		plain = plain[1:]
	}
	if len(plain) == 0 {
		return
	}
	verb, rest := plain[0], plain[1:]
	follow := args[slices.Index(args, verb)+1:] // with the options
	switch {
	case publishes(name, verb, rest):
		if dry(args) || local(args, s.env) {
			return
		}
		what := name + " publish"
		if verb == "npm" || verb == "stage" {
			what, rest = name+" "+verb+" publish", rest[1:]
		}
		f.add(s, what, rest...)
	case slices.Contains([]string{"run", "run-script", "rum", "urn"}, verb) && len(rest) > 0:
		f.run(rest[0], handed(name, follow[slices.Index(follow, rest[0])+1:]), s)
	case slices.Contains([]string{"exec", "x", "dlx"}, verb):
		f.command(after(follow), s, depth+1)
	case verb == "version" && name != "bun":
		for _, script := range []string{"preversion", "version", "postversion"} {
			f.run(script, nil, s)
		}
	case name == "npm" && (verb == "t" || verb == "tst"):
		f.run("test", handed(name, follow), s)
	case name != "npm" || slices.Contains([]string{"test", "start", "stop", "restart"}, verb):
		f.run(verb, handed(name, follow), s)
		if name != "npm" {
			f.command(append([]string{verb}, follow...), s, depth+1) // they run a package's command so
		}
	}
}

// handed returns the arguments that a script gets: npm gives it what follows --.
func handed(manager string, args []string) []string {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[i+1:]
	}
	if manager == "npm" {
		return nil
	}
	return args
}

// publishes reports whether a manager's command publishes. npm takes any
// beginning of a command that begins no other.
func publishes(name, verb string, rest []string) bool {
	switch {
	case name == "yarn" && verb == "npm", name == "npm" && verb == "stage":
		return len(rest) > 0 && rest[0] == "publish"
	case name == "npm":
		return len(verb) > 1 && strings.HasPrefix("publish", verb)
	}
	return verb == "publish"
}

// local reports whether the registry that is named is on this machine, as in a
// test.
func local(args []string, env map[string]string) bool {
	at := ""
	for name, v := range env {
		if strings.EqualFold(name, "npm_config_registry") {
			at = v
		}
	}
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--registry="); ok {
			at = v
		} else if a == "--registry" && i+1 < len(args) {
			at = args[i+1]
		}
	}
	u, err := url.Parse(strings.Trim(at, `"'`))
	return err == nil && u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}

// run follows a script of package.json, with those that run before and after it.
func (f *finder) run(name string, args []string, s site) {
	for _, dir := range []string{s.dir, f.repo.Package, "."} {
		scripts := f.repo.Scripts(path.Clean(dir))
		if scripts[name] == "" {
			continue
		}
		for _, n := range []string{"pre" + name, name, "post" + name} {
			at := path.Join(dir, "package.json")
			id := at + " " + n
			if scripts[n] == "" || slices.Contains(s.seen, id) || f.deep(len(s.seen)) {
				continue
			}
			next := s
			next.dir = dir
			next.seen = append(slices.Clone(s.seen), id)
			next.via = append(slices.Clone(s.via), fmt.Sprintf("the script %q of %s", n, at))
			text := scripts[n]
			if n == name && len(args) > 0 {
				text += " " + strings.Join(args, " ")
			}
			f.script(text, next, false)
		}
		return
	}
}

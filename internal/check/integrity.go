package check

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var integrityMissingRule = finding.Rule{
	ID:    "integrity-missing",
	Title: "A lockfile entry has no checksum.",
	Why:   "The package manager installs whatever the address serves on that day without comparing it to anything.",
	Help: "Have the package manager write the entry anew: npm keeps one without a checksum when it installs, and " +
		"`npm update --package-lock-only` does not.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "integrity"},
}

var integrityWeakRule = finding.Rule{
	ID:    "integrity-weak",
	Title: "A lockfile entry has a checksum that does not tie it to one tarball.",
	Why: "SHA-1 collisions can be bought, npm skips a checksum it cannot read as if there were none, and of two " +
		"checksums either will do.",
	Help: "Have the package manager of today write the entry anew; it then holds one SHA-512 checksum. Installing " +
		"alone keeps what is there: `npm update --package-lock-only NAME`, `pnpm install --fix-lockfile --lockfile-only`; " +
		"for yarn 1 delete the entry.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "supply-chain", "integrity"},
}

// A missing checksum blocks at every audit level for what ships, and so does one
// that is as good as missing: one that no manager can read, or two of which
// either would do. What has a checksum of an older kind is judged by severity:
// nobody is known to have made a second tarball for a given SHA-1, and lockfiles
// of the years before 2018 are full of them. A development dependency is judged
// by severity in any case, as advisories are: many lockfiles of npm 7 to 10 lack
// checksums there through no one's ill will (npm/cli#4460), and an attacker who
// takes one out must still change the address, which registry-host and
// resolved-mismatch block in every scope.
//
// yarn 2 and later has a checksum of another kind, of the archive it makes of
// the package, and checks that. It writes none for packages of a platform,
// whatever one does: nothing is said of those.
var integrity = Check{
	Rules: []finding.Rule{integrityMissingRule, integrityWeakRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for p := range s.dependencies() {
			// What is bundled comes with the checksum of its bundler; a git
			// commit is a checksum itself.
			if p.Bundler != nil || p.Source == npm.SourceBundled || isArchiveSum(p.Checksum) ||
				p.Source != npm.SourceRegistry && p.Source != npm.SourceURL {
				continue
			}
			sum := p.Integrity
			if s.Graph.Manager == "pnpm" && p.Checksum != "" {
				sum = p.Checksum // of the uncompressed tar, which ties it to one as well
			}
			rule := &integrityWeakRule
			problem, old := weakness(sum)
			if strings.TrimSpace(sum) == "" {
				rule, problem = &integrityMissingRule, "has no checksum in the lockfile"
			}
			if problem == "" || rule == &integrityMissingRule && p.Checksum == "" && foreignPlatform(s.Graph, p) {
				continue
			}
			f := s.entry(rule, p) // the cure is a new lockfile: who brings it in says nothing
			if !old {
				f.Severity = finding.High
			}
			if old || s.onlyBuilds(p) {
				f.Level = finding.BySeverity
			}
			f.Message = fmt.Sprintf("%s %s.", p.ID(), problem)
			if rule == &integrityMissingRule && s.Graph.Manager == "yarn" && s.Graph.Version != "1" && len(p.OS)+len(p.CPU) > 0 {
				f.Fix = "yarn writes no checksum for a package that is bound to a platform, and nothing in the name of this one " +
					"says so: look at it, and write an exception with a reason and a date."
			}
			found = append(found, f)
		}
		for _, rule := range []string{integrityMissingRule.ID, integrityWeakRule.ID} {
			mend(s.Graph, found, rule)
		}
		return found
	},
}

// mend writes into the findings of a rule that have no remedy what mends them
// all: one command for as many as can be named, else one for the whole lockfile.
func mend(g *npm.Graph, found []finding.Finding, rule string) {
	var names []string
	for i := range found {
		if found[i].Rule == rule && found[i].Fix == "" {
			names = append(names, found[i].Name)
		}
	}
	slices.Sort(names)
	fix := integrityFix(g, rule, slices.Compact(names))
	for i := range found {
		if found[i].Rule == rule && found[i].Fix == "" {
			found[i].Fix = fix
		}
	}
}

// integrityFix is the narrowest command that was seen to write the checksums of
// some packages anew, for each package manager.
func integrityFix(g *npm.Graph, rule string, names []string) string {
	tool, few := g.Tool(), len(names) <= policy.Named
	switch missing := rule == integrityMissingRule.ID; {
	case tool.Name == "npm" && missing:
		return "Run `npm update --package-lock-only`: it writes every entry anew, in a version within its range. `npm " +
			"install` keeps an entry without a checksum as it is."
	case tool.Name == "npm" && few:
		return fmt.Sprintf("Run `npm update --package-lock-only %s`.", strings.Join(names, " "))
	case tool.Name == "npm":
		return "Run `npm update --package-lock-only`: it writes every entry anew, in a version within its range."
	case tool.Name == "pnpm" && !missing && (strings.HasPrefix(g.Version, "5.") || strings.HasPrefix(g.Version, "6.")):
		// pnpm 7 and 8 leave a checksum that fits as it is.
		command := tool.UpdateCommand("--lockfile-only")
		if few {
			command += " " + strings.Join(names, " ")
		}
		return fmt.Sprintf("Run `%s`: it writes the entries anew, in a version within their range.", command)
	case tool.Name == "pnpm" && !missing:
		return "Run `pnpm install --fix-lockfile --lockfile-only`: versions stay as they are."
	case tool.Name == "yarn" && g.Version == "1" && few:
		return fmt.Sprintf("Delete the entries of %s from the lockfile, then run `%s`.", strings.Join(names, ", "), tool.Install)
	case tool.Name == "yarn" && g.Version == "1":
		return "Run `yarn upgrade --ignore-scripts`: it writes every entry anew, in a version within its range."
	case tool.Name == "yarn" && missing:
		return "Run `yarn install`: it writes the checksums that are missing."
	}
	return fmt.Sprintf("Delete `node_modules` and the lockfile, then run `%s`.", tool.Install)
}

// isArchiveSum reports whether a checksum of yarn's is a SHA-512 in hex; yarn 3
// and later puts the key of its cache before it: "10c0/5be2…".
func isArchiveSum(s string) bool {
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		s = s[i+1:]
	}
	return len(s) == 128 && isHex(s)
}

// foreignPlatform holds for a package that yarn 2 and later may not have fetched:
// its conditions bind it to a platform, and its own name says the same platform.
// Conditions alone can be written at any entry.
func foreignPlatform(g *npm.Graph, p *npm.Package) bool {
	if g.Manager != "yarn" || g.Version == "1" {
		return false
	}
	return slices.ContainsFunc(slices.Concat(p.OS, p.CPU), func(bound string) bool {
		return slices.ContainsFunc(append(platformWords[bound], bound), func(word string) bool {
			return namesPlatform(p.Name, word)
		})
	})
}

// platformWords are other words for Node's names of systems and processors in
// the names of packages; fsevents, Core Foundation and dmg are of macOS.
var platformWords = map[string][]string{
	"darwin": {"macos", "osx", "mac", "fsevents", "corefoundation", "dmg"}, "win32": {"windows", "win", "win64"},
	"x64":  {"x86_64", "amd64", "64"},
	"ia32": {"x86", "i686", "386", "32"}, "arm64": {"aarch64"}, "arm": {"armv6", "armv7", "arm32"}, "wasm32": {"wasm", "wasi"},
}

// namesPlatform holds for a name that has a word between signs, as
// @esbuild/linux-x64 has linux and x64.
func namesPlatform(name, word string) bool {
	for from := 0; word != ""; {
		at := strings.Index(name[from:], word)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(word)
		if (at == 0 || !isWord(name[at-1])) && (end == len(name) || !isWord(name[end])) {
			return true
		}
		from = at + 1
	}
	return false
}

func isWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' }

// weakness says what is wrong with the checksums of an entry, in the format of
// Subresource Integrity, or "" when they hold exactly one SHA-512 digest. It is
// stricter than npm's ssri, which ignores what it cannot read. old: there is one
// checksum, of another kind that every manager knows and checks.
func weakness(sri string) (problem string, old bool) {
	if digest, ok := strings.CutPrefix(sri, "sha512-"); ok && isSHA512(digest) {
		return "", false // nearly all of them
	}
	digests := map[string]string{} // by algorithm
	var others []string
	for _, one := range strings.Fields(sri) {
		algorithm, digest, found := strings.Cut(one, "-")
		if !found {
			return "has a checksum that cannot be read", false
		}
		digest, _, _ = strings.Cut(digest, "?") // options, which SRI allows and nobody defined
		if algorithm == "sha512" && !isSHA512(digest) {
			return "has a sha512 checksum that cannot be read", false
		}
		if other, twice := digests[algorithm]; twice && other != digest {
			return fmt.Sprintf("has two different %s checksums, of which either would be accepted", algorithm), false
		}
		digests[algorithm] = digest
		if algorithm != "sha512" {
			others = append(others, algorithm)
		}
	}
	if digests["sha512"] != "" {
		return "", false
	}
	known := func(algorithm string) bool {
		return oldDigests[algorithm] != 0 && isDigest(digests[algorithm], oldDigests[algorithm])
	}
	return fmt.Sprintf("has no sha512 checksum, only %s", strings.Join(others, ", ")), slices.ContainsFunc(others, known)
}

// oldDigests are the other algorithms that npm, pnpm and yarn check, with the
// bytes of a digest.
var oldDigests = map[string]int{"sha1": 20, "sha256": 32, "sha384": 48}

// isDigest reports whether text is so many bytes in base64.
func isDigest(text string, size int) bool {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	return err == nil && len(b) == size
}

// isSHA512 reports whether a digest is 64 bytes in canonical base64: 86
// letters, the last of which carries no stray bits, and the padding.
func isSHA512(digest string) bool {
	if len(digest) != 88 || digest[86:] != "==" || !strings.ContainsRune("AQgw", rune(digest[85])) {
		return false
	}
	// The letters of base64 as bits, 64 bytes a word; there are five thousand
	// digests, and a look at each letter without a branch is the cheapest.
	letters := [4]uint64{1<<'+' | 1<<'/' | 0x3ff<<'0', 0x3ffffff<<('A'-64) | 0x3ffffff<<('a'-64)}
	all := uint64(1)
	for i := range 86 {
		c := digest[i]
		all &= letters[c>>6] >> (c & 63)
	}
	return all&1 == 1
}

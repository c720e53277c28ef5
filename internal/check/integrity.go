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

// A missing checksum of a package that ships blocks at every audit level. So
// does one that is as good as missing: one that no manager can read, or two of
// which either is enough. A checksum of an older kind is judged by severity: no
// second tarball for a given SHA-1 is known, and lockfiles from before 2018 are
// full of them. Development dependencies are judged by severity in any case:
// many lockfiles of npm 7 to 10 lack checksums because of a bug (npm/cli#4460),
// and an attacker who removes one must still change the address, which
// registry-host and resolved-mismatch block in every scope.
//
// yarn 2 and later records and checks a checksum of the archive that it makes
// of the package. It writes none for packages of other platforms; these are not
// reported.
var integrity = Check{
	Rules: []finding.Rule{integrityMissingRule, integrityWeakRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for p := range s.dependencies() {
			// The checksum of the bundler covers what it bundles; a git commit is a
			// checksum itself. bun writes that of the registry's copy all the same: an
			// entry without one says of itself that it is bundled, and bun leaves out
			// whatever says so.
			bundled := p.Bundler != nil && (s.Graph.Manager != "bun" || p.Integrity != "")
			if bundled || p.Builds() || p.Source == npm.SourceBundled || isArchiveSum(p.Checksum) ||
				p.Source != npm.SourceRegistry && p.Source != npm.SourceURL {
				continue
			}
			sum := p.Integrity
			if s.Graph.Manager == "pnpm" && p.Checksum != "" {
				sum = p.Checksum // of the uncompressed tar, which identifies the content as well
			}
			rule := &integrityWeakRule
			problem, old := weakness(sum)
			if strings.TrimSpace(sum) == "" {
				rule, problem = &integrityMissingRule, "has no checksum in the lockfile"
			}
			if problem == "" || rule == &integrityMissingRule && p.Checksum == "" && foreignPlatform(s.Graph, p) {
				continue
			}
			f := s.entry(rule, p) // the remedy is a new lockfile, so chains would not help
			if !old {
				f.Severity = finding.High
			}
			required := s.Policy.Dependencies.BuildPath == policy.Required && strings.HasPrefix(p.Location, "env:")
			if old || s.onlyBuilds(p) && !required {
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

// mend sets the remedy in those findings of a rule that have none: one command
// that names all packages if they are few, else one for the whole lockfile.
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

// integrityFix returns the command of each package manager that rewrites the
// checksums of some packages and changes the least; tried with each.
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

// foreignPlatform reports whether yarn 2 and later may not have fetched a
// package: its conditions name a platform, and its own name has the same one.
// Conditions alone could be added to any entry.
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

// platformWords are words for systems and processors in names of packages, by
// Node's names; fsevents, Core Foundation and dmg belong to macOS.
var platformWords = map[string][]string{
	"darwin": {"macos", "osx", "mac", "fsevents", "corefoundation", "dmg"}, "win32": {"windows", "win", "win64"},
	"x64":  {"x86_64", "amd64", "64"},
	"ia32": {"x86", "i686", "386", "32"}, "arm64": {"aarch64"}, "arm": {"armv6", "armv7", "arm32"}, "wasm32": {"wasm", "wasi"},
}

// namesPlatform reports whether a name has a word between punctuation, as
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

// weakness returns what is wrong with the checksums of an entry, which are in
// the format of Subresource Integrity, or "" if they have exactly one SHA-512
// digest. It is stricter than npm's ssri, which ignores what it cannot read.
// old: there is one checksum, of another algorithm that every manager checks.
func weakness(sri string) (problem string, old bool) {
	if digest, ok := strings.CutPrefix(sri, "sha512-"); ok && isSHA512(digest) {
		return "", false // the usual case
	}
	digests := map[string]string{} // by algorithm
	var others []string
	for _, one := range strings.Fields(sri) {
		algorithm, digest, found := strings.Cut(one, "-")
		if !found {
			return "has a checksum that cannot be read", false
		}
		digest, _, _ = strings.Cut(digest, "?") // SRI allows options but defines none
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
// size of a digest in bytes.
var oldDigests = map[string]int{"sha1": 20, "sha256": 32, "sha384": 48}

// isDigest reports whether text is base64 of size bytes.
func isDigest(text string, size int) bool {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	return err == nil && len(b) == size
}

// isSHA512 reports whether a digest is 64 bytes in canonical base64: 86
// characters, the last of which has no unused bits set, and the padding.
func isSHA512(digest string) bool {
	if len(digest) != 88 || digest[86:] != "==" || !strings.ContainsRune("AQgw", rune(digest[85])) {
		return false
	}
	// A bit set of the characters of base64, 64 per word. A lockfile may have
	// thousands of digests, and a test without branches is the fastest.
	letters := [4]uint64{1<<'+' | 1<<'/' | 0x3ff<<'0', 0x3ffffff<<('A'-64) | 0x3ffffff<<('a'-64)}
	all := uint64(1)
	for i := range 86 {
		c := digest[i]
		all &= letters[c>>6] >> (c & 63)
	}
	return all&1 == 1
}

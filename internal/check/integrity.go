package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var integrityMissingRule = finding.Rule{
	ID:       "integrity-missing",
	Title:    "A lockfile entry has no checksum.",
	Why:      "The package manager installs whatever the address serves on that day without comparing it to anything.",
	Help:     "Write the lockfile anew: delete `node_modules` and the lockfile, then install. With `node_modules` in place npm may leave the checksums out again.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "integrity"},
}

var integrityWeakRule = finding.Rule{
	ID:       "integrity-weak",
	Title:    "A lockfile entry has a checksum that does not tie it to one tarball.",
	Why:      "SHA-1 collisions can be bought, npm skips a checksum it cannot read as if there were none, and of two checksums either will do.",
	Help:     "Write the entry anew with the package manager of today: delete `node_modules` and the lockfile, then install; it then holds one SHA-512 checksum. yarn 1 keeps what it has: delete the entry itself.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "integrity"},
}

// Both rules block at every audit level for what ships. A development
// dependency is judged by severity, as advisories are: many lockfiles of npm 7
// to 10 lack checksums there through no one's ill will (npm/cli#4460), and an
// attacker who takes one out must still change the address, which
// registry-host and resolved-mismatch block in every scope.
//
// yarn 2 and later has a checksum of another kind, of the archive it makes of
// the package, and checks that. It writes none for packages of platforms that it
// did not fetch for, whatever one does: there it is advice.
var integrity = Check{
	Rules: []finding.Rule{integrityMissingRule, integrityWeakRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for p := range s.dependencies() {
			// What is bundled comes with the checksum of its bundler; a git
			// commit is a checksum itself.
			if p.Bundler != nil || p.Source == npm.SourceBundled || isArchiveSum(p.Checksum) || p.Source != npm.SourceRegistry && p.Source != npm.SourceURL {
				continue
			}
			sum := p.Integrity
			if s.Graph.Manager == "pnpm" && p.Checksum != "" {
				sum = p.Checksum // of the uncompressed tar, which ties it to one as well
			}
			rule, problem := &integrityWeakRule, weakness(sum)
			if strings.TrimSpace(sum) == "" {
				rule, problem = &integrityMissingRule, "has no checksum in the lockfile"
			}
			if problem == "" {
				continue
			}
			f := s.entry(rule, p) // the cure is a new lockfile: who brings it in says nothing
			switch {
			case foreignPlatform(s.Graph, p):
				f.Level = finding.Advice
			case s.onlyBuilds(p):
				f.Level = finding.BySeverity
			}
			f.Message = fmt.Sprintf("%s %s.", p.ID(), problem)
			f.Fix = integrityFix(s.Graph)
			found = append(found, f)
		}
		return found
	},
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
// the names of packages. fsevents is an interface of macOS.
var platformWords = map[string][]string{
	"darwin": {"macos", "osx", "mac", "fsevents"}, "win32": {"windows", "win", "win64"}, "x64": {"x86_64", "amd64", "64"},
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

func integrityFix(g *npm.Graph) string {
	tool := g.Tool()
	switch {
	case tool.Name == "yarn" && g.Version == "1":
		return fmt.Sprintf("Delete the entry from the lockfile, then run `%s`.", tool.Install)
	case tool.Name == "yarn":
		return "Set `checksumBehavior: update` in .yarnrc.yml for one `yarn install`, and take it out again."
	}
	return fmt.Sprintf("Delete `node_modules` and the lockfile, then run `%s`.", tool.Install)
}

// weakness says what is wrong with the checksums of an entry, in the format of
// Subresource Integrity, or "" when they hold exactly one SHA-512 digest. It is
// stricter than npm's ssri, which ignores what it cannot read.
func weakness(sri string) string {
	if digest, ok := strings.CutPrefix(sri, "sha512-"); ok && isSHA512(digest) {
		return "" // nearly all of them
	}
	strong := ""
	var others []string
	for _, one := range strings.Fields(sri) {
		algorithm, digest, found := strings.Cut(one, "-")
		if !found {
			return "has a checksum that cannot be read"
		}
		if algorithm != "sha512" {
			others = append(others, algorithm)
			continue
		}
		digest, _, _ = strings.Cut(digest, "?") // options, which SRI allows and nobody defined
		if !isSHA512(digest) {
			return "has a sha512 checksum that cannot be read"
		}
		if strong != "" && strong != digest {
			return "has two different sha512 checksums, of which either would be accepted"
		}
		strong = digest
	}
	if strong == "" {
		return fmt.Sprintf("has no sha512 checksum, only %s", strings.Join(others, ", "))
	}
	return ""
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

package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

var nativeBinaryRule = finding.Rule{
	ID:       "native-binary",
	Title:    "The tarball holds native code.",
	Why:      "Nobody can read what a binary does, and no advisory or licence of what is compiled into it is known.",
	Help:     "Publish binaries in packages of their own, built in CI with provenance, or leave them out if nothing needs them.",
	Severity: finding.Low,
	Tags:     []string{"security", "tarball"},
}

var disguisedBinaryRule = finding.Rule{
	ID:    "binary-disguised",
	Title: "A file of the tarball is native code and is named as something else.",
	Why: "A program that calls itself a text, a picture or a test file is hidden from whoever reviews the package; " +
		"that is how the backdoor in xz came.",
	Help:     "Find out where the file comes from. If it belongs there, give it the name of what it is.",
	Severity: finding.High,
	Tags:     []string{"security", "tarball", "supply-chain"},
}

// plainKinds are extensions of files that are not native programs.
var plainKinds = []string{
	".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".json", ".map", ".css", ".scss", ".less", ".html", ".htm", ".xml",
	".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".ttf", ".pdf", ".md", ".txt", ".yml",
	".yaml", ".toml", ".csv", ".log",
}

var nativeBinaries = Check{
	Rules: []finding.Rule{nativeBinaryRule, disguisedBinaryRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		var found []finding.Finding
		var names []string
		first, native := "", false
		for _, e := range s.Tarball.Entries {
			if e.Binary == "" {
				continue
			}
			inner := inPackage(e.Path)
			if slices.Contains(plainKinds, strings.ToLower(path.Ext(inner))) {
				f := packed(&disguisedBinaryRule, e.Path)
				f.Message, f.Fix = fmt.Sprintf("%s is native code (%s), whatever its name says.", inner, e.Binary), disguisedBinaryRule.Help
				found = append(found, f)
				continue
			}
			if first == "" || !native && e.Binary != "WebAssembly" {
				first = e.Path
			}
			native = native || e.Binary != "WebAssembly"
			names = append(names, fmt.Sprintf("%s (%s)", inner, e.Binary))
		}
		if len(names) > 0 {
			f := packed(&nativeBinaryRule, first)
			f.Level, f.Fix = finding.Advice, nativeBinaryRule.Help
			if !native { // WebAssembly is sandboxed
				f.Severity = finding.Info
			}
			f.Message = fmt.Sprintf("The tarball holds native code: %s.", listed(names, 5))
			found = append(found, f)
		}
		return found
	},
}

var packageTooLargeRule = finding.Rule{
	ID:       "package-too-large",
	Title:    "The files of the tarball are together larger than the policy allows.",
	Why:      "Everybody who installs the package downloads it; a jump in size is most often a build leftover.",
	Help:     "Leave out what nobody needs, or raise `files.max-total`.",
	Severity: finding.Moderate,
	Tags:     []string{"tarball"},
}

var packageSize = Check{
	Rules: []finding.Rule{packageTooLargeRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || s.Policy.Files.MaxTotal <= 0 || s.Tarball.Unpacked <= s.Policy.Files.MaxTotal {
			return nil
		}
		f := finding.Finding{Rule: packageTooLargeRule.ID, Severity: packageTooLargeRule.Severity, Shipped: true,
			File: s.Tarball.File, Fix: packageTooLargeRule.Help}
		f.Message = fmt.Sprintf("The files have %d bytes together, the policy allows %d.", s.Tarball.Unpacked, s.Policy.Files.MaxTotal)
		return []finding.Finding{f}
	},
}

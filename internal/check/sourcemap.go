package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/tarball"
)

var sourceMapContentRule = finding.Rule{
	ID:       "source-map-content",
	Title:    "The tarball holds source maps that carry the sources.",
	Why:      "What was left out of the package, or minified, is in the map as it was written, comments included.",
	Help:     "If the sources are public anyway, waive it. Else write the maps without `sourcesContent` or leave them out.",
	Severity: finding.Low,
	Tags:     []string{"security", "tarball"},
}

var sourceMapPathRule = finding.Rule{
	ID:       "source-map-path",
	Title:    "The tarball holds source maps with paths of the machine that built them.",
	Why:      "They name users, folders and build systems, and make two builds of one commit differ.",
	Help:     "Build with relative paths: set `sourceRoot`, or the bundler's option for the paths in source maps.",
	Severity: finding.Low,
	Tags:     []string{"security", "tarball"},
}

var sourceMapMissingRule = finding.Rule{
	ID:       "source-map-missing",
	Title:    "Files refer to source maps that are not in the tarball.",
	Why:      "Debuggers and bundlers look for the map and warn everybody who uses the package.",
	Help:     "Pack the maps, or build without the reference to them.",
	Severity: finding.Info,
	Tags:     []string{"tarball"},
}

// sourceMaps makes one finding of each kind, however many maps there are: a
// setting of one build tool made them all.
var sourceMaps = Check{
	Rules: []finding.Rule{sourceMapContentRule, sourceMapPathRule, sourceMapMissingRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		var content, paths []tarball.SourceMap
		for _, m := range s.Tarball.SourceMaps {
			if m.Content || m.Inline {
				content = append(content, m)
			}
			if m.Absolute != "" {
				paths = append(paths, m)
			}
		}
		var found []finding.Finding
		add := func(rule *finding.Rule, path, format string, args ...any) {
			f := packed(rule, path)
			f.Level, f.Fix, f.Message = finding.Advice, rule.Help, fmt.Sprintf(format, args...)
			found = append(found, f)
		}
		if n := len(content); n > 0 {
			what := "carries the sources"
			if content[0].Inline {
				what = "carries a source map in its last line"
			}
			add(&sourceMapContentRule, content[0].Path, "%s %s%s.", inPackage(content[0].Path), what, andOthers(n))
		}
		if n := len(paths); n > 0 {
			add(&sourceMapPathRule, paths[0].Path, "%s names %q, a path of the machine that built it%s.",
				inPackage(paths[0].Path), paths[0].Absolute, andOthers(n))
		}
		if lost := s.Tarball.LostMaps; len(lost) > 0 {
			add(&sourceMapMissingRule, lost[0].Path, "%s refers to %s, which is not in the tarball%s.", inPackage(lost[0].Path),
				inPackage(lost[0].Name), andOthers(len(lost)))
			found[len(found)-1].Line = lost[0].Line
		}
		return found
	},
}

// andOthers returns text for the number of files besides the named one.
func andOthers(n int) string {
	switch n {
	case 0, 1:
		return ""
	case 2:
		return ", and so does one other file"
	}
	return fmt.Sprintf(", and so do %d other files", n-1)
}

package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var entryMissingRule = finding.Rule{
	ID:    "entry-missing",
	Title: "package.json points to a file that is not in the tarball.",
	Why: "What `main`, `module`, `types`, `bin` or `exports` name and the tarball lacks fails for those who install " +
		"the package; most often the build did not run, or `files` leaves its result out.",
	Help:     "Build before packing, add the file to the `files` field, or correct the path; upper and lower case must agree.",
	Severity: finding.High,
	Tags:     []string{"manifest", "tarball"},
}

// entryPoints blocks if Node, npm, TypeScript or a bundler would look for a
// missing file. It warns if only some tools read the field, or if the condition
// is one for the package's own workspace.
var entryPoints = Check{
	Rules: []finding.Rule{entryMissingRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || s.Tarball.Manifest == nil {
			return nil
		}
		p := s.packedPaths()
		pointers := s.Tarball.Manifest.Pointers()
		served := slices.ContainsFunc(pointers, func(o npm.Pointer) bool { return isExport(o) && o.Path != "package.json" && p.holds(o) })
		missing := map[string][]npm.Pointer{} // first word of the field, or others → pointers
		var order []string
		for _, ptr := range pointers {
			if p.holds(ptr) || ptr.Choice && slices.ContainsFunc(pointers, func(o npm.Pointer) bool { return o.Field == ptr.Field && p.holds(o) }) {
				continue
			}
			key, _, _ := strings.Cut(ptr.Field, " ")
			if level(ptr, served) == finding.Advice {
				key = "others" // one warning for all of them
			}
			if ptr.Refused {
				key += " refused"
			}
			if missing[key] == nil {
				order = append(order, key)
			}
			missing[key] = append(missing[key], ptr)
		}
		var found []finding.Finding
		for _, key := range order {
			list := missing[key]
			f := packed(&entryMissingRule, "package/package.json")
			f.Line, f.Level, f.Fix = list[0].Line, level(list[0], served), entryMissingRule.Help
			if f.Level == finding.Advice {
				f.Severity = finding.Low
			}
			f.Subject, f.Message = key, p.missingMessage(list)
			if list[0].Refused {
				f.Fix = "Write `./` at the beginning of the target."
			}
			for _, ptr := range list {
				if link := s.droppedLink(path.Clean(ptr.Path)); link != "" {
					f.Message, f.Fix = f.Message+notPacked(link), linkFix(link)
					break
				}
			}
			found = append(found, f)
		}
		if gone := p.unbuilt(s.Tarball.Manifest.Packs()); len(found) == 0 && len(gone) > 0 {
			f := packed(&entryMissingRule, "package/package.json")
			f.Level, f.Fix, f.Subject = finding.Always, entryMissingRule.Help, "files"
			f.Message = fmt.Sprintf("package.json says that the package consists of %s, and the tarball holds nothing but "+
				"package.json and documents.", listed(gone, 5))
			found = append(found, f)
		}
		return found
	},
}

// unbuilt returns the paths of which package.json says the package consists, if
// only documents are packed.
func (p *packedPaths) unbuilt(says []string) (gone []string) {
	for _, name := range p.sorted {
		if !alwaysPacked(name) && (strings.Contains(name, "/") || !strings.HasSuffix(strings.ToLower(name), ".md")) {
			return nil
		}
	}
	for _, name := range says {
		if name != "." && p.exact[name] == "" && !slices.Contains(gone, name) {
			gone = append(gone, name)
		}
	}
	return gone
}

// packedPaths holds the files of the tarball by their path below the root.
type packedPaths struct {
	exact, folded map[string]string // path, or path in lower case → path
	sorted        []string
}

func (s *Subject) packedPaths() *packedPaths {
	p := &packedPaths{exact: map[string]string{}, folded: map[string]string{}}
	for _, e := range s.Tarball.Entries {
		if inner := inPackage(e.Path); !e.Dir {
			p.exact[inner], p.folded[strings.ToLower(inner)] = inner, inner
			p.sorted = append(p.sorted, inner)
		}
	}
	slices.Sort(p.sorted)
	return p
}

func (p *packedPaths) holds(ptr npm.Pointer) bool {
	return !ptr.Refused && p.find(ptr, p.exact, false) != ""
}

// find looks up the file of a pointer. Source of the order: nodejs.org,
// modules, "LOAD_AS_FILE" and "LOAD_AS_DIRECTORY".
func (p *packedPaths) find(ptr npm.Pointer, in map[string]string, fold bool) string {
	name := path.Clean(ptr.Path)
	if fold {
		name = strings.ToLower(name)
	}
	name = strings.TrimPrefix(name, "/")
	kind, _, _ := strings.Cut(ptr.Field, " ")
	switch {
	case kind == "exports" && strings.Contains(name, "*"):
		return p.matching(name)
	case kind == "exports" && isFolder(ptr), kind == "directories.bin":
		return p.matching(name + "/*")
	case kind == "exports", kind == "bin", kind == "man":
		return in[name]
	}
	for _, end := range endings[kind == "types" || kind == "typings"] {
		if found := in[path.Join(name+end)]; found != "" {
			return found
		}
	}
	return ""
}

// endings are the suffixes that a reader tries after the path of a field: false
// for main and similar fields, true for TypeScript's declarations.
var endings = map[bool][]string{
	false: {"", ".js", ".json", ".node", ".mjs", ".cjs", "/index.js", "/index.json", "/index.node", "/index.mjs",
		"/index.cjs", "/package.json"},
	true: {"", ".d.ts", ".ts", ".d.mts", ".d.cts", "/index.d.ts", "/index.ts", "/package.json"},
}

// matching finds a file that matches a pattern with one star, which stands for
// any characters, including slashes.
func (p *packedPaths) matching(pattern string) string {
	before, after, _ := strings.Cut(pattern, "*")
	if before == "./" || before == "." {
		before = ""
	}
	at, _ := slices.BinarySearch(p.sorted, before)
	for _, name := range p.sorted[at:] {
		if !strings.HasPrefix(name, before) {
			break
		}
		if len(name) > len(before)+len(after) && strings.HasSuffix(name, after) {
			return name
		}
	}
	return ""
}

// everywhere are the conditions of exports that Node itself uses, or
// TypeScript, whose condition may have a version range.
var everywhere = []string{"import", "require", "node", "default", "module-sync", "types"}

// level returns the level of a pointer to a missing file. Conditions that only
// some tools use, and patterns, block if exports names no other file that
// exists: then there is no way into the package at all.
func level(ptr npm.Pointer, served bool) finding.Level {
	switch kind, _, _ := strings.Cut(ptr.Field, " "); {
	case ptr.Dead:
		return finding.Advice
	case isExport(ptr):
		if served && (special(ptr) || strings.Contains(ptr.Path, "*") || isFolder(ptr)) {
			return finding.Advice
		}
		return finding.Always
	case slices.Contains([]string{"bin", "main", "module", "types", "typings"}, kind):
		return finding.Always
	}
	return finding.Advice // man, directories.bin, browser, unpkg, jsdelivr: some tools read them
}

func isExport(ptr npm.Pointer) bool {
	kind, _, _ := strings.Cut(ptr.Field, " ")
	return kind == "exports"
}

// isFolder reports whether a path of exports stands for all files below it.
func isFolder(ptr npm.Pointer) bool { return ptr.Path == "" || strings.HasSuffix(ptr.Path, "/") }

// special reports whether a path of exports is under a condition that only some
// tools, or only the package's own workspace, use.
func special(ptr npm.Pointer) bool {
	return slices.ContainsFunc(ptr.Conditions, func(c string) bool {
		name, _, _ := strings.Cut(c, "@")
		return !slices.Contains(everywhere, name)
	})
}

func (p *packedPaths) missingMessage(list []npm.Pointer) string {
	texts := make([]string, len(list))
	for i, ptr := range list {
		texts[i] = fmt.Sprintf("%s (%s)", ptr.Path, ptr.Field)
		if ptr.Field == "main" && p.exact["index.js"] != "" {
			texts[i] = fmt.Sprintf("%s (main; Node takes index.js in its place, with a warning)", ptr.Path)
		}
		if other := p.find(ptr, p.folded, true); other != "" && !ptr.Refused && !strings.Contains(ptr.Path, "*") {
			texts[i] = fmt.Sprintf("%s (%s; %s is there, which only some systems take for the same)", ptr.Path, ptr.Field, other)
		}
	}
	if list[0].Refused {
		return fmt.Sprintf("package.json has targets that Node refuses, since they do not begin with \"./\": %s.",
			listed(slices.Compact(texts), 5))
	}
	return fmt.Sprintf("package.json points to what is not in the tarball: %s.", listed(slices.Compact(texts), 5))
}

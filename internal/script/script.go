// Package script reads what a JavaScript program uses: variables of the
// environment, hosts, modules, and globals that act on the outside.
//
// A program is parsed. A file that the parser does not read (TypeScript, JSX,
// old octal numbers), or that would cost too much, is searched token by token
// instead, and Program.Searched says so. Nothing is run, and what a program
// composes at run time is not known: the package says where that is done.
package script

import "bytes"

// MaxSize is the most that is read of one file, in bytes. The largest program
// in the archive of published packages has 15 MB.
const MaxSize = 16 << 20

// A Program is what one file uses. Its lists are in the order of the file, each
// name once, and bounded by MaxMentions. All names are foreign text.
type Program struct {
	Path string // as it was given

	// Searched says, in our own words, why the file was not parsed but searched;
	// "": it was parsed, or it holds only types.
	Searched string
	Types    bool // a file of declarations (.d.ts): only Imports is filled in
	Full     bool // it names more than is kept, see MaxMentions: what else it uses is not known

	Env     []Variable // variables of the environment that are read
	Whole   []Mention  // uses of the environment from which no name can be told, without a name
	Tested  []string   // variables for whose absence the program stops, see Variable
	Hosts   []Mention  // hosts of addresses in its texts, in lower case; "*." begins one whose first part is composed
	Open    []Mention  // addresses whose host is composed, without a name
	Imports []Import   // modules that it loads
	Effects []Mention  // what it uses of the outside without loading a module: "fetch", "process.exit"
}

// Empty reports whether the file was parsed and uses nothing.
func (p *Program) Empty() bool {
	return p.Searched == "" && !p.Full && len(p.Env)+len(p.Whole)+len(p.Tested)+len(p.Hosts)+len(p.Open)+len(p.Imports)+len(p.Effects) == 0
}

// FullOf reports whether of one of the lists, which has n entries, some may be
// missing.
func (p *Program) FullOf(n int) bool {
	return p.Full && (n >= MaxMentions || p.Types || p.Searched != "")
}

// A Mention is a name at a place.
type Mention struct {
	Name string
	Line int // 1-based
}

// A Variable is one read of a variable of the environment.
//
// Flows is false where the program asks only whether the variable is set, or
// compares it: `if (process.env.CI)`. Elsewhere the value goes on, and whether it
// is there should have been tested: Program.Tested has the variables of which
// that is so. It is so where the variable, or what it was assigned to, stands in
//
//   - the condition of an if, a ?:, a switch or a loop's body whose branch throws, exits
//     or rejects (`if (!key) throw …`), or precedes such a throw with a return;
//   - the left side of `??`, `||` or `&&` whose right side does (`?? fail()`);
//   - the argument of a function that throws, of an assertion (assert, invariant,
//     ensure…, require…), or of a schema's parse (zod, joi, valibot, envalid, …).
//
// A default is no test: what is absent then goes unnoticed. Of a file that was
// searched only the if with a throw is seen, and every read flows.
type Variable struct {
	Mention
	Flows bool
}

// An Import is one module that a file loads.
type Import struct {
	Mention      // the specifier as written: "openai/resources"; "": it is computed
	Type    bool // it loads types only, which are gone at run time
}

// MaxMentions is the most that is kept of each list, and a quarter of what is kept
// of all lists of a file that was searched. A program that has more is Full.
const MaxMentions = 2000

// Read reads one file. path decides what it is by its name. Only the first
// MaxSize bytes of src are read. It keeps nothing of src.
func Read(path string, src []byte) Program {
	p := Program{Path: path}
	cut := len(src) > MaxSize
	if cut {
		src = src[:MaxSize]
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	switch form := formOf(path); {
	case form == types:
		p.Types = true
		searchTypes(&p, src)
	case form == typed:
		p.Searched = "it is TypeScript or JSX"
	case cut:
		p.Searched = "it is too large"
	default:
		p.Searched = parseInto(&p, src)
	}
	if p.Searched != "" {
		p = Program{Path: path, Searched: p.Searched}
		search(&p, src)
	}
	return p
}

// Search is Read for a file that is not to be parsed, because much was before it.
func Search(path string, src []byte) Program {
	if formOf(path) == types {
		return Read(path, src)
	}
	p := Program{Path: path, Searched: "the package holds more than is parsed"}
	search(&p, src[:min(len(src), MaxSize)])
	return p
}

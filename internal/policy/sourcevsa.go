package policy

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A SourceVSA is source.vsa: the summary of a verifier, signed, that says how the
// commit came about. Everything is compared exactly.
type SourceVSA struct {
	File  string // a relative path that stays inside the directory
	Level int    // of the SLSA source track (v1.2), 1 to 4, at least

	Identity string // subject of the certificate that signs it
	Issuer   string // of the ID token behind that certificate

	Repository string // address of the repository, https://…; empty: that of the run
	Ref        string // one of the refs that the commit is said to be on; empty: any
	Verifier   string // verifier.id; empty: any that the identity names
}

// The levels of the SLSA source track that answer other keys
// (slsa.dev/spec/v1.2/source-requirements).
const (
	levelEnforced = 3 // the branch's technical controls are enforced
	levelReviewed = 4 // each change was reviewed by a second trusted person
)

// sourceLevels are the words of source.vsa.level, from level 1.
var sourceLevels = []string{"SLSA_SOURCE_LEVEL_1", "SLSA_SOURCE_LEVEL_2", "SLSA_SOURCE_LEVEL_3", "SLSA_SOURCE_LEVEL_4"}

// OfGitHub returns what is left to be asked of GitHub: a summary of level 4
// answers review and protected, one of level 3 protected.
func (s *Source) OfGitHub() Source {
	left := *s
	if left.VSA = nil; s.VSA != nil {
		left.Review = s.Review && s.VSA.Level < levelReviewed
		left.Protected = s.Protected && s.VSA.Level < levelEnforced
	}
	return left
}

// sourceVSA reads source.vsa.
func (r *reader) sourceVSA(what string, n *yaml.Node) (*SourceVSA, bool) {
	needed := []string{"file", "level", "identity", "issuer"}
	f, ok := r.record(what, n, slices.Concat(needed, []string{"repository", "ref", "verifier"}), needed)
	if !ok {
		return nil, false
	}
	text := func(name string) string {
		if f[name] == nil {
			return ""
		}
		return f[name].Value
	}
	v := &SourceVSA{File: text("file"), Level: slices.Index(sourceLevels, text("level")) + 1, Identity: text("identity"),
		Issuer: text("issuer"), Repository: text("repository"), Ref: text("ref"), Verifier: text("verifier")}
	wrong := func(name, why, hint string) {
		r.mistake(f[name], fmt.Sprintf("%s.%s: %s", what, name, why), hint)
		ok = false
	}
	if err := insideFolder(v.File); err != nil {
		wrong("file", err.Error(), "")
	}
	if v.Level == 0 {
		wrong("level", oneOf(text("level"), sourceLevels).Error(), "")
	}
	if strings.Contains(v.Identity, "*") {
		wrong("identity", "is compared exactly: * stands for itself", "write the whole identity, with its ref")
	}
	if !strings.HasPrefix(v.Issuer, "https://") {
		wrong("issuer", quote(v.Issuer)+" is no https address", "")
	}
	if v.Repository != "" && !strings.HasPrefix(v.Repository, "https://") {
		wrong("repository", quote(v.Repository)+" is no https address", "write https://github.com/OWNER/NAME")
	}
	if v.Ref != "" && !strings.HasPrefix(v.Ref, "refs/") {
		wrong("ref", quote(v.Ref)+" is no whole ref", "write refs/heads/"+v.Ref)
	}
	return v, ok
}

// canonical returns what is asked, for Canonical; nil: nothing.
func (v *SourceVSA) canonical() map[string]any {
	if v == nil {
		return nil
	}
	return map[string]any{"file": v.File, "level": sourceLevels[v.Level-1], "identity": v.Identity, "issuer": v.Issuer,
		"repository": v.Repository, "ref": v.Ref, "verifier": v.Verifier}
}

// shown returns the value as a message shows it.
func (v *SourceVSA) shown() string {
	return fmt.Sprintf("{file: %s, level: %s, identity: %s, issuer: %s}", v.File, sourceLevels[v.Level-1], v.Identity, v.Issuer)
}

package check

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// A Seal says how a question about one dependency ended: whether its registry
// signed it, or its attestations hold. The zero Seal was not looked at.
type Seal struct {
	State SealState
	Why   string    // a clause, foreign in part; of SealVerified: by what
	At    time.Time // when the version was published; zero: not known, or it does not matter
}

// SealState is the end of a question; the zero value is no yes.
type SealState int

// The ends.
const (
	SealUnseen   SealState = iota
	SealVerified           // it holds
	SealMissing            // there is none, where there should be one
	SealInvalid            // there is one, and it does not hold
	SealSkipped            // there can be none, or nothing ties it to the bytes
	SealUnknown            // it may hold: nobody has the key to say so
)

var signatureMissingRule = finding.Rule{
	ID:    "signature-missing",
	Title: "A dependency has no signature of its registry that could be verified.",
	Why: "The registry signs what is published to it. What it has not signed may be something else, from a mirror, a cache or a " +
		"registry of the same address that somebody put in between.",
	Help: "Lock what the registry signs: have the package manager write the entry anew from the registry itself. Where a registry " +
		"signs nothing, `dependencies.signatures: when-available` skips what is from it.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain", "integrity"},
}

var signatureInvalidRule = finding.Rule{
	ID:    "signature-invalid",
	Title: "The signature of a dependency's registry does not hold for what is locked.",
	Why: "The registry signed a name, a version and a checksum. If they are not those of the lockfile, what is installed is not what " +
		"was published.",
	Help: "Do not install it. Compare the lockfile's checksum with what the registry says from another network (`npm view NAME@VERSION " +
		"dist`), take the entry back to an earlier commit, and tell the registry if it serves such a signature.",
	Severity: finding.Critical,
	Tags:     []string{"security", "supply-chain", "integrity"},
}

// signatures tells what was found out about the registry's signatures. Every
// scope is looked at: what builds a package can change it.
var signatures = Check{
	Rules: []finding.Rule{signatureMissingRule, signatureInvalidRule},
	Run: func(s *Subject) (found []finding.Finding) {
		mode := s.Policy.Dependencies.Signatures
		if s.Signatures == nil || mode == "" {
			return nil // named as unchecked, if it was to be looked at
		}
		for p := range s.Installed() {
			seal := s.Signatures[p]
			rule, what := &signatureMissingRule, ""
			switch {
			case seal.State == SealVerified, seal.State == SealSkipped && mode != policy.Required:
				continue
			case seal.State == SealSkipped && p.Source != npm.SourceRegistry, seal.State == SealSkipped && p.Bundler != nil:
				continue // no registry has it: other rules judge it
			case seal.State == SealInvalid:
				rule, what = &signatureInvalidRule, seal.Why
			case seal.State == SealUnseen:
				what = "its signature was not looked at"
			default:
				what = seal.Why
			}
			f := s.entry(rule, p)
			f.Level, f.Fix = finding.Always, named(rule.Help, p)
			f.Message = fmt.Sprintf("%s: %s.", p.ID(), what)
			found = append(found, f)
		}
		return found
	},
}

// Installed yields every installed copy that is judged.
func (s *Subject) Installed() iter.Seq[*npm.Package] { return s.dependencies() }

// named puts a package into the words about NAME and NAME@VERSION.
func named(help string, p *npm.Package) string {
	return strings.NewReplacer("NAME@VERSION", p.ID(), "NAME", p.Name).Replace(help)
}

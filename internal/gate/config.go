package gate

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/verify"
)

// A Config is what the user asked for, checked and complete. Package cli makes
// it; nothing below here reads flags, inputs or the environment.
type Config struct {
	Where
	Judging
	Writing
	Acting
	Net
	Started
	Telling
	Deadline time.Duration // of the whole run
}

// Where says what is judged, and where the evidence goes.
type Where struct {
	Dir string // the package's folder
	// Workspace are the members of the workspace in Dir that are judged in place of
	// Dir itself, by name or folder; Workspaces: all that can be published.
	Workspace  []string
	Workspaces bool

	Tarball  string   // "" the one npm pack makes of Dir
	Lockfile string   // "" find it
	Policy   string   // "" find it
	VEX      []string // VEX documents, files
	Out      string   // where the evidence goes
}

// Judging says by what the package is judged.
type Judging struct {
	AuditLevel      *policy.Threshold // nil: the policy's
	Omit            []npm.Scope       // scopes left out
	PreviousTarball string            // the last published .tgz, to compare with; "" the registry is asked
	Previous        string            // the release before this one, NoPrevious: there is none; "" ask the registry
	Sources         []SourceSpec      // advisory sources, in order
}

// Writing says how the evidence is written.
type Writing struct {
	SBOMVersion string    // "1.4" to "1.7"
	SBOMFiles   bool      // the tarball's files are components too
	Epoch       time.Time // SOURCE_DATE_EPOCH; zero: none
}

// Acting says what is done after looking.
type Acting struct {
	Sign     Mode              // Never, Auto, Key, Keyless, GitHub
	Key      string            // a file, or the address of a key in a KMS, for Sign Key
	Password credential.Secret // of an encrypted key
	Sigstore Sigstore
	IDToken  func(ctx context.Context, audience string) (string, error)
	Job      map[string]string // what the environment says of the CI job, see attest.Environment

	Upload      Mode   // Never, Auto, Always
	SARIFRef    string // the ref that the checkout is of; "": as the runner says, where that is the checkout's
	GitHubToken credential.Secret

	Store Mode // of the attestations, at GitHub: Never, Auto, Always

	Publish Mode   // Never, NPM
	Access  string // "", "public", "restricted"
	Tag     string
	DryRun  bool
}

// Net says what may be reached, how, and as whom.
type Net struct {
	Offline  bool   // no network at all
	Registry string // base address
	Token    credential.Secret

	Scopes         map[string]string            // registries of scopes by the user's word: "@acme" → address
	NPMRC          string                       // a file that may name more; "" none
	RegistryTokens map[string]credential.Secret // tokens bound to a registry: "//host/path/" → token

	Proxy  string // address; "" none
	CAFile string // PEM; "" the system's certificates alone
	// carries every request; nil: one of Proxy and CAFile, and of nothing in the
	// environment
	Transport http.RoundTripper
	Version   string                            // publishgate's own
	Binary    func() (sha256 string, err error) // digest of the program, in hex; nil: it is not told
	Now       func() time.Time
}

// Started says what started the run.
type Started struct {
	Trigger *action.Trigger // nil: not on a runner
	Runner  *action.Runner  // nil: not on a GitHub runner
}

// repository is the address of the repository that the runner names, which is the
// one that provenance has; empty: none.
func (s Started) repository() string {
	if r := s.Runner; r != nil && r.Repository != "" {
		return r.ServerURL + "/" + r.Repository
	}
	return ""
}

// Telling says whom the run tells, and of what.
type Telling struct {
	Progress io.Writer // says what is being waited for; nil: nobody watches

	Show  func(o *Outcome, ran error) error // tells people at the end, ran being what Run will return; nil: nobody is told
	Heard func() error                      // waits for people to have read it, until the deadline; nil: nobody does
	Warn  func(error)                       // says what telling the runner met; nil: nobody is told

	part bool // of a run that judges several members, which tells the runner of all
}

// NoPrevious is the value of Config.Previous that says: this is the first release.
const NoPrevious = "none"

// A Sigstore is where keyless signatures come from. Empty: the public one.
type Sigstore struct {
	Fulcio, Rekor, TSA string // addresses
	RekorVersion       int    // 1 or 2; 0: nobody said
	SigningConfig      string // a file, in place of addresses
	TrustedRoot        string // a file
	Server             string // of GitHub, for its own Sigstore; "": not on its runner
	PublicLog          bool   // a repository that is not public may go into public logs
	Identity           verify.Identity
}

// A Mode is the value of -sign, -upload-sarif, -upload-attestations or -publish; each takes some of
// them. The zero value does nothing.
type Mode int

// The modes.
const (
	Never   Mode = iota // never, none
	Auto                // as far as the surroundings allow it, with the reason said
	Always              // or it is an error
	Key                 // -sign key
	Keyless             // -sign keyless
	GitHub              // -sign github
	NPM                 // -publish npm
)

// asked reports whether somebody asked for a signature.
func (m Mode) asked() bool { return m == Key || m == Keyless || m == GitHub }

// A SourceSpec is one item of -advisories.
type SourceSpec struct {
	Kind string // npm, osv, file, snapshot
	Arg  string // the path of file; an address of npm's or osv's own, or ""
}

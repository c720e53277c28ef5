package gate

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/verify"
	"github.com/publishgate/publishgate/internal/web"
)

// A Config is what the user asked for, checked and complete. Package cli makes
// it. No package below this one reads flags, inputs or the environment.
type Config struct {
	Where
	Judging
	Writing
	Acting
	Net
	Started
	Telling
	Deadline time.Duration // for the whole run, but for the wait of Acting

	until context.Context // that of Run, which has no deadline
}

// Where says what is judged, and where the evidence is written.
type Where struct {
	Dir string // the package's directory
	// Workspace names the members of the workspace in Dir that are judged in
	// place of Dir itself, by name or directory. Workspaces means every member
	// that can be published.
	Workspace  []string
	Workspaces bool
	shared     *lockfile.Shared // what the members read of their checkout; nil: one package is judged

	Tarball  string // ""  pack Dir as npm pack does; a folder of tarballs for members of a workspace
	Lockfile string // "" find it
	Policy   string // "" find it
	// Organisation is an organisation's policy file, which Policy can only tighten;
	// "" there is none.
	Organisation string
	VEX          []string // paths of VEX documents
	Out          string   // directory of the evidence

	tarballs map[string]*packedFile // that were read, by the folder of the member; nil: Tarball names none
	bytes    []byte                 // of Tarball, if it was read before; nil: it was not
}

// Judging says what the package is judged by.
type Judging struct {
	AuditLevel      *policy.Threshold // nil: the policy's
	Omit            []npm.Scope       // scopes left out
	PreviousTarball string            // the last published .tgz, to compare with; "" ask the registry
	Previous        string            // the release before this one; NoPrevious: there is none; "" ask the registry
	Sources         []SourceSpec      // advisory sources, in order
	search          *searched         // of the commit, by the members of a workspace; nil: one package is judged
	inTurn          func()            // waits until the members before this one were judged; nil: one package is judged
}

// Writing says how the evidence is written.
type Writing struct {
	SBOMVersion string    // "1.4" to "1.7"
	SBOMFiles   bool      // list the tarball's files as components too
	Epoch       time.Time // SOURCE_DATE_EPOCH; zero: none
	Reports     []string  // further reports, for CI servers: "gitlab", "junit"
}

// Acting says what is done after the verdict.
type Acting struct {
	Sign     Mode              // Never, Auto, Key, Keyless, GitHub
	Key      string            // for Sign Key: a file, or the address of a key in a KMS
	Password credential.Secret // of an encrypted key
	Sigstore Sigstore
	IDToken  func(ctx context.Context, audience string) (string, error)
	Job      map[string]string // the CI job as the environment describes it, see attest.Environment

	Upload Mode // of the SARIF file: Never, Auto, Always
	// SARIFRef is the ref that the checkout is of. Empty: the runner's ref, if
	// that is what is checked out.
	SARIFRef string
	// Category tells apart what several jobs find out about one package.
	Category    string
	GitHubToken credential.Secret
	heard       *hearing // what GitHub said about the commit, for all members; nil: one package is judged
	uploads     *uploads // what the members of a workspace share; nil: one package is judged

	Store Mode // of the attestations, at GitHub: Never, Auto, Always

	Submit bool // the lockfiles that GitHub does not read itself, to its dependency graph

	Comment Mode // on the pull request: Never, OnChange, Always

	Publish Mode     // Never, Stage, NPM, Auto
	Access  string   // "", "public", "restricted"
	Tag     string   // dist-tag; "": publishConfig's, else latest
	Tags    []string // further dist-tags
	DryRun  bool
	// New leaves out a member of a workspace whose version the registry has with other
	// bytes: it was changed and not raised, and is not released. Else that is an alarm.
	New bool

	Provenance Mode           // of the registry: Never, Auto, Always
	Wait       *time.Duration // for the registry to show what it accepted; nil: by the road
	Judged     string         // a folder with the merged evidence of earlier jobs, which members must be in; "" none
	Receipt    string         // a file with the receipt of an earlier attempt; "" the one in the evidence
	// Publisher returns the ID token that a registry exchanges for a token of its
	// own. Nil: none is offered.
	Publisher func(ctx context.Context, audience string) (string, error)
	// Granted is given each credential that a server made for this run, before it
	// is used, so that no log shows it. Nil: nobody is.
	Granted func(credential.Secret)
}

// Net says what may be reached, how, and with which credentials.
type Net struct {
	Offline  bool   // no network at all
	Registry string // base address
	Token    credential.Secret
	// AllowPrivate lets the registry's name lead to an address of a private
	// network, although a credential may go there. Without one it may anyway.
	AllowPrivate bool
	Credentialed bool // a credential may go to the registry, besides the tokens here

	// Cache is the folder in which answers of registries that do not change are
	// kept between runs. "": none are.
	Cache string

	Scopes         map[string]string            // registries that the user named for scopes: "@acme" → address
	NPMRC          string                       // a file that may name more registries; "" none
	RegistryTokens map[string]credential.Secret // tokens bound to a registry: "//host/path/" → token

	Proxy  string // address; "" none
	CAFile string // PEM file; "" the system's certificates alone
	// Transport carries every request. Nil: one is made from Proxy and CAFile,
	// and from nothing in the environment.
	Transport http.RoundTripper
	Observe   func(web.Sent)                    // is told of each request; nil: nobody
	Resolver  *net.Resolver                     // of host names; nil: the system's
	turns     *web.Turns                        // bound the requests at once to each server; nil: nothing does
	Version   string                            // publishgate's own version
	Binary    func() (sha256 string, err error) // returns the digest of this program, in hex; nil: unknown
	Now       func() time.Time
}

// Started says what started the run.
type Started struct {
	Trigger *action.Trigger // nil: not on a runner
	Runner  *action.Runner  // nil: not on a GitHub runner
}

// repository returns the address of the repository that the runner names, which
// provenance names too. It returns "" if there is none.
func (s Started) repository() string {
	if r := s.Runner; r != nil && r.Repository != "" {
		return r.ServerURL + "/" + r.Repository
	}
	return ""
}

// Telling says who hears about the run, and what they hear.
type Telling struct {
	Log     *Log             // told what the run does while it does it; nil: nobody watches
	Waiting *display.Printer // told, where nobody watches, that the registry is waited for, which takes minutes; nil: nobody is

	// Show tells people at the end; ran is the error that Run will return. Nil:
	// nobody is told.
	Show func(o *Outcome, ran error) error
	// Heard waits until people have read it, or the deadline passes. Nil: nobody
	// is waited for.
	Heard func() error
	Warn  func(error) // is given the errors of telling the runner; nil: nobody is

	part bool // this run judges one of several members; the whole run tells the runner
}

// NoPrevious is the value of Judging.Previous for a first release.
const NoPrevious = "none"

// A Sigstore says which servers make keyless signatures. Empty: the public ones.
type Sigstore struct {
	Fulcio, Rekor, TSA string // addresses
	RekorVersion       int    // 1 or 2; 0: not given
	SigningConfig      string // a file, in place of addresses
	TrustedRoot        string // a file
	Server             string // GitHub's address, for GitHub's own Sigstore; "" not on its runner
	PublicLog          bool   // a repository that is not public may write to public logs
	Identity           verify.Identity
}

// A Mode is the value of -sign, -upload-sarif, -upload-attestations, -comment,
// -publish or -provenance.
// Each flag takes some of the values. The zero value does nothing.
type Mode int

// The modes.
const (
	Never    Mode = iota // never, none
	Auto                 // do it if the surroundings allow it; if not, say why
	Always               // do it, or return an error
	Key                  // -sign key
	Keyless              // -sign keyless
	GitHub               // -sign github
	NPM                  // -publish npm
	Stage                // -publish stage
	OnChange             // -comment on-change: if something is new or fixed, or there is one already
)

// asked reports whether the user asked for a signature.
func (m Mode) asked() bool { return m == Key || m == Keyless || m == GitHub }

// A SourceSpec is one item of -advisories.
type SourceSpec struct {
	Kind string // npm, osv, file, snapshot
	Arg  string // the path of a file; the address of npm's or OSV's server, or ""
}

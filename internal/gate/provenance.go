package gate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/report"
)

// A vouching says whether the package is sent with npm's provenance.
type vouching struct {
	on     bool
	must   bool   // the user asked for it: without it nothing is published
	asked  bool   // the policy asks for it: without it nothing is published
	why    string // why it is not, in our own words but for what it quotes; empty: it is, or nothing is published
	remedy string // what to do about that, in a sentence
	told   bool   // why is told: somebody could expect it
	wish   bool   // publishConfig asks for it

	// What stands against publishing so, unless the registry has the bytes.
	refusals []check.Refusal
	err      error
}

// vouch decides before anything is signed whether the package is sent with
// provenance, and sets the plan so. What would make the registry refuse it, after
// it went into a public log, is an objection.
func (in *input) vouch(ctx context.Context, c *Acting) (v vouching) {
	if in.plan == nil || !in.acting {
		return v
	}
	v.must = c.Provenance == Always
	asked := in.subject.SentManifest().PublishConfig["provenance"]
	v.wish = asked != "" && asked != "false"
	v.asked = in.subject.AsksProvenance(false)
	v.told = v.asked || c.Provenance != Auto || v.wish || in.grant.kind == policy.OIDC || c.Sign == Keyless
	var refused *publish.RefusedError
	if v.why, v.remedy = in.unvouched(*c); v.why == "" {
		if claim, err := c.claims(ctx); err == nil { // else signing tells what is wrong with the token
			v.why, v.remedy, refused = in.provable(*c, claim)
		}
	}
	v.on = v.why == ""
	in.plan.Provenance = v.on
	if v.must && !v.on {
		v.err = fmt.Errorf("%w: -provenance was asked for, and %s: leave it out, or say -provenance=false", ErrUsage, v.why)
	}
	if refused != nil {
		v.refusals = refusals(refused)
	}
	return v
}

// attests asks whether the registry takes provenance, where it would go along and
// nobody insists on it. One that takes any has keys, as npm's has; one without
// refuses the document, or drops the bundle.
func (in *input) attests(ctx context.Context, client *registry.Client) (bool, error) {
	if v := in.vouching; !v.on || v.must || v.wish || client.URL() == npm.PublicRegistry {
		return true, nil
	}
	has, err := client.HasKeys(ctx)
	if err != nil {
		err = fmt.Errorf("whether the registry takes provenance is not known: %w; with -provenance=false it is not asked", err)
	}
	return has, err
}

// unvouched says why this run makes no provenance for the registry, as far as its
// flags say, and what to do about it; "": it does.
func (in *input) unvouched(c Acting) (why, remedy string) {
	const keyless = "Sign with -sign keyless."
	switch {
	case c.Provenance == Never:
		return "-provenance=false was said", "Leave out -provenance=false."
	case c.Sign == Never:
		return "nothing is signed (-sign none)", keyless
	case c.Sign == Key:
		return "a key signs, and npm takes provenance of a certificate that Sigstore issued", keyless
	case c.Sign == GitHub:
		return "npm has it of the public Sigstore alone, and this run signs with GitHub's own", keyless
	case c.IDToken == nil && (c.DryRun || c.Sign == Auto):
		return "no ID token is available", "Give the job an ID token: id-token: write on GitHub, SIGSTORE_ID_TOKEN elsewhere."
	case c.DryRun:
		return "", ""
	}
	return in.unsignable(c), "Sign with -sign keyless, which says what is missing."
}

// provable says why the registry takes no provenance of this job, and what to do
// about it; "": it takes it. A *RefusedError says that it would refuse the package
// with it.
func (in *input) provable(c Acting, claim attest.Claims) (why, remedy string, refused *publish.RefusedError) {
	_, err := (&Outcome{}).provenance(c, in, claim, in.about())
	var none *attest.NoneError
	switch {
	case errors.As(err, &none):
		remedy = "Publish in a hosted runner of GitHub or GitLab, of a public repository."
		switch in.subject.Sent.Access {
		case "restricted":
			remedy = "Say publish: {provenance: when-public} in the policy, which asks for it of public packages alone, or publish " +
				"with -access public."
		case "":
			if strings.HasPrefix(in.subject.Manifest.Name, "@") {
				remedy = "Say -access public, if it is public."
			}
		}
		return none.Why, remedy, nil
	case err != nil:
		return "", "", nil // signing tells
	}
	source := "https://github.com/" + claim("repository")
	if claim("repository") == "" {
		source = claim("iss") + "/" + claim("project_path")
	}
	return "", "", in.plan.Source(source)
}

// sentWithout returns what the checks learn of a package that is published without
// provenance; nil: it has it, or nothing is published.
func (in *input) sentWithout() *check.Unproven {
	v, r := &in.vouching, &in.registry
	asks := in.subject.Policy.Publish.Provenance != ""
	switch {
	case r.Already && asks && !r.there.Provenance:
		return &check.Unproven{Why: "the registry has these very bytes without it", Restricted: r.hidden,
			Remedy: "What is there stays as it is: raise the version and publish that one with provenance, or write an exception."}
	case r.Already || v.why == "":
		return nil
	}
	return &check.Unproven{Why: v.why, Remedy: v.remedy, Restricted: r.Access == "restricted"}
}

// attach attaches the bundle that was signed to the plan. Without one the package
// is sent without provenance, unless the user asked for it.
func (o *Outcome) attach(in *input) error {
	switch {
	case !in.plan.Provenance:
		return nil
	case o.proof != nil:
		return in.plan.Attach(o.proof)
	case in.vouching.must:
		return errors.New("-provenance was asked for, and none could be made")
	case in.vouching.asked:
		return errors.New("publish.provenance of the policy asks for provenance, and none could be made: run again when signing works")
	}
	in.plan.Provenance = false
	in.vouching.on, in.vouching.why = false, "none could be made"
	return nil
}

// unproven notes that the package is sent without provenance, and why.
func (o *Outcome) unproven(in *input) {
	if in.vouching.why != "" && in.vouching.told {
		o.did("provenance", report.Skipped, report.File{}, "%s", in.vouching.why)
	}
}

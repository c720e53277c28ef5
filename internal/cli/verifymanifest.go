package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/verify"
)

// manifest adds the check that a registry serves the manifest of the judged
// tarball: managers decide by it what they install, and do not compare. Of a
// version that is staged no registry shows one.
func (w *stage) manifest(ctx context.Context, client *registry.Client, got *verify.Stage, checks []verify.Check) ([]verify.Check, error) {
	check := verify.Check{Name: "manifest", About: w.name + "@" + w.version, Expected: "the fields of the judged package.json",
		State: verify.Skipped}
	switch {
	case verify.Worst(checks) != verify.Verified:
		return checks, nil
	case !w.public:
		check.Found = "the registry shows none of what is staged"
		return append(checks, check), nil
	}
	plan, err := w.plan(client, got)
	if err != nil {
		check.Found = err.Error()
		return append(checks, check), nil
	}
	served, found, err := client.Manifest(ctx, w.name, w.version)
	if err == nil && !found {
		err = fmt.Errorf("the registry has no %s@%s any more", w.name, w.version)
	}
	if err != nil {
		return nil, err
	}
	differ, err := plan.Differs(served)
	switch {
	case err != nil:
		return nil, err
	case len(differ) > 0:
		check.State, check.Found = verify.Failed, "others: "+strings.Join(differ, ", ")
	default:
		check.State, check.OK, check.Found = verify.Verified, true, "these"
	}
	return append(checks, check), nil
}

// plan makes the document of the judged bytes again.
func (w *stage) plan(client *registry.Client, got *verify.Stage) (*publish.Plan, error) {
	ball, err := tarball.Read(got.Tarball, "the published tarball", tarball.Options{NoSecrets: true})
	if err != nil {
		return nil, err
	}
	return publish.New(ball, publish.Options{Registry: client.URL(), Access: w.judged.Access, Tag: w.judged.Tag})
}

package cli

import (
	"context"

	"github.com/publishgate/publishgate/internal/gate"
)

// preflightOptions are the flags of preflight: those of gate, so that a command
// line of one is one of the other.
func preflightOptions() []option { return options }

// runPreflight looks how the package, or each member of a workspace, would be
// published, and prints the plan; it judges nothing else and sends nothing.
func runPreflight(ctx context.Context, p Process) error {
	say := newVoice(p)
	v, dirs, mistakes := parseArgs(p.Args, preflightOptions())
	if v["publish"] == "" {
		v["publish"] = "auto"
	}
	if v["publish"] == "never" {
		mistakes = append(mistakes, "-publish never has no plan: say stage, npm or auto")
	}
	say.begin(p, v["format"])
	c, err := configure(p, v, dirs, say.runner, mistakes)
	if err != nil {
		return err
	}
	c.Log = say.log(p)
	c.Observe = c.Log.Sent
	p.learn(&c.Acting)
	return gate.Ahead(ctx, c, p.Stdout)
}

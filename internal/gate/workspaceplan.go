package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/workspace"
)

// A WorkspacePlan says what is planned.
type WorkspacePlan struct {
	Where
	Net
	Shards int  // how many; 0: none, unless there are more packages than a matrix may have
	Due    bool // only what is still to be released
}

// ErrUnplanned means that the workspace cannot be released as it is. It is wrapped
// in an error with a line for each reason.
var ErrUnplanned = errors.New("nothing is planned until that is mended")

// A planner makes one plan.
type planner struct {
	WorkspacePlan
	place   place
	members []lockfile.WorkspaceMember // in order; without a workspace the package itself
	given   [][]byte                   // the tarball of each member; nil: it is packed here
	plain   bool                       // the manager packs package.json as it is
	root    *npm.Manifest
	scopes  advisory.Scopes
	plan    *workspace.Plan
	last    []*workspace.Release // the last release of each member; nil: none is known
}

// PlanWorkspace finds the packages of a workspace, in the order in which they are
// released, and where each stands.
func PlanWorkspace(ctx context.Context, o WorkspacePlan) (*workspace.Plan, error) {
	p := planner{WorkspacePlan: o}
	defer func() { p.place.close() }()
	if err := p.find(); err != nil {
		return nil, err
	}
	if err := p.tarballs(); err != nil {
		return nil, err
	}
	p.last = make([]*workspace.Release, len(p.members))
	if o.Offline {
		p.note("-offline: no registry was asked what it has of the packages")
	} else if err := p.ask(ctx); err != nil {
		return nil, explain(ctx, err)
	}
	workspace.Together(p.members, p.plan.Entries, func(i int) *workspace.Release {
		if p.plan.Entries[i].State.Due() {
			return nil // it is released anyway, with the ranges of its package.json
		}
		return p.last[i]
	})
	return p.plan, p.share(ctx)
}

func (p *planner) note(format string, args ...any) {
	p.plan.Notes = append(p.plan.Notes, fmt.Sprintf(format, args...))
}

// find finds the members, and what stands against releasing them. A package that
// is no root of a workspace is a plan of one.
func (p *planner) find() (err error) {
	if p.place, err = findPlace(p.Dir); err != nil {
		return err
	}
	if p.root, err = readManifestIfAny(p.place); err != nil {
		return err
	}
	at := lockfile.Location{Root: p.place.root, Dir: p.place.dir}
	members, strays, err := lockfile.Workspace(at, p.root)
	if err != nil {
		return err
	}
	switch {
	case len(members) == 0 && len(strays) == 0 && (len(p.root.Workspaces) > 0 || p.place.exists(p.place.in("pnpm-workspace.yaml"))):
		return fmt.Errorf("%w: the workspace in %s has no members: correct the patterns of its workspaces", ErrUsage, p.Dir)
	case len(members) == 0 && len(strays) == 0:
		if p.root, err = readManifest(p.place); err != nil {
			return err
		}
		members = []lockfile.WorkspaceMember{{Folder: ".", Manifest: p.root}}
	}
	if faults := workspace.Faults(members, strays); len(faults) > 0 {
		return fmt.Errorf("%s\n%w", strings.Join(faults, "\n"), ErrUnplanned)
	}
	ordered, cycles := workspace.Order(members)
	p.members, p.plan = ordered, &workspace.Plan{Entries: workspace.Entries(ordered), Cycles: cycles}
	p.plain = p.place.exists(p.place.in("package-lock.json")) || p.place.exists(p.place.in("npm-shrinkwrap.json"))
	if ordered[0].Folder != "." && workspace.Unpublished(p.root) == "" {
		p.note("the root of the workspace is a package too, and is planned by itself: publishgate from its own folder")
	}
	return p.scope()
}

// scope finds out which scopes have a registry of their own. The policy says which
// addresses an .npmrc may name.
func (p *planner) scope() (err error) {
	rules := &policy.Effective{}
	if p.NPMRC != "" {
		read, err := readPolicy(p.Where, p.place, gitCheckout{}, p.root.Name)
		if err != nil {
			return err
		}
		rules = read.parsed.For(p.root.Name, policy.Flags{})
	}
	p.scopes, err = p.Net.scopes(rules)
	return err
}

// home returns the address of the registry of a package; false if none may be
// asked about it.
func (p *planner) home(name string) (address string, may bool) {
	if own, has := p.scopes.Own(name); has {
		return slashed(own), own != ""
	}
	return slashed(p.Registry), true
}

// at returns the client of the registry at an address, with the token that is for
// it.
func (p *planner) at(address string) (*registry.Client, error) {
	n := p.Net
	if address != slashed(n.Registry) {
		n.Registry, n.Token = address, registry.Tokens{Bound: n.RegistryTokens}.At(address)
	}
	return n.registry()
}

// share drops what is not wanted, and makes shards.
func (p *planner) share(ctx context.Context) error {
	all := p.plan.Entries
	wanted := func(e workspace.Entry) bool { return !p.Due || e.State.Due() }
	count := 0
	for _, e := range all {
		if wanted(e) {
			count++
		}
	}
	n := p.Shards
	if n == 0 {
		n = workspace.Shards(count)
	}
	if n > 0 {
		wanted = func(e workspace.Entry) bool { return e.State != workspace.Private && (!p.Due || e.State.Due()) }
		if err := p.weigh(ctx, wanted); err != nil {
			return err
		}
	}
	p.plan.Select(wanted)
	if n > 0 && len(p.plan.Entries) > 0 {
		p.plan.Share(n)
	}
	return nil
}

// weigh measures each package that is wanted.
func (p *planner) weigh(ctx context.Context, wanted func(workspace.Entry) bool) error {
	locked := p.locked()
	errs := make([]error, len(p.members))
	sideBySide(runtime.GOMAXPROCS(0), len(p.members), func(i int) {
		if e := &p.plan.Entries[i]; wanted(*e) {
			var bytes int64
			if bytes, errs[i] = p.size(ctx, i); errs[i] == nil {
				e.Weight = workspace.Weight(bytes, locked(p.members[i]))
			}
		}
	})
	return errors.Join(errs...)
}

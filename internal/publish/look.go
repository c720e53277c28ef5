package publish

import (
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/registry"
)

// seen is what the registry had of a package before anything was sent.
type seen struct {
	known  bool              // the package, in some version
	tags   map[string]string // its dist-tags
	signed bool              // some version has the registry's signature
}

// look reads the registry before anything is sent, in one request. there: it has
// the judged bytes already.
func (r *run) look() (there bool, err error) {
	if r.registry.URL() != r.plan.Registry {
		return false, fmt.Errorf("the plan is for %s, the client for %s", r.plan.Registry, r.registry.URL())
	}
	brief, known, err := r.registry.Brief(r.ctx, r.plan.Name, r.plan.Version)
	if err != nil {
		return false, err
	}
	r.before = seen{known, brief.Tags, brief.Signed}
	if brief.Found {
		if there, err = r.holds(brief.Info); err != nil {
			return false, err
		}
		if at := brief.Tags[r.plan.Tag]; at != r.plan.Version {
			// A later release may have moved the tag since; it is not moved back.
			r.warn("dist-tag %s is on %s, not on %s", quoted(r.plan.Tag), quoted(at), r.plan.Version)
		}
		return there, nil
	}
	switch {
	case r.plan.mustExist && !known:
		return false, refuse(Blocked, "name",
			fmt.Sprintf("%s is a module of Node's own, and %s has no package of that name: no new one may take it",
				quoted(r.plan.Name), r.plan.Registry))
	case !brief.Released, r.plan.Tag != "latest":
		return false, nil
	}
	return false, r.plan.mayTakeLatest(brief.Highest.Canonical())
}

// read reads the version once. there: it is the judged one. Other content is a
// *MismatchError.
func (r *run) read() (there bool, err error) {
	info, found, err := r.registry.Version(r.ctx, r.plan.Name, r.plan.Version)
	if err != nil || !found {
		return false, err
	}
	return r.holds(info)
}

// holds reports whether a version has the judged bytes.
func (r *run) holds(info registry.Info) (bool, error) {
	err := r.plan.compare(info, r.out.Puts > 0)
	if errors.Is(err, errNoDigest) {
		err = r.readBytes(info)
	}
	if err == nil {
		r.shown = info
	}
	return err == nil, err
}

package publish

import (
	"errors"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/web"
)

// further reads the dist-tags that are set once the version is visible.
func (j *judge) further() {
	v, _ := canonical(j.plan.Version)
	for _, tag := range j.options.Tags {
		switch {
		case !validTag(tag):
			j.add(Misuse, "tag", "the dist-tag %s: expected a word that is no version range", quoted(tag))
		case tag == "latest" && len(v.Prerelease()) > 0:
			j.add(Misuse, "tag", "%s is a prerelease: leave latest out of -tags", quoted(j.plan.Version))
		case tag != j.plan.Tag && !slices.Contains(j.plan.Tags, tag):
			j.plan.Tags = append(j.plan.Tags, tag)
		}
	}
}

// TagCommand returns the command with which a person sets a dist-tag that the
// run's credential may not set.
func (p *Plan) TagCommand(tag string) string {
	return "npm dist-tag add " + p.Name + "@" + p.Version + " " + tag + p.At()
}

// At returns the end of a command of npm's for the registry of the plan; empty
// for the public one.
func (p *Plan) At() string {
	if p.Registry == npm.PublicRegistry {
		return ""
	}
	return " --registry " + p.Registry
}

// setTags moves the further dist-tags to the version, which is visible. tags are
// those that the package has; nil: they could not be read. A tag is not moved
// back from a higher version, and what the credential may not do is left to a
// person.
func (r *run) setTags(tags map[string]string) {
	var moved []string
	forbidden := tags == nil
	for _, tag := range r.plan.Tags {
		at := tags[tag]
		if at == r.plan.Version {
			r.out.TagsSet = append(r.out.TagsSet, tag)
			continue
		}
		if r.plan.isBelow(at) {
			r.warn("dist-tag %s is on %s, a higher version than %s: it stays there", quoted(tag), quoted(at), r.plan.Version)
			continue
		}
		if !forbidden {
			err := r.registry.SetTag(r.ctx, r.plan.Name, tag, r.plan.Version)
			if err == nil {
				moved = append(moved, tag)
				continue
			}
			forbidden = denied(err) // the next one would be refused, too
			r.warn("dist-tag %s is not set: %v", quoted(tag), err)
		}
		r.out.TagsLeft = append(r.out.TagsLeft, tag)
	}
	if len(moved) == 0 {
		return
	}
	_, _ = r.again(func() (bool, error) {
		now, _, err := r.registry.DistTags(r.ctx, r.plan.Name)
		if err == nil {
			tags = now
		}
		return err == nil && !slices.ContainsFunc(moved, func(tag string) bool { return now[tag] != r.plan.Version }), err
	})
	for _, tag := range moved {
		if at := tags[tag]; at != r.plan.Version {
			r.warn("dist-tag %s was set, and the registry shows it on %s", quoted(tag), quoted(at))
			r.out.TagsLeft = append(r.out.TagsLeft, tag)
		} else {
			r.out.TagsSet = append(r.out.TagsSet, tag)
		}
	}
}

// denied reports whether the registry refuses the credential or lacks the call.
func denied(err error) bool {
	var status *registry.StatusError
	return errors.As(err, &status) && !web.Passes(status.Status)
}

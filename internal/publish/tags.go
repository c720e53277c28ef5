package publish

// setTags moves the further dist-tags to the version. tags are those that the
// package has; nil: they could not be read. What the credential may not do is
// left to a person.
func (r *run) setTags(tags map[string]string) {}

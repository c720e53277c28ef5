package gate

// whence notes which repository this is a checkout of, and where in it the
// package stands: on a runner by the runner's word, which is the one that
// provenance will carry.
func (in *input) whence(c Started) {
	if r := c.Runner; r != nil && r.Repository != "" {
		in.subject.Remote = r.ServerURL + "/" + r.Repository
	}
	if _, err := in.place.root.Lstat(".git"); err == nil {
		in.subject.Folder = in.place.dir
	}
}

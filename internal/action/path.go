package action

import (
	"path/filepath"
	"strings"
)

// mounted is where the runner mounts the workspace for an action in a container
// (ContainerActionHandler.cs). It gives inputs to the container as paths there,
// and passes outputs on as they are.
const mounted = "/github/workspace"

// Path returns a file's path as a later step of the job can use it. What lies in
// the workspace that a container sees has another path outside, so it is named
// from the workspace. A path that is not absolute begins with "./": npm takes
// dir/file.tgz for a repository at GitHub.
func (r *Runner) Path(path string) string {
	if rest, ok := strings.CutPrefix(path, mounted+"/"); ok && r.Workspace == mounted {
		path = rest
	}
	if path == "" || filepath.IsAbs(path) || strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../") {
		return path
	}
	return "./" + path
}

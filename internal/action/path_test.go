package action

import "testing"

// TestPath: a later step of the job, which runs on the host and may be npm, finds
// the file under the path that an output says.
func TestPath(t *testing.T) {
	for _, c := range []struct{ workspace, path, want string }{
		{mounted, "publishgate-out/a-1.0.0.tgz", "./publishgate-out/a-1.0.0.tgz"},
		{mounted, "package.tgz", "./package.tgz"},
		{mounted, "./package.tgz", "./package.tgz"},
		{mounted, "../package.tgz", "../package.tgz"},
		{mounted, ".hidden/a.tgz", "./.hidden/a.tgz"},
		{mounted, "@acme/a.tgz", "./@acme/a.tgz"},
		{mounted, "", ""},
		{mounted, "/github/workspace/out/a-1.0.0.tgz", "./out/a-1.0.0.tgz"}, // ${{ github.workspace }}/out, translated by the runner
		{mounted, "/github/workspaces/a.tgz", "/github/workspaces/a.tgz"},
		{mounted, "/github/home/a.tgz", "/github/home/a.tgz"},
		{"/home/runner/work/a/a", "/home/runner/work/a/a/out/a.tgz", "/home/runner/work/a/a/out/a.tgz"}, // a step with run:
		{"/home/runner/work/a/a", "/github/workspace/a.tgz", "/github/workspace/a.tgz"},
	} {
		r, _ := runner(t, map[string]string{"GITHUB_WORKSPACE": c.workspace})
		if got := r.Path(c.path); got != c.want {
			t.Errorf("in %s: %q is %q, expected %q", c.workspace, c.path, got, c.want)
		}
	}
}

package action

import "cmp"

// Job returns the name of the workflow and the id of the job that this step is
// of: GITHUB_WORKFLOW and GITHUB_JOB. All jobs of a matrix have the same.
func (r *Runner) Job() (workflow, job string) {
	return cmp.Or(r.getenv("GITHUB_WORKFLOW"), "workflow"), cmp.Or(r.getenv("GITHUB_JOB"), "job")
}

// RunURL returns the page of this run; "" if the runner does not say which run it is.
func (r *Runner) RunURL() string {
	if r.RunID == "" || r.Repository == "" {
		return ""
	}
	return r.ServerURL + "/" + r.Repository + "/actions/runs/" + r.RunID
}

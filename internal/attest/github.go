package attest

import (
	"fmt"
	"strings"
)

// githubServer is the only GitHub whose provenance npm accepts.
const githubServer = "https://github.com"

// githubVariables are the variables of GitHub's runner that npm builds
// provenance from.
var githubVariables = []string{
	"GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_REPOSITORY_ID", "GITHUB_REPOSITORY_OWNER_ID", "GITHUB_REF",
	"GITHUB_SHA", "GITHUB_EVENT_NAME", "GITHUB_WORKFLOW_REF", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT",
	"RUNNER_ENVIRONMENT",
}

// github returns npm's provenance of a job of GitHub Actions: statement v1,
// SLSA provenance v1.
func (b *build) github(subject array) object {
	b.hosted("repository_visibility", "github-hosted")
	repository := b.claim("repository")
	b.same("GITHUB_SERVER_URL", "iss", githubServer)
	for _, pair := range [][2]string{
		{"GITHUB_REPOSITORY", "repository"}, {"GITHUB_REPOSITORY_ID", "repository_id"},
		{"GITHUB_REPOSITORY_OWNER_ID", "repository_owner_id"}, {"GITHUB_REF", "ref"}, {"GITHUB_SHA", "sha"},
		{"GITHUB_EVENT_NAME", "event_name"}, {"GITHUB_WORKFLOW_REF", "workflow_ref"}, {"GITHUB_RUN_ID", "run_id"},
		{"GITHUB_RUN_ATTEMPT", "run_attempt"}, {"RUNNER_ENVIRONMENT", "runner_environment"},
	} {
		b.same(pair[0], pair[1], b.claim(pair[1]))
	}
	// workflow_ref is the workflow that the event started, which calls the
	// reusable one of job_workflow_ref: OWNER/REPO/PATH@REF.
	relative := strings.Replace(b.claim("workflow_ref"), repository+"/", "", 1)
	path, ref, found := strings.Cut(relative, "@")
	if !found {
		b.fail(fmt.Errorf("the ID token's claim workflow_ref is %q, expected OWNER/REPO/PATH@REF", b.claims("workflow_ref")))
	}
	address := githubServer + "/" + repository
	return object{
		{"_type", statementV1},
		{"subject", subject},
		{"predicateType", ProvenanceV1},
		{"predicate", object{
			{"buildDefinition", object{
				{"buildType", "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"},
				{"externalParameters", object{{"workflow", object{
					{"ref", ref}, {"repository", address}, {"path", path},
				}}}},
				{"internalParameters", object{{"github", object{
					{"event_name", b.claim("event_name")},
					{"repository_id", b.claim("repository_id")},
					{"repository_owner_id", b.claim("repository_owner_id")},
				}}}},
				{"resolvedDependencies", array{object{
					{"uri", "git+" + address + "@" + b.claim("ref")},
					{"digest", object{{"gitCommit", b.claim("sha")}}},
				}}},
			}},
			{"runDetails", object{
				{"builder", object{{"id", "https://github.com/actions/runner/" + b.claim("runner_environment")}}},
				{"metadata", object{{"invocationId",
					address + "/actions/runs/" + b.claim("run_id") + "/attempts/" + b.claim("run_attempt")}}},
			}},
		}},
	}
}

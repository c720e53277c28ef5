package attest

// gitlabParameters are the variables of GitLab's runner that npm copies into
// provenance, in its order.
var gitlabParameters = []string{
	"CI", "CI_API_GRAPHQL_URL", "CI_API_V4_URL", "CI_BUILD_BEFORE_SHA", "CI_BUILD_ID", "CI_BUILD_NAME",
	"CI_BUILD_REF", "CI_BUILD_REF_NAME", "CI_BUILD_REF_SLUG", "CI_BUILD_STAGE", "CI_COMMIT_BEFORE_SHA",
	"CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "CI_COMMIT_REF_PROTECTED", "CI_COMMIT_REF_SLUG", "CI_COMMIT_SHA",
	"CI_COMMIT_SHORT_SHA", "CI_COMMIT_TIMESTAMP", "CI_COMMIT_TITLE", "CI_CONFIG_PATH", "CI_DEFAULT_BRANCH",
	"CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX", "CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX",
	"CI_DEPENDENCY_PROXY_SERVER", "CI_DEPENDENCY_PROXY_USER", "CI_JOB_ID", "CI_JOB_NAME", "CI_JOB_NAME_SLUG",
	"CI_JOB_STAGE", "CI_JOB_STARTED_AT", "CI_JOB_URL", "CI_NODE_TOTAL", "CI_PAGES_DOMAIN", "CI_PAGES_URL",
	"CI_PIPELINE_CREATED_AT", "CI_PIPELINE_ID", "CI_PIPELINE_IID", "CI_PIPELINE_SOURCE", "CI_PIPELINE_URL",
	"CI_PROJECT_CLASSIFICATION_LABEL", "CI_PROJECT_DESCRIPTION", "CI_PROJECT_ID", "CI_PROJECT_NAME",
	"CI_PROJECT_NAMESPACE", "CI_PROJECT_NAMESPACE_ID", "CI_PROJECT_PATH", "CI_PROJECT_PATH_SLUG",
	"CI_PROJECT_REPOSITORY_LANGUAGES", "CI_PROJECT_ROOT_NAMESPACE", "CI_PROJECT_TITLE", "CI_PROJECT_URL",
	"CI_PROJECT_VISIBILITY", "CI_REGISTRY", "CI_REGISTRY_IMAGE", "CI_REGISTRY_USER", "CI_RUNNER_DESCRIPTION",
	"CI_RUNNER_ID", "CI_RUNNER_TAGS", "CI_SERVER_HOST", "CI_SERVER_NAME", "CI_SERVER_PORT", "CI_SERVER_PROTOCOL",
	"CI_SERVER_REVISION", "CI_SERVER_SHELL_SSH_HOST", "CI_SERVER_SHELL_SSH_PORT", "CI_SERVER_URL",
	"CI_SERVER_VERSION", "CI_SERVER_VERSION_MAJOR", "CI_SERVER_VERSION_MINOR", "CI_SERVER_VERSION_PATCH",
	"CI_TEMPLATE_REGISTRY_HOST", "GITLAB_CI", "GITLAB_FEATURES", "GITLAB_USER_ID", "GITLAB_USER_LOGIN",
	"RUNNER_GENERATE_ARTIFACTS_METADATA",
}

// gitlabArchitecture is the one other variable that npm reads.
const gitlabArchitecture = "CI_RUNNER_EXECUTABLE_ARCH"

// gitlabClaims are the variables that a claim of the ID token also states
// (docs.gitlab.com, "OpenID Connect (OIDC) Authentication Using ID Tokens").
var gitlabClaims = [][2]string{
	{"CI_PROJECT_ID", "project_id"}, {"CI_PROJECT_PATH", "project_path"}, {"CI_PROJECT_NAMESPACE", "namespace_path"},
	{"CI_PROJECT_NAMESPACE_ID", "namespace_id"}, {"CI_PROJECT_VISIBILITY", "project_visibility"},
	{"CI_PIPELINE_ID", "pipeline_id"}, {"CI_PIPELINE_SOURCE", "pipeline_source"}, {"CI_JOB_ID", "job_id"},
	{"CI_COMMIT_SHA", "sha"}, {"CI_COMMIT_REF_NAME", "ref"}, {"CI_COMMIT_REF_PROTECTED", "ref_protected"},
	{"CI_RUNNER_ID", "runner_id"}, {"GITLAB_USER_ID", "user_id"}, {"GITLAB_USER_LOGIN", "user_login"},
	{"CI_SERVER_URL", "iss"},
}

// gitlab returns npm's provenance of a job of GitLab CI/CD: statement v0.1, SLSA
// provenance v0.2. The source and the build come from the claims. The other
// parameters of the job are only in the environment.
func (b *build) gitlab(subject array) object {
	b.hosted("project_visibility", "gitlab-hosted")
	for _, pair := range gitlabClaims {
		b.same(pair[0], pair[1], b.claims(pair[1]))
	}
	project := gitlabIssuer + "/" + b.claim("project_path")
	job := project + "/-/jobs/" + b.claim("job_id")
	b.same("CI_PROJECT_URL", "project_path", project)
	b.same("CI_JOB_URL", "job_id", job)
	commit := object{{"sha1", b.claim("sha")}}
	return object{
		{"_type", statementV01},
		{"subject", subject},
		{"predicateType", ProvenanceV02},
		{"predicate", object{
			{"buildType", "https://github.com/npm/cli/gitlab/v0alpha1"},
			{"builder", object{{"id", project + "/-/runners/" + b.claim("runner_id")}}},
			{"invocation", object{
				{"configSource", append(object{{"uri", "git+" + project}, {"digest", commit}},
					b.set("entryPoint", "CI_JOB_NAME")...)},
				{"parameters", b.parameters()},
				{"environment", b.environment()},
			}},
			{"metadata", object{
				{"buildInvocationId", job},
				{"completeness", object{{"parameters", true}, {"environment", true}, {"materials", false}}},
				{"reproducible", false},
			}},
			{"materials", array{object{{"uri", "git+" + project}, {"digest", commit}}}},
		}},
	}
}

// set returns a member for a variable, or none if it is not set: npm leaves out
// what is undefined.
func (b *build) set(name, variable string) object {
	if value, set := b.env[variable]; set {
		return object{{name, value}}
	}
	return nil
}

func (b *build) parameters() object {
	all := object{}
	for _, name := range gitlabParameters {
		all = append(all, b.set(name, name)...)
	}
	return all
}

func (b *build) environment() object {
	e := b.set("name", "CI_RUNNER_DESCRIPTION")
	e = append(e, b.set("architecture", gitlabArchitecture)...)
	e = append(e, member{"server", gitlabIssuer}, member{"project", b.claim("project_path")},
		member{"job", object{{"id", b.claim("job_id")}}})
	pipeline := append(object{{"id", b.claim("pipeline_id")}}, b.set("ref", "CI_CONFIG_PATH")...)
	return append(e, member{"pipeline", pipeline})
}

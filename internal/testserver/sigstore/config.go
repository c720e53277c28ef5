package sigstore

// The names of the logs: what they call themselves in a checkpoint must be the
// host of their address in the trusted root.
const (
	rekorV1Host = "rekor1.test"
	rekorV2Host = "rekor2.test"
)

// ctConfig is the configuration of ct_server: tree ID, roots, and the key as
// bytes, because it takes files only if they are encrypted.
const ctConfig = `config {
  log_id: %s
  prefix: "test"
  roots_pem_file: %q
  private_key: { [type.googleapis.com/keyspb.PrivateKey] { der: "%s" } }
  max_merge_delay_sec: 86400
}
`

// fulcioConfig knows one issuer, GitHub's, with the mapping of claims to
// certificate that the public Fulcio has (config/identity/config.yaml).
const fulcioConfig = `oidc-issuers:
  ` + GitHub + `:
    issuer-url: ` + GitHub + `
    client-id: sigstore
    type: ci-provider
    ci-provider: github-workflow
ci-issuer-metadata:
  github-workflow:
    default-template-values: {url: "https://github.com"}
    extension-templates:
      github-workflow-trigger: event_name
      github-workflow-sha: sha
      github-workflow-name: workflow
      github-workflow-repository: repository
      github-workflow-ref: ref
      build-signer-uri: "{{ .url }}/{{ .job_workflow_ref }}"
      build-signer-digest: job_workflow_sha
      runner-environment: runner_environment
      source-repository-uri: "{{ .url }}/{{ .repository }}"
      source-repository-digest: sha
      source-repository-ref: ref
      source-repository-identifier: repository_id
      source-repository-owner-uri: "{{ .url }}/{{ .repository_owner }}"
      source-repository-owner-identifier: repository_owner_id
      build-config-uri: "{{ .url }}/{{ .workflow_ref }}"
      build-config-digest: workflow_sha
      build-trigger: event_name
      run-invocation-uri: "{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}"
      source-repository-visibility-at-signing: repository_visibility
    subject-alternative-name-template: "{{ .url }}/{{ .job_workflow_ref }}"
`

package verify

import _ "embed"

// GitHub is the address of the TUF repository of GitHub's own Sigstore, which
// signs for repositories that are not public.
const GitHub = "https://tuf-repo.github.com"

//go:embed github-root.json
var githubRoot []byte

// GitHubRoot returns the root.json of that repository which is part of this
// binary: version 3, as it stands in the public repository cli/cli
// (pkg/cmd/attestation/verification/embed/tuf-repo.github.com). Newer ones are
// reached from it.
func GitHubRoot() []byte { return githubRoot }

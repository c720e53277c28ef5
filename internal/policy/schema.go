package policy

import _ "embed"

// Schema is the JSON Schema (draft 2020-12) of the policy file, by which
// editors complete it. Parse knows more than a schema can say: it is the judge.
//
//go:embed publishgate.schema.json
var Schema string

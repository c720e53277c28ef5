package policy

import _ "embed"

// Schema is the JSON Schema (draft 2020-12) of the policy file, for completion
// in editors. It cannot express all that Parse checks: Parse decides.
//
//go:embed publishgate.schema.json
var Schema string

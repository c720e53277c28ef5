package secret

import (
	"bytes"
	"strings"
)

// namedValueRules returns rules for passwords whose name and value stand apart: in
// lists of variables, as Kubernetes, Compose and Terraform have them, and in
// blocks of YAML.
//
//   - name: DB_PASSWORD
//     value: …
func namedValueRules() []*rule {
	const (
		description = "A password whose name stands in front of it, as in a list of variables."
		files       = `(?i)\.(?:ya?ml|json[c5]?|tf|tfvars|hcl|toml|[cm]?[jt]s|md|tpl|tmpl)$`
		name        = passwordName + `["']?[ \t]{0,8}`
		value       = `(?:"([^"\\\s]{8,64})"|'([^'\\\s]{8,64})'|([^\s"'\x60<>{},][^\s"'\x60<>{},]{7,127})(?:[\s,}]|$))`
	)
	return []*rule{
		{
			id: "generic-password", own: true, accept: isNamedPassword, description: description, keywords: passwordWords,
			mayContinue: func(rest []byte) bool { return endsName(rest, ",{\r\n") },
			path:        files,
			source: name + `(?:[,{][ \t]{0,8}(?:\r?\n[ \t]{0,40})?|\r?\n[ \t]{0,40})["']?` +
				`(?:value|default)["']?[ \t]{0,8}[:=][ \t]{0,8}` + value,
		},
		{
			id: "generic-password", own: true, accept: isNamedPassword, description: description, keywords: passwordWords,
			mayContinue: func(rest []byte) bool { return endsName(rest, ":") },
			path:        `(?i)\.(?:ya?ml|md|tpl|tmpl)$`,
			source:      name + `:[ \t]{0,8}[>|][+-]?[ \t]{0,8}\r?\n[ \t]{1,40}(\S{8,127})[ \t]{0,8}(?:\r?\n|$)`,
		},
	}
}

// endsName reports whether the text behind a keyword is the rest of a name and one
// of the bytes that end it here.
func endsName(rest []byte, ends string) bool {
	i := 0
	for limit := min(len(rest), maxNameRest); i < limit && (isWordByte(rest[i]) || rest[i] == '-'); {
		i++
	}
	for limit := min(len(rest), i+9); i < limit && strings.IndexByte("\"' \t", rest[i]) >= 0; {
		i++
	}
	return i < len(rest) && strings.IndexByte(ends, rest[i]) >= 0
}

// isNamedPassword reports whether such a value looks like a password: as people
// choose them, or random. gitleaks' generic rule does not see it, since its name is
// elsewhere.
func isNamedPassword(m submatches) bool {
	if isRealPassword(m) {
		return true
	}
	value := bytes.Join(m[1:], nil) // one of them matched
	s := shapeOf(value)
	for _, b := range value {
		if !isWordByte(b) && b != '-' {
			return false
		}
	}
	return s.digits > 1 && isMixed(value, s) && !isPlaceholder(value) && !hasTypedSequence(value) && !isExamplePassword(string(value))
}

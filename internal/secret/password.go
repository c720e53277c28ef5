package secret

import (
	"bytes"
	"strings"
	"unicode"
)

// passwordName matches the end of a name of a password, perhaps followed by its
// purpose. "pass" counts only at the beginning of a word, as in smtpPass, not in
// bypass or compass.
const passwordName = `(?:(?i:passw(?:or)?d|passphrase|passcode|passwort|pwd|secret)|\b(?i:pass)|[a-z0-9]Pass|_(?i:pass))` +
	`(?i:[_-]?(?:prod(?:uction)?|stag(?:e|ing)|dev|live|main|old|new|\d{1,2})){0,2}`

// passwordWords are the keywords of passwordName.
var passwordWords = []string{"pass", "pwd", "secret"}

// passwordRules returns rules for passwords with special characters, as people
// choose them. gitleaks' generic rule accepts letters, digits and a few other
// characters only. Passwords in quotes are looked for everywhere, those without
// quotes only in files that are not program code.
func passwordRules() []*rule {
	const description = "A password with signs in it, as people choose them."
	quoted := func(quote string) string { return quote + `((?:[^` + quote + `\\\s]|\\[^\s]){8,64})` + quote }
	return []*rule{
		{
			id: "generic-password", own: true, accept: isRealPassword, description: description, keywords: passwordWords,
			mayContinue: func(rest []byte) bool { return givesValue(rest, true) },
			source: passwordName + `[\\"'\]]{0,3}[ \t]{0,8}(?::|=>|:=|={1,3}|\|\||\?\?|value[ \t]?=)[ \t]{0,8}` +
				`(?:` + quoted(`"`) + `|` + quoted(`'`) + `|` + quoted("`") + `)`,
		},
		{
			id: "generic-password", own: true, accept: isRealPassword, description: description, keywords: passwordWords,
			mayContinue: func(rest []byte) bool { return givesValue(rest, false) },
			path: `(?i)(?:\.(?:ya?ml|ini|cfg|conf|config|cnf|properties|toml|env|txt|md|xml|plist|` +
				`sh|bash|log|sql|npmrc|sample|bak)|(?:^|/)\.?[^/.]*|\.env\.[^/]*|(?:^|/)\.env[^/]*)$`,
			source: passwordName + `["']?[ \t]{0,8}(?::|=|>)[ \t]{0,8}([^\s"'\x60<>=][^\s"'\x60<>]{7,127})(?:\s|<|$)`,
		},
	}
}

// givesValue reports whether the text behind a keyword is the rest of a name and a
// sign that assigns a value, in quotes if quoted is set. It runs for every "pass"
// in a text.
func givesValue(rest []byte, quoted bool) bool {
	i := 0
	skip := func(most int, of func(b byte) bool) {
		for limit := min(len(rest), i+most); i < limit && of(rest[i]); {
			i++
		}
	}
	skip(maxNameRest, func(b byte) bool { return isWordByte(b) || b == '-' })
	skip(3, func(b byte) bool { return strings.IndexByte("\\\"']", b) >= 0 })
	skip(8, func(b byte) bool { return b == ' ' || b == '\t' })
	if i == len(rest) || strings.IndexByte(":=>|?v", rest[i]) < 0 {
		return false
	}
	skip(16, func(b byte) bool { return strings.IndexByte(":=>|? \tvalue", b) >= 0 })
	return !quoted || i < len(rest) && strings.IndexByte("\"'`", rest[i]) >= 0
}

// maxNameRest is how many bytes of a name may follow its keyword: "phrase", and the
// purpose twice.
const maxNameRest = 32

// isRealPassword reports whether a value looks like a password: letters, digits
// and, if a person chose it, special characters. It is no text, no expression, no
// pattern, no address and no example.
func isRealPassword(m submatches) bool {
	var value []byte
	for _, g := range m[1:] {
		if len(g) > 0 {
			value = g
		}
	}
	s := shapeOf(value)
	signs := 0
	for _, b := range value {
		if !isWordByte(b) && strings.IndexByte("+/=.-", b) < 0 {
			signs++
		}
	}
	if signs == 0 && !looksRandom(m[0], value, s) {
		return false
	}
	if s.letters < 2 || s.digits == 0 || signs > len(value)/2 || entropy(value) < 2.5 || isPlaceholder(value) || hasTypedSequence(value) {
		return false
	}
	if strings.IndexByte("/.#([^:&|,;)]}?=", value[0]) >= 0 || isMail(value) {
		return false
	}
	for _, code := range []string{"://", "=>", "&&", "||", "()", "](", ");", "${", "$(", "%s", "?.", "[a-z",
		"[A-Z", "[0-9", "[^", `\d`, `\w`, `\s`, "(?", "&nbsp;", "&quot;", "&#", "==", "\\u"} {
		if bytes.Contains(value, []byte(code)) {
			return false
		}
	}
	return !isExamplePassword(string(value))
}

// looksRandom reports whether a value without special characters looks random:
// letters in both cases and digits. The name must be one that gitleaks' generic
// rule does not know, such as smtpPass.
func looksRandom(match, value []byte, s shape) bool {
	name := strings.ToLower(string(match[:bytes.Index(match, value)]))
	for _, known := range []string{"passwd", "password", "secret"} {
		if strings.Contains(name, known) {
			return false
		}
	}
	return isMixed(value, s)
}

// isMixed reports whether a value is long, mixes letters in both cases, and is no
// text.
func isMixed(value []byte, s shape) bool {
	return len(value) >= minRandom && bytes.ContainsFunc(value, unicode.IsUpper) && bytes.ContainsFunc(value, unicode.IsLower) &&
		s.inWords*2 <= s.letters && entropy(value) > 3
}

// minRandom is the least length of such a password.
const minRandom = 10

// isMail reports whether a value is a mail address.
func isMail(value []byte) bool {
	user, host, found := bytes.Cut(value, []byte("@"))
	name := func(p []byte) bool {
		return len(p) > 0 && !bytes.ContainsFunc(p, func(r rune) bool {
			return r >= 0x80 || !isWordByte(byte(r)) && r != '.' && r != '-' && r != '+'
		})
	}
	return found && name(user) && name(host) && bytes.ContainsRune(host, '.')
}

// leetLetters replaces the digits and signs that people write for letters in
// passwords.
var leetLetters = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// isExamplePassword reports whether a password is an example: it consists of words,
// or contains a word that says so, in any spelling.
func isExamplePassword(password string) bool {
	low := strings.ToLower(password)
	if s := shapeOf([]byte(password)); s.digits == 0 && wordy([]byte(password)) {
		return true
	}
	letters := strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, leetLetters.Replace(low))
	for _, text := range []string{low, leetLetters.Replace(low), letters} {
		for _, word := range []string{
			"passw", "pass123", "passwort", "secret", "example", "sample", "changeme", "change", "dummy",
			"placeholder", "redacted", "foobar", "foo123",
			"test", "demo", "welcome", "qwerty", "letmein", "hello", "admin", "yourp", "your_", "your-",
			"mypass", "fake", "user", "hunter2", "correcthorse", "abc123", "1234", "xxxx", "token",
		} {
			if strings.Contains(text, word) {
				return true
			}
		}
	}
	return false
}

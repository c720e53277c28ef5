package secret

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// realConnection accepts a connection string whose password and host are no
// example: groups 2 user, 3 password, 4 host.
func isRealConnection(m submatches) bool {
	user, password, host := strings.ToLower(string(m[2])), m[3], strings.ToLower(string(m[4]))
	if isPlaceholder(password) || isTemplate(bytes.TrimPrefix(m[4], []byte("["))) || isExampleHost(host) || strings.ContainsAny(user, "<>{}$*") || user == "%s" {
		return false
	}
	if low := strings.ToLower(string(password)); low == user || slices.Contains(examplePasswords, low) {
		return false
	}
	text := unescapedURL(string(password))
	if shapeOf(password).digits == 0 && wordy([]byte(text)) {
		return false
	}
	return user == "" || !isExampleLogin(unescapedURL(user), text)
}

// realNetrc accepts an entry of .netrc that somebody could log in with: groups 1
// host, which the default entry has not, 2 user, 3 password.
func isRealNetrc(m submatches) bool {
	host := m[1]
	if len(host) == 0 {
		host = []byte("default")
	}
	return isNotPlaceholder(submatches{nil, m[3]}) && isRealConnection(submatches{nil, nil, m[2], m[3], host})
}

// exampleLogin reports whether a user and a password are those of an example: nobody in
// particular, and a word, a word and a number, or one that examples have.
func isExampleLogin(user, password string) bool {
	if !slices.Contains(exampleUsers, user) && !strings.HasPrefix(user, "user") {
		return false
	}
	s := shapeOf([]byte(password))
	return isExamplePassword(password) || s.inWords == s.letters && s.digits <= 4
}

// unescapedURL is a part of an address as it is meant.
func unescapedURL(text string) string {
	if out, err := url.PathUnescape(text); err == nil {
		return out
	}
	return text
}

// exampleUsers are who logs in where an address is explained; "": nobody is named.
var exampleUsers = []string{"", "user", "username", "my-user", "myuser", "dbuser", "db_user", "name", "login", "foo", "alice", "bob", "john", "me", "usr", "u", "a"}

// madeUp are the passwords that connection strings of examples have.
var examplePasswords = []string{
	"password", "passwd", "passw0rd", "password1", "password123", "pass", "pwd", "pw", "secret", "mysecret", "mypassword", "mypass",
	"postgres", "postgresql", "mysql", "mongo", "mongodb", "redis", "guest", "root", "admin", "test", "testing", "user", "username", "db_password",
	"dbpassword", "db_pass", "dbpass", "user_password", "123456", "12345", "1234", "foo", "bar", "baz", "foobar", "p", "abc", "hunter2", "s3cret", "s3cr3t", "key", "token", "auth",
}

// realAddress accepts an address with a user and a password that somebody could
// log in with: groups 2 user, 3 password, 4 host. In documents such addresses
// explain how one is written, so the password must look like one that was chosen
// or drawn: eight characters or more, not only words, not only digits.
// Addresses of Sentry have two keys in their place, and only send.
func isRealAddress(m submatches) bool {
	if !isRealConnection(m) {
		return false
	}
	password := unescapedURL(string(m[3]))
	s := shapeOf([]byte(password))
	switch {
	case isExampleLogin(strings.ToLower(unescapedURL(string(m[2]))), password):
		return false
	case len(password) < 8 || s.letters == 0 || entropy([]byte(password)) < 2.5:
		return false
	case s.digits == 0 && s.letters == len(password) && s.words == 1 && len(password) < 12: // one case, few letters
		return false
	case hex32.MatchString(password) && hex32.Match(m[2]):
		return false
	}
	return true
}

var hex32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

// exampleHost reports whether a host, with or without a port, cannot be a real
// server: this machine, a reserved name (RFC 2606, RFC 6761) or a word that stands for a host.
func isExampleHost(host string) bool {
	name := host
	if strings.HasPrefix(host, "[") {
		name, _, _ = strings.Cut(host[1:], "]")
	} else if i := strings.LastIndexByte(host, ':'); i >= 0 {
		name = host[:i]
	}
	name = strings.TrimSuffix(name, ".")
	switch name {
	case "", "localhost", "::1", "0.0.0.0", "host", "hostname", "server", "servername", "domain", "my-host", "myhost", "dbhost", "db_host", "db-host", "your-host":
		return true
	}
	if strings.HasPrefix(name, "127.") {
		return true
	}
	for _, domain := range []string{
		"localhost", "example", "invalid", "test", "example.com", "example.org", "example.net", "example.edu",
		"host.com", "domain.com", "server.com", "mysite.com", "hostname.com", "yourdomain.com", "mydomain.com", "foo.com", "foo.bar", "bar.com", "acme.example",
	} {
		if name == domain || strings.HasSuffix(name, "."+domain) {
			return true
		}
	}
	return false
}

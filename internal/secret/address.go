package secret

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// isRealConnection reports whether the password and the host of a connection string
// are no examples. Group 2 is the user, 3 the password, 4 the host.
func isRealConnection(m submatches) bool {
	user, password, host := strings.ToLower(string(m[2])), m[3], strings.ToLower(string(m[4]))
	if isPlaceholder(password) || isTemplate(bytes.TrimPrefix(m[4], []byte("["))) || isExampleHost(host) ||
		strings.ContainsAny(user, "<>{}$*") || user == "%s" {
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

// isRealNetrc reports whether a .netrc entry is no example. Group 1 is the host,
// which the default entry lacks, 2 the user, 3 the password.
func isRealNetrc(m submatches) bool {
	host := m[1]
	if len(host) == 0 {
		host = []byte("default")
	}
	return isNotPlaceholder(submatches{nil, m[3]}) && isRealConnection(submatches{nil, nil, m[2], m[3], host})
}

// isExampleLogin reports whether a user and a password are an example: the user is
// nobody in particular, and the password is a word, a word and a number, or one
// that examples use.
func isExampleLogin(user, password string) bool {
	if !slices.Contains(exampleUsers, user) && !strings.HasPrefix(user, "user") {
		return false
	}
	s := shapeOf([]byte(password))
	return isExamplePassword(password) || s.inWords == s.letters && s.digits <= 4
}

// unescapedURL decodes the percent encoding of a part of a URL.
func unescapedURL(text string) string {
	if out, err := url.PathUnescape(text); err == nil {
		return out
	}
	return text
}

// exampleUsers are the users in examples of URLs; "": no user.
var exampleUsers = []string{"", "user", "username", "my-user", "myuser", "dbuser", "db_user", "name",
	"login", "foo", "alice", "bob", "john", "me", "usr", "u", "a"}

// examplePasswords are the passwords in examples of connection strings.
var examplePasswords = []string{
	"password", "passwd", "passw0rd", "password1", "password123", "pass", "pwd", "pw", "secret", "mysecret", "mypassword", "mypass",
	"postgres", "postgresql", "mysql", "mongo", "mongodb", "redis", "guest", "root", "admin", "test",
	"testing", "user", "username", "db_password",
	"dbpassword", "db_pass", "dbpass", "user_password", "123456", "12345", "1234", "foo", "bar", "baz",
	"foobar", "p", "abc", "hunter2", "s3cret", "s3cr3t", "key", "token", "auth",
}

// isRealAddress reports whether a URL with a user and a password is no example.
// Group 2 is the user, 3 the password, 4 the host. Documentation uses such URLs to
// explain the format. So the password must look chosen or random: eight characters
// or more, not only words, not only digits. Sentry's URLs have two keys instead,
// which only send.
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
	case s.digits == 0 && s.letters == len(password) && s.words == 1 && len(password) < 12: // one short word
		return false
	case hex32.MatchString(password) && hex32.Match(m[2]):
		return false
	}
	return true
}

var hex32 = pattern.New(`^[0-9a-f]{32}$`)

// isExampleHost reports whether a host, with or without a port, cannot be a real
// server: this machine, a reserved name (RFC 2606, RFC 6761), or a word that stands
// for a host.
func isExampleHost(host string) bool {
	name := host
	if strings.HasPrefix(host, "[") {
		name, _, _ = strings.Cut(host[1:], "]")
	} else if i := strings.LastIndexByte(host, ':'); i >= 0 {
		name = host[:i]
	}
	name = strings.TrimSuffix(name, ".")
	switch name {
	case "", "localhost", "::1", "0.0.0.0", "host", "hostname", "server", "servername", "domain", "my-host",
		"myhost", "dbhost", "db_host", "db-host", "your-host":
		return true
	}
	if strings.HasPrefix(name, "127.") {
		return true
	}
	for _, domain := range []string{
		"localhost", "example", "invalid", "test", "example.com", "example.org", "example.net", "example.edu",
		"host.com", "domain.com", "server.com", "mysite.com", "hostname.com", "yourdomain.com",
		"mydomain.com", "foo.com", "foo.bar", "bar.com", "acme.example",
	} {
		if name == domain || strings.HasSuffix(name, "."+domain) {
			return true
		}
	}
	return false
}

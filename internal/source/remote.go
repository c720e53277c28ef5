package source

import "strings"

// Remote returns the address of a remote, such as origin, as the repository's
// configuration has it, without the credentials that it may hold; "" where there
// is none. It is text to compare with and nothing is ever asked there. Nothing
// that the configuration includes is read.
func (r *Repository) Remote(name string) (string, error) {
	address, err := r.config("remote", name, "url")
	return withoutUser(address), err
}

// withoutUser takes user and password out of an address with a scheme. In the
// form user@host:path there is no password, and the user is part of the place.
func withoutUser(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	host, path, slash := strings.Cut(rest, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	if slash {
		path = "/" + path
	}
	return scheme + "://" + host + path
}

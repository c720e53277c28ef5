package source

import "strings"

// Remote returns the address of a remote, such as origin, from the repository's
// configuration, without any credentials; "" if there is none. The address is
// only compared, never contacted. Files that the configuration includes are not
// read.
func (r *Repository) Remote(name string) (string, error) {
	address, err := r.config("remote", name, "url")
	return withoutUser(address), err
}

// withoutUser removes user and password from an address with a scheme. The form
// user@host:path has no password, and its user is part of the location.
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

package npm

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// AuthToken returns the token that an .npmrc has for a registry, which is given
// by its address; empty: it has none. As npm does, it looks from the address
// upwards, one segment of the path at a time, and the last line about one place
// counts. Nothing else of the file is read.
//
// A token that is made of variables is an error: this package does not read the
// environment.
func AuthToken(data []byte, address string) (string, error) {
	tokens := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	lines.Buffer(nil, MaxNPMRC)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), "=")
		place, isToken := strings.CutSuffix(unquote(key), ":_authToken")
		if ok && isToken && strings.HasPrefix(place, "//") {
			tokens[strings.TrimSuffix(place, "/")] = unquote(value)
		}
	}
	if err := lines.Err(); err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(address, ":")
	for at := strings.TrimSuffix(rest, "/"); len(at) > len("//"); at = at[:strings.LastIndexByte(at, '/')] {
		token := tokens[at]
		if strings.Contains(token, "${") {
			return "", fmt.Errorf("the token for %+q is made of variables: give it in NODE_AUTH_TOKEN", at)
		}
		if token != "" {
			return token, nil
		}
	}
	return "", nil
}

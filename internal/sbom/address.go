package sbom

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/npm"
)

// algorithm maps SRI's names to CycloneDX's, with the length of a digest in
// bytes: one of another length is no hash and would make the document invalid.
func algorithm(sri string) (cdx.HashAlgorithm, int) {
	switch strings.ToLower(sri) {
	case "sha1":
		return cdx.HashAlgoSHA1, 20
	case "sha256":
		return cdx.HashAlgoSHA256, 32
	case "sha384":
		return cdx.HashAlgoSHA384, 48
	case "sha512":
		return cdx.HashAlgoSHA512, 64
	}
	return "", 0
}

// integrity turns an SRI string (one or more of "alg-base64?options", separated
// by blanks) into hex hashes, in the order written, each algorithm once. Nil
// where there is none: an unreadable hash is the business of a check.
func integrity(sri string) *[]cdx.Hash {
	var hashes []cdx.Hash
	for _, field := range strings.Fields(sri) {
		name, value, _ := strings.Cut(field, "-")
		value, _, _ = strings.Cut(value, "?")
		alg, size := algorithm(name)
		digest, err := base64.StdEncoding.DecodeString(value)
		if alg == "" || err != nil || len(digest) != size || has(hashes, alg) {
			continue
		}
		hashes = append(hashes, cdx.Hash{Algorithm: alg, Value: hex.EncodeToString(digest)})
	}
	if len(hashes) == 0 {
		return nil
	}
	return &hashes
}

func has(hashes []cdx.Hash, alg cdx.HashAlgorithm) bool {
	for _, h := range hashes {
		if h.Algorithm == alg {
			return true
		}
	}
	return false
}

// iri makes an address fit for CycloneDX, which wants an IRI-reference: what an
// IRI may not hold is percent-encoded, scp-like addresses get their scheme. A
// password never comes along, nor a user name where it may be a token: a bill
// of materials is published.
func iri(address string) (string, bool) {
	if path, ok := strings.CutPrefix(address, npm.PublicRegistry); ok && tame(path) {
		return address, true // nearly all of them: nothing to parse
	}
	address = scp(percent(address))
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return "", false
	}
	if u.User != nil {
		if web(u) {
			u.User = nil
		} else {
			u.User = url.User(u.User.Username())
		}
		address = u.String()
	}
	return address, true
}

// tame holds for a path that is the same however it is read.
func tame(path string) bool {
	for i := 0; i < len(path); i++ {
		c := path[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '-' || c == '.' || c == '_' || c == '/' || c == '@') {
			return false
		}
	}
	return true
}

// web tells addresses that are asked with a token from those where the user is
// a matter of the protocol, as git in git+ssh://git@host.
func web(u *url.URL) bool {
	return u.Scheme == "http" || u.Scheme == "https" || strings.HasSuffix(u.Scheme, "+http") || strings.HasSuffix(u.Scheme, "+https")
}

// percent percent-encodes the bytes that may not stand in an IRI. Characters
// beyond ASCII may in principle, but the ways of reading them differ, so they
// are encoded too.
func percent(s string) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 || c == '%' && !isEscape(s[i:]) {
			b.WriteByte('%')
			b.WriteByte(upper[c>>4])
			b.WriteByte(upper[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isEscape(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, err := hex.DecodeString(s[1:3])
	return err == nil
}

// scp rewrites git@host:owner/repo as git+ssh://git@host/owner/repo: the first
// reads as a scheme "git@host", which no IRI has.
func scp(s string) string {
	at, colon := strings.IndexByte(s, '@'), strings.IndexByte(s, ':')
	if at <= 0 || colon < at || strings.ContainsAny(s[:colon], "/[") || strings.HasPrefix(s[colon:], "://") {
		return s
	}
	return "git+ssh://" + s[:colon] + "/" + strings.TrimPrefix(s[colon+1:], "/")
}

// hosts are the shorthands of npm's repository field (hosted-git-info).
var hosts = []struct{ prefix, address, suffix string }{
	{"github:", "git+https://github.com/", ".git"},
	{"gitlab:", "git+https://gitlab.com/", ".git"},
	{"bitbucket:", "git+https://bitbucket.org/", ".git"},
	{"gist:", "git+https://gist.github.com/", ".git"},
}

// repository turns the manifest's repository into an address: shorthands as npm
// expands them, the rest as iri has it.
func repository(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", false
	}
	for _, h := range hosts {
		if rest, ok := strings.CutPrefix(s, h.prefix); ok && !strings.HasPrefix(rest, "//") {
			return iri(h.address + strings.TrimSuffix(rest, h.suffix) + h.suffix)
		}
	}
	if strings.Count(s, "/") == 1 && !strings.ContainsAny(s, ":@ ") && s[0] != '.' && s[0] != '/' && s[0] != '~' {
		return iri("git+https://github.com/" + s + ".git")
	}
	return iri(s)
}

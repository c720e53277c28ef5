package registry

import (
	"cmp"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/strict"
)

// TokenInfo is what the registry says about a token. What it does not tell is
// empty or zero: without Packages, Scopes and Orgs it told no limit.
type TokenInfo struct {
	Kind                   string // the registry's word, foreign text
	Created, Expires       time.Time
	CIDR                   []string // addresses it may be used from
	Scopes, Packages, Orgs []string // "*": all
	StageOnly              bool     // it may stage, and not publish
	Bypass2FA, ReadOnly    bool
}

// Limits of the list of tokens.
const (
	tokensPerPage = 100
	maxTokenPages = 5
)

// TokenInfo looks the client's own token up in the list of its user's tokens,
// where each is shown by its first and last characters. told is false where the
// registry does not show the list to this token, or the list does not have
// exactly one that looks like it.
func (c *Client) TokenInfo(ctx context.Context) (info TokenInfo, told bool, err error) {
	if !c.token.Given() {
		return TokenInfo{}, false, nil
	}
	matches := 0
	for page := range maxTokenPages {
		body, err := c.get(ctx, fmt.Sprintf("-/npm/v1/tokens?page=%d&perPage=%d", page, tokensPerPage), acceptVersion, MaxVersionBytes)
		if untold(err) {
			return TokenInfo{}, false, nil
		}
		if err != nil {
			return TokenInfo{}, false, fmt.Errorf("read what the registry says of the token: %w", err)
		}
		doc, err := parse(body, MaxVersionBytes)
		if err != nil {
			return TokenInfo{}, false, err
		}
		objects := doc.Get("objects")
		if objects.Kind() != strict.Array {
			return TokenInfo{}, false, &AnswerError{What: "the registry's list of tokens has no objects"}
		}
		for v := range objects.Elements() {
			if shows(v, c.token) && !v.Get("revoked").Truthy() {
				info = tokenInfo(v)
				matches++
			}
		}
		if objects.Len() < tokensPerPage {
			if matches != 1 {
				return TokenInfo{}, false, nil
			}
			return info, true, nil
		}
	}
	return TokenInfo{}, false, nil // too long to know whether another one looks like it
}

// shows reports whether an entry is about a token: it has its beginning and end
// as in "npm_aBcD...7890", or, as registries had it before, its digest.
func shows(v strict.Value, token credential.Secret) bool {
	value := token.Reveal()
	if sum := sha512.Sum512([]byte(value)); v.Get("key").Text() == hex.EncodeToString(sum[:]) {
		return true
	}
	first, last, shortened := strings.Cut(v.Get("token").Text(), "...")
	return shortened && len(first) >= 4 && len(last) >= 4 && len(first)+len(last) < len(value) &&
		strings.HasPrefix(value, first) && strings.HasSuffix(value, last)
}

// tokenInfo reads one entry of the list.
func tokenInfo(v strict.Value) TokenInfo {
	info := TokenInfo{
		Kind:      cmp.Or(v.Get("token_type").Text(), v.Get("type").Text()),
		Created:   timeOf(v.Get("created")),
		Expires:   timeOf(cmp.Or(v.Get("expiry"), v.Get("expires"))),
		CIDR:      append(texts(v.Get("cidr")), texts(v.Get("cidr_whitelist"))...),
		Bypass2FA: v.Get("bypass_2fa").Truthy(),
		ReadOnly:  v.Get("readonly").Truthy(),
	}
	for scope := range v.Get("scopes").Elements() {
		name := scope.Get("name").Text()
		switch kind := scope.Get("type").Text(); {
		case name == "":
		case kind == "org":
			info.Orgs = append(info.Orgs, name)
		case kind == "package" && !strings.HasPrefix(name, "@") || strings.Contains(name, "/"):
			info.Packages = append(info.Packages, name)
		default:
			info.Scopes = append(info.Scopes, name)
		}
	}
	publishes := false
	actions := []strict.Value{v.Get("packages_and_scopes_permission")}
	for permission := range v.Get("permissions").Elements() {
		action := permission.Get("action")
		if permission.Get("name").Text() != "org" {
			actions = append(actions, action)
		} else if strings.Contains(action.Text(), "write") && len(info.Orgs) == 0 {
			info.Orgs = []string{"*"}
		}
	}
	for _, action := range actions {
		switch text := action.Text(); {
		case strings.Contains(text, "stage"): // npm's word is read-write-stage-only
			info.StageOnly = true
		case strings.Contains(text, "write"):
			publishes = true
		}
	}
	info.StageOnly = info.StageOnly && !publishes || v.Get("stage_only").Bool()
	return info
}

func timeOf(v strict.Value) time.Time {
	at, err := time.Parse(time.RFC3339, v.Text())
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

func texts(v strict.Value) (out []string) {
	for e := range v.Elements() {
		if text := e.Text(); text != "" {
			out = append(out, text)
		}
	}
	return out
}

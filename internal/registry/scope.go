package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// Limits of the list of a scope's packages.
const (
	MaxScopePackages = 10_000

	searchPerPage  = 250 // the most that npm gives (npm/registry-issue-archive#139)
	maxSearchPages = 60
)

// A Scope is the packages of one scope, as far as the registry lists them.
type Scope struct {
	Names []string // sorted, each once

	// Complete: the login whose token it is sees all packages of the organisation
	// or user. Otherwise they were searched for, and a search has no restricted
	// packages, and may not have new ones.
	Complete bool

	// Why says why the list may not be complete, for a message; empty: it is.
	Why string
}

// ScopePackages lists the packages of a scope, "@acme". With a token the registry
// is asked for those of the organisation, or of the user, of that name, as npm's
// client does (libnpmaccess), which needs a person's login. Without one, or where
// that is refused, they are searched for. A name of another scope, which a search
// finds too (npm/cli#8274), is left out.
//
// A registry that has neither is an error, and so is a list that has no end. An
// empty list is none: the scope has no package that this login or a search sees.
func (c *Client) ScopePackages(ctx context.Context, scope string) (Scope, error) {
	of, is := strings.CutPrefix(scope, "@")
	if !is || checkSegment(of) != nil {
		return Scope{}, fmt.Errorf("%+.214q is no scope: expected @name", scope)
	}
	why := "they were searched for without a token, and a search has no restricted packages"
	if c.token.Given() {
		names, err := c.ownPackages(ctx, of)
		switch {
		case err == nil:
			return c.scope(scope, names, "")
		case errors.Is(err, ErrCode), !Untold(err) && !errors.Is(err, ErrToken):
			return Scope{}, fmt.Errorf("list the packages of %s: %w", scope, err)
		}
		why = "the registry shows this token no list of them, so they were searched for, and a search has no restricted packages"
	}
	names, missed, err := c.searched(ctx, of)
	if missed != "" {
		why += "; " + missed
	}
	if lacks(err) {
		err = fmt.Errorf("%w; it has no search: name the packages themselves", err)
	}
	if err != nil {
		return Scope{}, fmt.Errorf("list the packages of %s: %w", scope, err)
	}
	return c.scope(scope, names, why)
}

// ownPackages lists what the login sees of an organisation, or else of a user.
func (c *Client) ownPackages(ctx context.Context, of string) ([]string, error) {
	grants, err := c.grants(ctx, "-/org/"+url.PathEscape(of)+"/package")
	if absent(err) {
		grants, err = c.grants(ctx, "-/user/"+url.PathEscape(of)+"/package")
	}
	return slices.Collect(maps.Keys(grants)), err
}

// searched goes through the pages of a search. missed says that there were fewer
// packages on them than the registry said.
func (c *Client) searched(ctx context.Context, of string) (names []string, missed string, err error) {
	for page := range maxSearchPages {
		doc, err := c.search(ctx, of, page*searchPerPage)
		if err != nil {
			return nil, "", err
		}
		found := doc.Get("objects")
		if found.Kind() != strict.Array || found.Len() > searchPerPage {
			return nil, "", &AnswerError{What: "the registry's answer to a search has no list of packages, or too long a one"}
		}
		for v := range found.Elements() {
			name := v.Get("package").Get("name").Text()
			if name == "" {
				return nil, "", &AnswerError{What: "the registry's answer to a search has a package without a name"}
			}
			names = append(names, name)
		}
		total, counted := number(doc.Get("total"))
		if found.Len() == 0 || counted && int64((page+1)*searchPerPage) >= total || !counted && found.Len() < searchPerPage {
			if counted && int64(len(names)) < total {
				missed = fmt.Sprintf("of the %d packages that it finds, it gave %d", total, len(names))
			}
			return names, missed, nil
		}
	}
	return nil, "", &AnswerError{What: fmt.Sprintf("the registry finds more than %d packages", maxSearchPages*searchPerPage)}
}

// search reads one page.
func (c *Client) search(ctx context.Context, of string, from int) (strict.Value, error) {
	query := url.Values{"text": {"scope:" + of}, "size": {fmt.Sprint(searchPerPage)}, "from": {fmt.Sprint(from)}}
	body, err := c.get(ctx, "-/v1/search?"+query.Encode(), acceptVersion, MaxVersionBytes)
	if isStatus(err, http.StatusUnauthorized) {
		return strict.Value{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if err != nil {
		return strict.Value{}, err
	}
	return parse(body, MaxVersionBytes)
}

// scope keeps the names that are of the scope.
func (c *Client) scope(scope string, names []string, why string) (Scope, error) {
	s := Scope{Names: []string{}, Complete: why == "", Why: why}
	for _, name := range names {
		if !strings.HasPrefix(name, scope+"/") {
			continue
		}
		if err := checkName(name); err != nil {
			return Scope{}, &AnswerError{What: fmt.Sprintf("the registry lists %+.100q as a package of %s", name, scope)}
		}
		s.Names = append(s.Names, name)
	}
	slices.Sort(s.Names)
	s.Names = slices.Compact(s.Names)
	if len(s.Names) > MaxScopePackages {
		return Scope{}, &AnswerError{What: fmt.Sprintf("the registry lists more than %d packages of %s", MaxScopePackages, scope)}
	}
	return s, nil
}

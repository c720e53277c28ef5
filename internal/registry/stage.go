package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/strict"
)

// Limits of the list of staged versions.
const (
	stagedPerPage  = 100 // the most that npm gives
	maxStagedPages = 20
)

// A Staged version waits for a person's approval. What the registry does not
// tell is empty; all of it is foreign text but for ID, Name and Version.
type Staged struct {
	ID, Name, Version   string
	Tag, Access, Status string // Access is "public" or "restricted" as in a document; npm says "private"
	Shasum, Integrity   string
	Actor, ActorType    string
	Created             time.Time // zero: not told
}

var stageID = pattern.New(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// ErrStageID means that a stage id is not a UUID. Nothing was asked.
var ErrStageID = errors.New("a stage id is a UUID, as in 1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f")

// IsStageID reports whether a text has the form of a stage id.
func IsStageID(id string) bool { return stageID.MatchString(id) }

// Stage sends the document of Put to be approved by a person, once, and returns
// the id of what is now staged.
//
// Its errors are those of Put, and an *AnswerError: the document was accepted,
// but the answer has no usable id.
func (c *Client) Stage(ctx context.Context, name string, size int64, open func() io.ReadCloser) (id string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	body, err := c.send(ctx, http.MethodPost, "-/stage/package/"+escapedName(name), "stage", size, open)
	if err != nil {
		return "", err
	}
	doc, err := strict.ParseWithin(body, strict.Limits{Bytes: MaxVersionBytes})
	if err != nil {
		return "", &AnswerError{"the registry accepted the staged document, and its answer cannot be read", err}
	}
	if id = doc.Get("stageId").Text(); !IsStageID(id) {
		return "", &AnswerError{What: fmt.Sprintf("the registry accepted the staged document with the id %+.60q, which is no UUID", id)}
	}
	return id, nil
}

// Staged reads one staged version. found is false if the registry has none of
// that id: it was approved, rejected, or is not for this token to see.
func (c *Client) Staged(ctx context.Context, id string) (s Staged, found bool, err error) {
	if !IsStageID(id) {
		return Staged{}, false, ErrStageID
	}
	if !c.token.Given() {
		return Staged{}, false, ErrNoToken
	}
	body, err := c.get(ctx, "-/stage/"+id, acceptVersion, MaxVersionBytes)
	if absent(err) {
		return Staged{}, false, nil
	}
	if err != nil {
		return Staged{}, false, fmt.Errorf("read the staged version %s: %w", id, err)
	}
	doc, err := parse(body, MaxVersionBytes)
	if err != nil {
		return Staged{}, false, err
	}
	if s, err = stagedIn(doc); err != nil {
		return Staged{}, false, err
	}
	if !strings.EqualFold(s.ID, id) {
		return Staged{}, false, &AnswerError{What: fmt.Sprintf("asked for the staged version %s, the registry answered about %+.60q", id, s.ID)}
	}
	return s, true, nil
}

// StagedOf lists the staged versions of a package that this token may see.
func (c *Client) StagedOf(ctx context.Context, name string) ([]Staged, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	all, err := c.staged(ctx, name)
	if err != nil {
		return nil, err
	}
	// A registry may not know the filter.
	return slices.DeleteFunc(all, func(s Staged) bool { return s.Name != name }), nil
}

// AllStaged lists the staged versions of all packages that this token may see.
func (c *Client) AllStaged(ctx context.Context) ([]Staged, error) { return c.staged(ctx, "") }

// staged lists the staged versions of one package, or of all where none is named.
func (c *Client) staged(ctx context.Context, name string) ([]Staged, error) {
	if !c.token.Given() {
		return nil, ErrNoToken
	}
	of := "staged versions"
	query := url.Values{"perPage": {strconv.Itoa(stagedPerPage)}}
	if name != "" {
		of = "staged versions of " + name
		query.Set("package", name)
	}
	var all []Staged
	for page := range maxStagedPages {
		query.Set("page", strconv.Itoa(page))
		body, err := c.get(ctx, "-/stage?"+query.Encode(), acceptVersion, MaxVersionBytes)
		if err != nil {
			return nil, fmt.Errorf("list the %s: %w", of, err)
		}
		doc, err := parse(body, MaxVersionBytes)
		if err != nil {
			return nil, err
		}
		items := doc.Get("items")
		if items.Kind() != strict.Array {
			return nil, &AnswerError{What: "the registry's list of staged versions has no items"}
		}
		for item := range items.Elements() {
			s, err := stagedIn(item)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		if items.Len() < stagedPerPage {
			return all, nil
		}
	}
	return nil, &AnswerError{What: fmt.Sprintf("the registry's list of %s has no end", of)}
}

// stagedIn reads one entry.
func stagedIn(v strict.Value) (Staged, error) {
	text := func(key string) string { return v.Get(key).Text() }
	s := Staged{
		ID: text("id"), Name: text("packageName"), Version: text("version"), Tag: text("tag"), Access: text("access"),
		Status: text("status"), Shasum: text("shasum"), Integrity: text("integrity"), Actor: text("actor"), ActorType: text("actorType"),
	}
	if s.Access == "private" {
		s.Access = "restricted"
	}
	if at, err := time.Parse(time.RFC3339, text("createdAt")); err == nil {
		s.Created = at.UTC()
	}
	if !IsStageID(s.ID) || checkName(s.Name) != nil || checkSegment(s.Version) != nil {
		return Staged{}, &AnswerError{What: fmt.Sprintf("the registry's answer about a staged version has id %+.60q, packageName %+.100q, "+
			"version %+.100q", s.ID, s.Name, s.Version)}
	}
	return s, nil
}

// StagedTarball reads the packed bytes of a staged version, at most limit,
// without verifying them; the caller needs a digest.
func (c *Client) StagedTarball(ctx context.Context, id string, limit int) ([]byte, error) {
	if !IsStageID(id) {
		return nil, ErrStageID
	}
	if !c.token.Given() {
		return nil, ErrNoToken
	}
	data, err := c.get(ctx, "-/stage/"+id+"/tarball", acceptTarball, limit)
	var redirect *RedirectError
	if errors.As(err, &redirect) && redirect.to != nil && c.leads(redirect.to) {
		data, err = c.getBare(ctx, redirect.to, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("read the tarball of the staged version %s: %w", id, err)
	}
	return data, nil
}

// State asks where a version stands: published, validating, staged, blocked,
// deleted, or a word that is not known here (foreign text). told is false where
// the registry has no such call, or does not answer this token.
func (c *Client) State(ctx context.Context, name, version string) (state string, told bool, err error) {
	if err := cmp.Or(checkName(name), checkSegment(version)); err != nil {
		return "", false, err
	}
	if !c.token.Given() {
		return "", false, nil
	}
	body, err := c.get(ctx, "-/package/"+escapedName(name)+"/version/"+version+"/status", acceptVersion, MaxVersionBytes)
	if untold(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("ask where %s@%s stands: %w", name, version, err)
	}
	doc, err := parse(body, MaxVersionBytes)
	if err != nil {
		return "", false, err
	}
	of, at, state := doc.Get("packageName").Text(), doc.Get("version").Text(), doc.Get("status").Text()
	switch {
	case of != name || at != version:
		return "", false, &AnswerError{What: fmt.Sprintf("asked where %s@%s stands, the registry answered about %+.100q@%+.100q", name,
			version, of, at)}
	case state == "":
		return "", false, &AnswerError{What: fmt.Sprintf("asked where %s@%s stands, the registry answered without a status", name, version)}
	}
	return state, true, nil
}

// Visibility asks whether everybody may read a package. told is false where the
// registry has no such call, no such package, or does not answer this token.
func (c *Client) Visibility(ctx context.Context, name string) (public, told bool, err error) {
	if err := checkName(name); err != nil {
		return false, false, err
	}
	body, err := c.get(ctx, "-/package/"+escapedName(name)+"/visibility", acceptVersion, MaxVersionBytes)
	if untold(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("ask whether %s is public: %w", name, err)
	}
	doc, err := parse(body, MaxVersionBytes)
	if err != nil {
		return false, false, err
	}
	// npm's client reads {"public": true}; npm's description of the call has
	// {"NAME": "public"}.
	switch answer := doc.Get("public"); answer.Kind() {
	case strict.True, strict.False:
		return answer.Bool(), true, nil
	}
	switch doc.Get(name).Text() {
	case "public":
		return true, true, nil
	case "private", "restricted":
		return false, true, nil
	}
	return false, false, &AnswerError{What: fmt.Sprintf("asked whether %s is public, the registry answered neither yes nor no", name)}
}

// untold reports whether an error means that a registry does not have a call or
// does not answer it for this token.
func untold(err error) bool { return lacks(err) || isStatus(err, http.StatusUnauthorized) }

package script

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// remarks are the comments of a pull request. The token acts as github-actions[bot].
type remarks struct {
	all           []remark
	made, changed int
	unknown       bool // GraphQL does not say who the token is
}

// A remark is one comment.
type remark struct {
	id, author int64
	body       string
}

const actionsBot = 41898282

// serve answers what is about comments. It returns false for other requests.
func (c *remarks) serve(w http.ResponseWriter, r *http.Request) bool {
	if !strings.HasSuffix(r.URL.Path, "/graphql") && !strings.Contains(r.URL.Path, "/issues/") {
		return false
	}
	var sent struct{ Body string }
	_ = json.NewDecoder(r.Body).Decode(&sent)
	shown := func(m remark) map[string]any {
		return map[string]any{"id": m.id, "body": m.body, "user": map[string]any{"id": m.author}}
	}
	say := func(status int, v any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/graphql") && c.unknown:
		say(200, map[string]any{"errors": []any{map[string]any{"message": "Resource not accessible by integration"}}})
	case strings.HasSuffix(r.URL.Path, "/graphql"):
		say(200, map[string]any{"data": map[string]any{"viewer": map[string]any{"databaseId": actionsBot}}})
	case r.Method == http.MethodGet:
		list := []any{}
		for _, m := range c.all {
			list = append(list, shown(m))
		}
		say(200, list)
	case len([]rune(sent.Body)) > 65536:
		say(422, map[string]any{"message": "body is too long (maximum is 65536 characters)"})
	case r.Method == http.MethodPost:
		c.made++
		c.all = append(c.all, remark{int64(len(c.all) + 1), actionsBot, sent.Body})
		say(201, shown(c.all[len(c.all)-1]))
	case r.Method == http.MethodPatch:
		for i := range c.all {
			if strings.HasSuffix(r.URL.Path, fmt.Sprintf("/issues/comments/%d", c.all[i].id)) {
				c.changed++
				c.all[i].body = sent.Body
				say(200, shown(c.all[i]))
				return true
			}
		}
		say(404, map[string]any{"message": "Not Found"})
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
	return true
}

// command asks and arranges the comments of the pull request:
//
//	github comments MADE EDITED     so many were made and edited since it was last asked
//	github comment N FILE           the N-th is written to FILE
//	github comments from ID FILE    the user of that id wrote what FILE holds
//	github comments nobody|bot      whom GraphQL says that the token is
func (c *remarks) command(ts *testscript.TestScript, args []string) {
	switch {
	case len(args) == 3 && args[0] == "comment":
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		if n < 1 || n > len(c.all) {
			ts.Fatalf("there are %d comments", len(c.all))
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(c.all[n-1].body), 0o644))
	case len(args) == 4 && args[1] == "from":
		id, err := strconv.ParseInt(args[2], 10, 64)
		ts.Check(err)
		c.all = append(c.all, remark{int64(len(c.all) + 1), id, ts.ReadFile(args[3])})
	case len(args) == 2 && (args[1] == "nobody" || args[1] == "bot"):
		c.unknown = args[1] == "nobody"
	case len(args) == 3:
		count(ts, "comments made", c.made, args[1])
		count(ts, "comments edited", c.changed, args[2])
		c.made, c.changed = 0, 0
	default:
		ts.Fatalf("usage: github comments MADE EDITED | comment N FILE | comments from ID FILE | comments nobody|bot")
	}
}

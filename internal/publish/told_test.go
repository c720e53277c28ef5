package publish_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/publishgate/publishgate/internal/registry"
)

// told is a client whose registry says what a test wants it to say. What is nil
// or empty is as the registry of the world has it.
type told struct {
	*registry.Client
	states     []string // of the version, one a look, the last one repeats; "-": not told
	looks      int
	hidden     func() bool // whether the version is not visible yet
	readErr    error       // of reading it while it is not visible
	public     *bool
	change     func(*registry.Info) // of what is visible
	stage      []error              // answers of the stage, one a POST; nil: staged
	posts      int
	list       []registry.Staged
	listErr    error
	one        func(id string) (registry.Staged, bool, error)
	bytes      []byte // of what is staged; nil: they cannot be read
	tags       map[string]string
	tagErr     error
	set        []string // tags that were set
	tries      int      // to set one
	afterStage func()
}

func (t *told) Version(ctx context.Context, name, version string) (registry.Info, bool, error) {
	if t.hidden != nil && t.hidden() {
		if t.readErr != nil {
			return registry.Info{}, false, t.readErr
		}
		return registry.Info{}, false, ctx.Err()
	}
	info, found, err := t.Client.Version(ctx, name, version)
	if t.change != nil {
		t.change(&info)
	}
	return info, found, err
}

func (t *told) State(context.Context, string, string) (string, bool, error) {
	t.looks++
	if len(t.states) == 0 {
		return "", false, nil
	}
	state := t.states[min(t.looks, len(t.states))-1]
	switch state {
	case "-":
		return "", false, nil
	case "503":
		return "", false, status(503, "down")
	}
	return state, true, nil
}

func (t *told) Visibility(context.Context, string) (public, told bool, err error) {
	if t.public == nil {
		return false, false, nil
	}
	return *t.public, true, nil
}

func (t *told) Stage(ctx context.Context, _ string, size int64, open func() io.ReadCloser) (string, error) {
	t.posts++
	if t.afterStage != nil {
		defer t.afterStage()
	}
	body, err := io.ReadAll(open())
	if err != nil || int64(len(body)) != size {
		return "", errors.New("the document has another size than it says")
	}
	if n := t.posts; n <= len(t.stage) && t.stage[n-1] != nil {
		return "", t.stage[n-1]
	}
	return stageID, nil
}

func (t *told) Staged(_ context.Context, id string) (registry.Staged, bool, error) {
	if t.one != nil {
		return t.one(id)
	}
	return registry.Staged{}, false, nil
}

func (t *told) StagedOf(context.Context, string) ([]registry.Staged, error) { return t.list, t.listErr }

func (t *told) StagedTarball(context.Context, string, int) ([]byte, error) {
	if t.bytes == nil {
		return nil, status(http.StatusForbidden, "not for you")
	}
	return t.bytes, nil
}

func (t *told) DistTags(ctx context.Context, name string) (map[string]string, bool, error) {
	if t.tags != nil {
		return t.tags, true, nil
	}
	return t.Client.DistTags(ctx, name)
}

func (t *told) SetTag(_ context.Context, _, tag, version string) error {
	t.tries++
	if t.tagErr != nil {
		return t.tagErr
	}
	t.set = append(t.set, tag)
	if t.tags != nil {
		t.tags[tag] = version
	}
	return nil
}

func status(code int, message string) error {
	return &registry.StatusError{Method: "POST", Status: code, Message: `"` + message + `"`}
}

// says reports whether an error's text has all of these words.
func says(err error, words ...string) bool {
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			return false
		}
	}
	return true
}

package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// PublicGood is the address of the TUF repository of the public-good Sigstore.
const PublicGood = tuf.DefaultMirror

// PublicGoodRoot returns the root.json of that repository which is part of this
// binary; newer ones are reached from it.
func PublicGoodRoot() []byte { return tuf.DefaultRoot() }

// A Repository is a TUF repository. Nothing of it is kept between runs: a
// container has no place for a cache, and an expired or rolled-back repository
// is an error either way.
type Repository struct {
	URL    string       // "https://tuf-repo-cdn.sigstore.dev"
	Root   []byte       // root.json to start from
	Client *http.Client // must retry and bound by itself
}

// Open fetches the repository's metadata and checks it. The targets that are
// read from the result belong to one moment of the repository.
func (r Repository) Open(ctx context.Context) (*Targets, error) {
	client, err := tuf.New(&tuf.Options{
		Root:              r.Root,
		RepositoryBaseURL: r.URL,
		DisableLocalCache: true,
		Fetcher:           &fetcher{ctx, r.Client},
	})
	if err != nil {
		return nil, fmt.Errorf("trusted root of Sigstore: %w", err)
	}
	return &Targets{client}, nil
}

// Targets are the files of a TUF repository whose metadata was checked.
type Targets struct{ client *tuf.Client }

// Get fetches a file and checks it against the metadata.
func (t *Targets) Get(name string) ([]byte, error) {
	data, err := t.client.GetTarget(name)
	if err != nil {
		return nil, fmt.Errorf("%s of the TUF repository: %w", name, err)
	}
	return data, nil
}

// fetcher downloads files of a TUF repository for go-tuf, whose own fetcher has
// neither a context nor retries.
type fetcher struct {
	ctx    context.Context
	client *http.Client
}

// A stated error is a final answer of a server that is not a success.
type stated interface{ StatusCode() int }

// DownloadFile reads a file of at most limit bytes. go-tuf does not use the
// last argument.
func (f *fetcher) DownloadFile(url string, limit int64, _ time.Duration) ([]byte, error) {
	request, err := http.NewRequestWithContext(f.ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := f.client.Do(request)
	if status := stated(nil); errors.As(err, &status) {
		// go-tuf looks for the next root until it gets a 404.
		return nil, &metadata.ErrDownloadHTTP{StatusCode: status.StatusCode(), URL: url}
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: response.StatusCode, URL: url}
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &metadata.ErrDownloadLengthMismatch{
			Msg: fmt.Sprintf("%s is larger than the %d bytes its metadata allows", url, limit)}
	}
	return data, nil
}

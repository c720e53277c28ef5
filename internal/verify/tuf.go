package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/publishgate/publishgate/internal/web"
)

// PublicGood is the address of the TUF repository of the public-good Sigstore.
const PublicGood = tuf.DefaultMirror

// PublicGoodRoot returns the root.json of that repository which is part of this
// binary; newer ones are reached from it.
func PublicGoodRoot() []byte { return tuf.DefaultRoot() }

// The targets of that repository which are read here.
const (
	TrustedRoot = "trusted_root.json"
	NPMKeys     = "registry.npmjs.org/keys.json"
)

// A Repository is a TUF repository. An expired or rolled-back one is an error.
type Repository struct {
	URL       string            // "https://tuf-repo-cdn.sigstore.dev"
	Root      []byte            // root.json to start from
	Transport http.RoundTripper // carries every request

	// Cache is the folder in which its files are kept between runs; "": they are
	// not. What is kept does where the repository cannot be reached, as long as
	// its metadata has not expired.
	Cache string

	Offline bool // what is kept is used, and nothing else
}

// Open fetches the repository's metadata and checks it. The targets that are
// read from the result belong to one moment of the repository.
func (r Repository) Open(ctx context.Context) (*Targets, error) {
	fetch := &fetcher{ctx: ctx, client: &http.Client{
		Transport: r.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { // a repository is where it is said to be
			return http.ErrUseLastResponse
		},
	}}
	if r.Offline {
		fetch.client.Transport = noNetwork{}
	}
	options := tuf.Options{
		Root: r.Root, RepositoryBaseURL: r.URL, Fetcher: fetch, CachePath: r.Cache, DisableLocalCache: r.Cache == "", ForceCache: r.Offline,
	}
	client, err := tuf.New(&options)
	if err != nil && fetch.down && !r.Offline && r.Cache != "" && ctx.Err() == nil {
		options.ForceCache = true
		client, err = tuf.New(&options)
	}
	if err != nil {
		return nil, fmt.Errorf("trusted root of Sigstore: %w", err)
	}
	return &Targets{client}, nil
}

// noNetwork is the transport where nothing may be asked.
type noNetwork struct{}

// RoundTrip refuses.
func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, errOffline }

var errOffline = errors.New("nothing that is kept will do, and offline nothing is fetched")

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
	down   bool // the repository could not be reached
}

var tufRetry = web.Retry{Attempts: 4, Each: 30 * time.Second, First: 500 * time.Millisecond, Patience: 10 * time.Minute}

// A stated error is an answer of the repository that is not a success.
type stated struct {
	code  int
	asked time.Duration
	said  bool
}

// Error names the status.
func (e *stated) Error() string {
	return fmt.Sprintf("tuf: the repository answered %d %s", e.code, http.StatusText(e.code))
}

// Later reports whether it may pass, and when.
func (e *stated) Later() (asked time.Duration, said, again bool) {
	return e.asked, e.said, web.Passes(e.code)
}

// DownloadFile reads a file of at most limit bytes. go-tuf does not use the
// last argument.
func (f *fetcher) DownloadFile(url string, limit int64, _ time.Duration) (data []byte, err error) {
	err = tufRetry.Do(f.ctx, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		request.Header.Set("User-Agent", "publishgate")
		response, body, err := web.Exchange(f.client, request, limit)
		if errors.Is(err, errOffline) {
			return errOffline // another attempt would be the same
		}
		if err != nil {
			return fmt.Errorf("tuf: %w", err)
		}
		if response.StatusCode != http.StatusOK {
			asked, said := web.RetryAfter(response.Header, time.Now())
			return &stated{response.StatusCode, asked, said}
		}
		data = body
		return nil
	})
	var status *stated
	var large *web.TooLargeError
	switch {
	case errors.As(err, &large):
		return nil, &metadata.ErrDownloadLengthMismatch{
			Msg: fmt.Sprintf("%s is larger than the %d bytes its metadata allows", url, limit)}
	case errors.As(err, &status) && !web.Passes(status.code):
		// go-tuf looks for the next root until it gets a 404.
		return nil, &metadata.ErrDownloadHTTP{StatusCode: status.code, URL: url}
	}
	if _, _, again := web.Again(err); err != nil && again {
		f.down = true
	}
	return data, err
}

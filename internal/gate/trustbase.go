package gate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/verify"
)

// A trustBase holds what the signatures and attestations of dependencies are
// verified with: keys of registries and trusted roots. Each is fetched once in a
// run, when it is needed, and in every run: a key that was withdrawn must not
// count because a cache has it. It is safe for concurrent use.
type trustBase struct {
	net    Net
	file   string // -trusted-root; "": by TUF
	lookup *lookup

	mu      sync.Mutex
	targets *verify.Targets
	keysOf  map[string]*verify.Keys // by registry; nil: it publishes none
}

func newTrustBase(n Net, sig Sigstore, l *lookup) *trustBase {
	return &trustBase{net: n, file: sig.TrustedRoot, lookup: l, keysOf: map[string]*verify.Keys{}}
}

// keys returns the keys that a registry signs with; nil: it publishes none. Those
// of the public registry, under each of its names, come from the TUF repository,
// unless a trusted root is given: then, as with any other registry, from itself.
func (t *trustBase) keys(ctx context.Context, address string) (*verify.Keys, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if keys, ok := t.keysOf[address]; ok {
		return keys, nil
	}
	keys, err := t.fetchKeys(ctx, address)
	if err == nil {
		t.keysOf[address] = keys
	}
	return keys, err
}

func (t *trustBase) fetchKeys(ctx context.Context, address string) (*verify.Keys, error) {
	public := address == npm.PublicRegistry || address == npm.YarnRegistry
	if public && t.file == "" {
		data, err := t.target(ctx, verify.NPMKeys)
		if err != nil {
			return nil, err
		}
		return verify.ParseTUFKeys(data)
	}
	client, err := t.lookup.client(address)
	if err != nil {
		return nil, err
	}
	data, err := client.PublicKeys(ctx)
	var status *registry.StatusError
	keys := &verify.Keys{}
	switch {
	case errors.As(err, &status) && (status.Status == http.StatusMethodNotAllowed || status.Status == http.StatusGone): // no more than 404
	case err != nil:
		return nil, err
	case data != nil:
		if keys, err = verify.ParseKeys(data); err != nil {
			return nil, err
		}
	}
	switch {
	case !keys.None():
		return keys, nil
	case public: // it signs whatever is published to it: who says otherwise is not it
		return nil, fmt.Errorf("%s does not say with which keys it signs", host(address))
	}
	return nil, nil
}

// target reads a file of the public-good Sigstore's TUF repository.
func (t *trustBase) target(ctx context.Context, name string) ([]byte, error) {
	if t.targets == nil {
		r := verify.Repository{URL: verify.PublicGood, Root: verify.PublicGoodRoot(), Transport: t.net.Transport}
		if t.net.Cache != "" {
			r.Cache = filepath.Join(t.net.Cache, "tuf")
		}
		targets, err := r.Open(ctx)
		if err != nil {
			return nil, of(tufService, err)
		}
		t.targets = targets
	}
	data, err := t.targets.Get(name)
	return data, of(tufService, err)
}

// roots returns the trusted roots that attestations are verified with.
func (t *trustBase) roots(ctx context.Context) ([]*verify.Root, error) {
	if t.file != "" {
		data, err := disk.ReadNamed(t.file, maxRoot)
		var roots []*verify.Root
		if err == nil {
			roots, err = verify.ParseRoots(data)
		}
		if err != nil {
			return nil, ownFile{fmt.Errorf("-trusted-root %s: %w", t.file, err)}
		}
		return roots, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	data, err := t.target(ctx, verify.TrustedRoot)
	if err != nil {
		return nil, err
	}
	root, err := verify.ParseRoot(data)
	return []*verify.Root{root}, err
}

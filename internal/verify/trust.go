package verify

import (
	"context"
	"sync"
)

// A Trust gets each trusted root once, when it is needed. It may be used by several
// goroutines.
type Trust struct {
	Given []*Root    // named by the user: no other is fetched
	TUF   Repository // the roots' own; PublicGood's stands for GitHub's too
	Bare  bool       // nothing is fetched: a key is what signatures are verified with

	mu      sync.Mutex
	targets *Targets // of the TUF repository; nil: not opened yet
	public  *Root
	github  *Root
	keys    *Keys
	down    error // why the TUF repository cannot be read: it is asked once
}

// Roots returns the roots that are already there.
func (t *Trust) Roots() []*Root {
	t.mu.Lock()
	defer t.mu.Unlock()
	roots := t.Given[:len(t.Given):len(t.Given)]
	for _, r := range []*Root{t.public, t.github} {
		if r != nil {
			roots = append(roots, r)
		}
	}
	return roots
}

// Need gets the root that a bundle may need.
func (t *Trust) Need(ctx context.Context, b *Bundle) (err error) {
	if len(t.Given) > 0 || t.Bare {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case b.PrivateGitHub() && t.TUF.URL == PublicGood:
		if t.github != nil {
			return nil
		}
		repository := t.TUF
		repository.URL, repository.Root = GitHub, GitHubRoot()
		targets, err := repository.Open(ctx)
		if err != nil {
			return err
		}
		t.github, err = rootOf(targets)
		return err
	case t.public != nil:
		return nil
	}
	if err := t.open(ctx); err != nil {
		return err
	}
	t.public, err = rootOf(t.targets)
	return err
}

// NeedAll gets the roots that bundles may need; what is no bundle needs none.
func (t *Trust) NeedAll(ctx context.Context, bundles ...[]byte) error {
	for _, data := range bundles {
		if b, err := ParseBundle(data); err == nil {
			if err := t.Need(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}

func rootOf(targets *Targets) (*Root, error) {
	data, err := targets.Get(TrustedRoot)
	if err != nil {
		return nil, err
	}
	return ParseRoot(data)
}

func (t *Trust) open(ctx context.Context) (err error) {
	if t.targets == nil && t.down == nil {
		t.targets, t.down = t.TUF.Open(ctx)
	}
	return t.down
}

// NPMKeys returns the keys of npm's public registry from the TUF repository.
func (t *Trust) NPMKeys(ctx context.Context) (*Keys, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys != nil {
		return t.keys, nil
	}
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	data, err := t.targets.Get(NPMKeys)
	if err != nil {
		return nil, err
	}
	t.keys, err = ParseTUFKeys(data)
	return t.keys, err
}

package gate

import (
	"context"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/secret"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A Baseline lists the candidates for secrets in a package, as a file.
type Baseline struct {
	Data      []byte   // the file, in the format of detect-secrets' .secrets.baseline
	Secrets   int      // number of candidates in it
	Unscanned []string // files, or parts of the search, that were left out; escaped
}

// WriteBaseline reads the package and lists every candidate for a secret in its
// tarball, whatever the policy says about it. It packs the tarball if none is
// named. It judges nothing. A tarball that two readers read differently has no
// certain contents: that is an error.
func WriteBaseline(ctx context.Context, c Where) (*Baseline, error) {
	p, err := findPlace(c.Dir)
	if err != nil {
		return nil, err
	}
	defer p.close()
	m, err := readManifest(p)
	if err != nil {
		return nil, err
	}
	t, _, err := readTarball(ctx, c, p, m, tarball.Options{})
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, fmt.Errorf("%w: package.json has no name or no version, so that there is nothing to pack: name a "+
			"tarball with -tarball FILE", ErrUsage)
	}
	for _, v := range t.Violations {
		if v.Rule != tarball.RuleMode { // the other violations leave the contents in doubt
			return nil, fmt.Errorf("read %s: %s: %s; publishgate gate says more", t.File, v.Rule, v.Text)
		}
	}
	const root = "package/" // the profile admits no other root
	b := &Baseline{}
	var known []secret.Known
	for _, s := range t.Secrets {
		known = append(known, secret.Known{Path: strings.TrimPrefix(s.Path, root), Rule: s.Rule, SHA1: s.SHA1, Line: s.Line})
	}
	for _, u := range t.Unscanned {
		b.Unscanned = append(b.Unscanned, display.Text(strings.TrimPrefix(u.Path, root))+": "+u.Why)
	}
	b.Secrets = len(known)
	b.Data, err = secret.FormatBaseline(known)
	return b, err
}

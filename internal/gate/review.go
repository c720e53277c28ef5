package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
)

// FindReview reads one entry of the policy file's reviews, and the name of the
// package that it is about; "" where the folder is none.
func FindReview(w Where, name string) (r policy.Review, about string, err error) {
	p, err := findPlace(w.Dir)
	if err != nil {
		return r, "", err
	}
	defer p.close()
	m, err := readManifestIfAny(p)
	if err != nil {
		return r, "", err
	}
	read, err := readPolicy(w, p, gitCheckout{}, m.Name)
	if err != nil {
		return r, "", err
	}
	all := read.parsed.For(m.Name, policy.Flags{}).Reviews
	r, there := all[name]
	if there {
		return r, m.Name, nil
	}
	known := slices.Sorted(maps.Keys(all))
	err = fmt.Errorf("%w: the policy file has no review %s", ErrUsage, display.Text(name))
	if near := display.Nearest(name, known); near != "" {
		return r, "", fmt.Errorf("%w; did you mean %s?", err, near)
	}
	if len(known) > 0 {
		return r, "", fmt.Errorf("%w; it has %s", err, strings.Join(known, ", "))
	}
	return r, "", fmt.Errorf("%w; write one: reviews: {%s: {every: 30d, by: YOU}}", err, display.Text(name))
}

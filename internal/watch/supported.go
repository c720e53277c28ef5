package watch

import (
	"cmp"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/support"
)

// MaxAudited is how many versions of one package are audited, the newest of them.
const MaxAudited = 20

// supported returns the versions of a package that are audited, newest first: of
// each row of the table that is supported the highest release of each major, since
// that is what an install of the line gets, and what latest names. Without a table
// it is latest alone. A release that is deprecated is not offered any more; one that
// latest names is audited all the same.
func supported(h *registry.History, table *support.Table, now time.Time) []registry.Publication {
	var newest *npm.Version
	for i := range h.Releases {
		v := &h.Releases[i].Number
		if valid(&h.Releases[i]) && v.Prerelease() == "" && (newest == nil || newest.Compare(*v) < 0) {
			newest = v
		}
	}
	type line struct {
		row   *support.Row
		major uint64
	}
	best := map[line]*registry.Publication{}
	chosen := map[string]registry.Publication{}
	for i := range h.Releases {
		r := &h.Releases[i]
		if r.Version == h.Tags["latest"] {
			chosen[r.Version] = *r
		}
		if table == nil || !valid(r) || r.Number.Prerelease() != "" || r.Deprecated != "" {
			continue
		}
		row, _ := table.Of(r.Number, newest)
		if row == nil || row.Ended(now) {
			continue
		}
		at := line{row, r.Number.Major}
		if best[at] == nil || best[at].Number.Compare(r.Number) < 0 {
			best[at] = r
		}
	}
	for _, r := range best {
		chosen[r.Version] = *r
	}
	var all []registry.Publication
	for _, r := range chosen {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b registry.Publication) int {
		return cmp.Or(b.Number.Compare(a.Number), cmp.Compare(a.Version, b.Version))
	})
	return all[:min(len(all), MaxAudited)]
}

func valid(r *registry.Publication) bool {
	_, err := npm.ParseVersion(r.Version)
	return err == nil
}

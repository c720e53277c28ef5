package gate

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/web"
)

// maxLicences is the most documents read for the licences of one run.
const maxLicences = 2000

// readLicences asks the registry for licences that the verdict depends on and
// that neither the lockfile nor node_modules nor the tarball states. It asks only
// about packages that the registry may be asked about and that an advisory source
// was asked about before. A licence that the registry does not state stays
// unknown, which is a finding.
func readLicences(ctx context.Context, q inquiry, all []*npm.Package, unasked map[string]bool) (l licences) {
	const what = "licences"
	copies := map[string][]*npm.Package{}
	var names, ids []string // names and versions; each pair is asked for once
	for _, p := range all {
		if unasked[p.Name] {
			continue
		}
		if copies[p.ID()] == nil {
			names, ids = append(names, p.Name), append(ids, p.ID())
		}
		copies[p.ID()] = append(copies[p.ID()], p)
	}
	if len(ids) == 0 || q.Offline {
		return l
	}
	client, err := q.registry()
	if err != nil {
		l.skipped = []report.Skip{skip(what, "%s", err.Error())}
		return l
	}
	l.of = map[*npm.Package]string{}
	may := map[string]bool{}
	for _, name := range q.may(names) {
		may[name] = true
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !may[copies[id][0].Name] })
	if len(ids) > maxLicences {
		ids = ids[:maxLicences]
		l.skipped = append(l.skipped, skip(what, "the registry was asked for those of %d packages, and of no more", maxLicences))
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	var mu sync.Mutex
	sideBySide(web.Abreast, len(ids), func(i int) {
		if ctx.Err() != nil {
			return
		}
		same := copies[ids[i]]
		info, _, failed := client.Version(ctx, same[0].Name, same[0].Version)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			err = failed
		}
		if failed != nil && !isAnswer(failed) { // a registry that does not answer is not asked again
			cancel()
		}
		for _, p := range same {
			l.of[p] = info.License
		}
	})
	if err != nil {
		l.skipped = append(l.skipped, skip(what, "the registry could not be asked for all of them: %s", err.Error()))
	}
	return l
}

// isAnswer reports whether err is the registry's answer about one package, and
// not a failure to answer.
func isAnswer(err error) bool {
	var status *registry.StatusError
	var answer *registry.AnswerError
	return errors.As(err, &answer) || errors.As(err, &status) && status.Status < 500 && status.Status != http.StatusTooManyRequests
}

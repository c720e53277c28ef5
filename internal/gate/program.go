package gate

import (
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/tarball"
)

// maxEnvDoc is the largest file that env.documented may name, in bytes.
const maxEnvDoc = 4 << 20

// readEnvDoc reads the file that env.documented names, in the package's directory
// or else at the root. It returns nil for the README, which is that of the tarball.
// A file that is not there names nothing.
func readEnvDoc(e *policy.Effective, p place) (*string, error) {
	name := e.Env.Documented
	stem, _, _ := strings.Cut(strings.ToLower(path.Base(name)), ".")
	if name == "" || stem == "readme" && path.Dir(name) == "." {
		return nil, nil
	}
	data, _, err := p.either(name, maxEnvDoc)
	text := string(data)
	return &text, err
}

// notParsed says which programs of the tarball were not parsed but searched.
func notParsed(t *tarball.Tarball) []report.Skip {
	if t == nil || t.Programs == nil {
		return nil
	}
	var searched []string
	for _, p := range t.Programs.Read {
		if p.Searched != "" {
			searched = append(searched, fmt.Sprintf("%s (%s)", p.Path, p.Searched))
		}
	}
	n := len(searched)
	if n == 0 {
		return nil
	}
	shown := strings.Join(searched[:min(n, 3)], ", ")
	if n > 3 {
		shown += fmt.Sprintf(" and %d others", n-3)
	}
	return []report.Skip{skip("programs", "%d of %d were searched for what env and content ask, not parsed: %s", n, t.Programs.Count, shown)}
}

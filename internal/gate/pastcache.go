package gate

import (
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// mostDebuts is the most people whose first versions are kept of one package
// between runs. Of a package with more it is asked again.
const mostDebuts = 100

// A keptPast is what was published up to a version, which does not change.
type keptPast struct {
	By          [2]string   `json:"by"`
	Trusted     bool        `json:"trusted"`
	Maintainers []string    `json:"maintainers"`
	Install     string      `json:"install"`
	Debuts      []keptDebut `json:"debuts"`
	Pauses      []keptPause `json:"pauses"`
}

type keptDebut struct {
	Name      string    `json:"name"`
	Version   string    `json:"version"`
	Published time.Time `json:"published"`
}

type keptPause struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// keepPast returns what is kept; nil: nothing.
func keepPast(p *registry.Past, f *registry.Fact) *keptPast {
	if p == nil || len(p.Debuts) > mostDebuts {
		return nil
	}
	k := &keptPast{By: f.By, Trusted: f.Trusted, Maintainers: f.Maintainers, Install: f.Install}
	for _, d := range p.Debuts {
		k.Debuts = append(k.Debuts, keptDebut{d.Name, d.Number.String(), d.Published})
	}
	for _, q := range p.Pauses {
		k.Pauses = append(k.Pauses, keptPause(q))
	}
	return k
}

// read returns what was kept, and fills in who published the version and what it
// runs; nil: it was
// not kept, or cannot be read.
func (k *keptPast) read(f *registry.Fact) *registry.Past {
	if k == nil || len(k.Debuts) > mostDebuts {
		return nil
	}
	p := &registry.Past{}
	for _, d := range k.Debuts {
		number, err := npm.ParseVersion(d.Version)
		if err != nil {
			return nil
		}
		p.Debuts = append(p.Debuts, registry.Debut{Name: d.Name, Number: number, Published: d.Published})
	}
	for _, q := range k.Pauses {
		p.Pauses = append(p.Pauses, registry.Pause(q))
	}
	f.People, f.Install = registry.People{By: k.By, Trusted: k.Trusted, Maintainers: k.Maintainers}, k.Install
	return p
}

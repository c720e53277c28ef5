package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// factsFile holds the answers that are kept, in the folder of the user.
const factsFile = "facts.json"

// The most that is kept: bytes of the file, and answers.
const (
	maxFacts = 64 << 20
	mostKept = 50_000
)

// A factCache keeps what registries said and what does not change: of a version
// whose SHA-512 the lockfile has, and that is signed, what was published and by
// whom. It is no evidence: signatures that come from it are verified again. A nil
// factCache keeps nothing.
//
// It is one file, read at the beginning and written at the end: of two runs that
// end together one loses what it asked for, and it is asked for again.
type factCache struct {
	folder *disk.Folder

	mu   sync.Mutex
	kept map[string]keptFact // by factKey
	used map[string]keptFact // those of this run
	more bool                // some are new
}

// A keptFact is one answer.
type keptFact struct {
	Registry  string `json:"registry"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Locked    string `json:"locked"` // the lockfile's checksum
	Integrity string `json:"integrity"`
	Shasum    string `json:"shasum"`

	Signatures []registry.Signature `json:"signatures"`
	Published  time.Time            `json:"published"`
	Attested   bool                 `json:"attested"`
	Trust      registry.Trust       `json:"trust"`
	Before     *keptGrade           `json:"before"`
}

type keptGrade struct {
	Version   string         `json:"version"`
	Trust     registry.Trust `json:"trust"`
	Published time.Time      `json:"published"`
}

// openFacts opens the folder, and makes it if it is not there; "": none. What
// cannot be read is asked for again.
func openFacts(dir string) (*factCache, error) {
	if dir == "" {
		return nil, nil
	}
	folder, err := disk.Create(dir)
	if err != nil {
		return nil, err
	}
	c := &factCache{folder: folder, kept: map[string]keptFact{}, used: map[string]keptFact{}}
	data, err := folder.Read(factsFile, maxFacts)
	if err != nil || json.Unmarshal(data, &c.kept) != nil || c.kept == nil {
		c.kept = map[string]keptFact{}
	}
	return c, nil
}

// close writes what is new.
func (c *factCache) close() {
	if c == nil {
		return
	}
	defer c.folder.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.more {
		return
	}
	if len(c.kept) > mostKept {
		c.kept = c.used
	}
	if data, err := json.Marshal(c.kept); err == nil && len(data) < maxFacts {
		_ = c.folder.Write(factsFile, append(data, '\n'))
	}
}

func factKey(address string, p *npm.Package) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{address, p.Name, p.Version, p.Integrity}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// get returns what is kept of a version.
func (c *factCache) get(address string, p *npm.Package) (known, bool) {
	if c == nil || p.Integrity == "" {
		return known{}, false
	}
	key := factKey(address, p)
	c.mu.Lock()
	k, ok := c.kept[key]
	if c.mu.Unlock(); !ok {
		return known{}, false
	}
	if k.Registry != address || k.Name != p.Name || k.Version != p.Version || k.Locked != p.Integrity || !lasts(k.Signatures, k.Published) ||
		k.Trust < 0 || k.Trust > registry.Approved {
		return known{}, false
	}
	out := known{there: true, Fact: registry.Fact{Integrity: k.Integrity, Shasum: k.Shasum, Signatures: k.Signatures,
		Attested: k.Attested, Trust: k.Trust, Published: k.Published}}
	if b := k.Before; b != nil {
		number, err := npm.ParseVersion(b.Version)
		if err != nil || b.Trust < 0 || b.Trust > registry.Approved {
			return known{}, false
		}
		out.before = &registry.Grade{Number: number, Trust: b.Trust, Published: b.Published}
	}
	c.mu.Lock()
	c.used[key] = k
	c.mu.Unlock()
	return out, true
}

// put keeps what is known of a version, if it lasts.
func (c *factCache) put(address string, p *npm.Package, k known) {
	if c == nil || !k.there || !lasts(k.Signatures, k.Published) || k.Integrity != p.Integrity || !strings.HasPrefix(k.Integrity, "sha512-") {
		return
	}
	kept := keptFact{Registry: address, Name: p.Name, Version: p.Version, Locked: p.Integrity, Integrity: k.Integrity, Shasum: k.Shasum,
		Signatures: k.Signatures, Published: k.Published, Attested: k.Attested, Trust: k.Trust}
	if b := k.before; b != nil {
		kept.Before = &keptGrade{b.Number.String(), b.Trust, b.Published}
	}
	key := factKey(address, p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[key], c.used[key], c.more = kept, kept, true
}

// lasts reports whether what is known of a version stays so: it has its
// signatures and its time.
func lasts(signatures []registry.Signature, published time.Time) bool {
	return len(signatures) > 0 && !published.IsZero()
}

// maxBundles is the most that is read of one list of attestations, in bytes.
const maxBundles = 32 << 20

// A keptList is the attestations of one version, which do not change.
type keptList struct {
	Registry string       `json:"registry"`
	Name     string       `json:"name"`
	Version  string       `json:"version"`
	Locked   string       `json:"locked"`
	List     []keptBundle `json:"list"`
}

type keptBundle struct {
	PredicateType string          `json:"predicateType"`
	Bundle        json.RawMessage `json:"bundle"`
}

func (c *factCache) bundles(address string, p *npm.Package) (list []registry.Attestation, ok bool) {
	if c == nil || p.Integrity == "" {
		return nil, false
	}
	data, err := c.folder.Read("attestations-"+factKey(address, p)+".json", maxBundles)
	var k keptList
	if err != nil || json.Unmarshal(data, &k) != nil || len(k.List) == 0 || k.Registry != address || k.Name != p.Name ||
		k.Version != p.Version || k.Locked != p.Integrity {
		return nil, false
	}
	for _, b := range k.List {
		list = append(list, registry.Attestation{PredicateType: b.PredicateType, Bundle: b.Bundle})
	}
	return list, true
}

// putBundles keeps attestations that were verified.
func (c *factCache) putBundles(address string, p *npm.Package, list []registry.Attestation) {
	if c == nil {
		return
	}
	k := keptList{Registry: address, Name: p.Name, Version: p.Version, Locked: p.Integrity}
	for _, a := range list {
		k.List = append(k.List, keptBundle{a.PredicateType, a.Bundle})
	}
	if data, err := json.Marshal(k); err == nil {
		_ = c.folder.Write("attestations-"+factKey(address, p)+".json", append(data, '\n'))
	}
}

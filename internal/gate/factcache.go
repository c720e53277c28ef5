package gate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/report"
)

// factsFile holds the answers that are kept, in the folder of the user.
const factsFile = "facts.json"

// The most that is kept: bytes of the file, bytes of one answer, and answers.
const (
	maxFacts = 64 << 20
	maxFact  = 16 << 10
	mostKept = 50_000
)

// A factCache keeps what registries said and what does not change: of a version
// whose SHA-512 the lockfile has, and that is signed, what was published and by
// whom. It is no evidence: signatures that come from it are verified again, and what
// does not hold is asked for again. What nobody signs, the day and the way of a
// publish, is believed, so that nothing is read from a file that somebody else may
// have written. A nil factCache keeps nothing.
//
// It is one file, read at the beginning and written at the end: of two runs that
// end together one loses what it asked for, and it is asked for again.
type factCache struct {
	folder *disk.Folder
	unused error     // why the file is left alone; nil: it is not
	now    time.Time // when the run began: nothing was published later

	mu   sync.Mutex
	kept map[string]json.RawMessage // by factKey; each a keptFact, read when it is asked for
	used map[string]json.RawMessage // those of this run
	more bool                       // some are new
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
	Past       *keptPast            `json:"past,omitempty"` // null: nobody asked, or it is too long to be kept
}

type keptGrade struct {
	Version   string         `json:"version"`
	Trust     registry.Trust `json:"trust"`
	Published time.Time      `json:"published"`
}

// openFacts opens the folder, and makes it if it is not there. What cannot be read
// is asked for again.
func openFacts(dir string, now time.Time) (*factCache, error) {
	folder, err := disk.Create(dir)
	if err != nil {
		return nil, err
	}
	c := &factCache{folder: folder, now: now, kept: map[string]json.RawMessage{}, used: map[string]json.RawMessage{}}
	if c.unused = folder.Private(factsFile); c.unused != nil {
		return c, nil
	}
	if data, err := folder.Read(factsFile, maxFacts); err == nil {
		if kept, err := parseFacts(data); err == nil {
			c.kept = kept
		}
	}
	return c, nil
}

// parseFacts reads the file: an object of answers, none of which is read yet. More
// or larger ones than are ever written are an error.
func parseFacts(data []byte) (map[string]json.RawMessage, error) {
	list := json.NewDecoder(bytes.NewReader(data))
	if open, err := list.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("no object")
	}
	kept := map[string]json.RawMessage{}
	for list.More() {
		key, err := list.Token()
		if err != nil {
			return nil, err
		}
		var entry json.RawMessage
		if err := list.Decode(&entry); err != nil {
			return nil, err
		}
		if name, ok := key.(string); ok {
			kept[name] = entry
		}
		if len(kept) > mostKept || len(entry) > maxFact {
			return nil, errors.New("more than is kept")
		}
	}
	if _, err := list.Token(); err != nil {
		return nil, err
	}
	return kept, nil
}

// close writes what is new.
func (c *factCache) close() {
	if c == nil {
		return
	}
	defer c.folder.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.more || c.unused != nil {
		return
	}
	if len(c.kept) > mostKept {
		c.kept = c.used
	}
	if data, err := json.Marshal(c.kept); err == nil && len(data) < maxFacts && len(c.kept) <= mostKept {
		_ = c.folder.Write(factsFile, append(data, '\n'))
	}
}

// left says that the folder is not used, and why.
func (c *factCache) left() []report.Skip {
	if c == nil || c.unused == nil {
		return nil
	}
	return []report.Skip{skip("what registries said to earlier runs", "it is not used: %v", c.unused)}
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
	text, ok := c.kept[key]
	if c.mu.Unlock(); !ok {
		return known{}, false
	}
	var k keptFact
	if json.Unmarshal(text, &k) != nil || k.Registry != address || k.Name != p.Name || k.Version != p.Version || k.Locked != p.Integrity ||
		!lasts(k.Signatures, k.Published) || k.Published.After(c.now) || k.Trust < 0 || k.Trust > registry.Approved {
		return known{}, false
	}
	out := known{there: true, kept: true, Fact: registry.Fact{Integrity: k.Integrity, Shasum: k.Shasum, Signatures: k.Signatures,
		Attested: k.Attested, Trust: k.Trust, Published: k.Published}}
	if b := k.Before; b != nil {
		number, err := npm.ParseVersion(b.Version)
		if err != nil || b.Trust < 0 || b.Trust > registry.Approved {
			return known{}, false
		}
		out.before = &registry.Grade{Number: number, Trust: b.Trust, Published: b.Published}
	}
	out.past = k.Past.read(&out.Fact)
	c.mu.Lock()
	c.used[key] = text
	c.mu.Unlock()
	return out, true
}

// put keeps what is known of a version, if it lasts.
func (c *factCache) put(address string, p *npm.Package, k known) {
	if c == nil || !k.there || !lasts(k.Signatures, k.Published) || k.Published.After(c.now) || k.Integrity != p.Integrity ||
		!strings.HasPrefix(k.Integrity, "sha512-") {
		return
	}
	kept := keptFact{Registry: address, Name: p.Name, Version: p.Version, Locked: p.Integrity, Integrity: k.Integrity, Shasum: k.Shasum,
		Signatures: k.Signatures, Published: k.Published, Attested: k.Attested, Trust: k.Trust}
	if b := k.before; b != nil {
		kept.Before = &keptGrade{b.Number.String(), b.Trust, b.Published}
	}
	kept.Past = keepPast(k.past, &k.Fact)
	text, err := json.Marshal(kept)
	if err != nil || len(text) > maxFact {
		return
	}
	key := factKey(address, p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[key], c.used[key], c.more = text, text, true
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

// bundles returns the attestations that are kept of a version.
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

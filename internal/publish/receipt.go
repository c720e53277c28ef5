package publish

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/strict"
)

// ReceiptFile is the name of the receipt in the folder of evidence.
const ReceiptFile = "receipt.json"

// MaxReceipt is the size of the largest receipt that is read, in bytes.
const MaxReceipt = 64 << 10

// The states of a receipt.
const (
	Intent = "intent" // written before the document is sent: whether it was is not known
	Done   = "done"   // written after the registry was read back
)

// A Receipt says what one run was about to send, and what became of it. It is
// nobody's proof: it is read only as a hint where to look, and the registry is
// asked in any case.
type Receipt struct {
	Schema    int    `json:"schema"` // 1
	Name      string `json:"name"`
	Version   string `json:"version"`
	Registry  string `json:"registry"`
	Integrity string `json:"integrity"`
	Shasum    string `json:"shasum"`
	Tag       string `json:"tag"`
	Road      string `json:"road"`      // direct or stage
	StageID   string `json:"stageId"`   // empty: none is known
	State     string `json:"state"`     // Intent or Done
	Published string `json:"published"` // the word of the output
	Run       string `json:"run"`       // the run that wrote it; empty: not told
	Attempt   int    `json:"attempt"`   // of that run, from 1; 0: not told
}

// The words that a receipt may have.
var (
	receiptRoads     = []string{"direct", "stage"}
	receiptPublished = []string{"false", "true", "already", "staged", "accepted", "blocked"}
)

// Receipt returns the receipt of a plan before it is sent, without its road and
// run.
func (p *Plan) Receipt() Receipt {
	return Receipt{Schema: 1, Name: p.Name, Version: p.Version, Registry: p.Registry, Integrity: p.Integrity, Shasum: p.Shasum,
		Tag: p.Tag, State: Intent, Published: No.String()}
}

// Matches reports whether the receipt is about the bytes of the plan, under the
// same name and version at the same registry.
func (r Receipt) Matches(p *Plan) bool {
	return p != nil && r.Schema == 1 && r.Name == p.Name && r.Version == p.Version && r.Registry == p.Registry &&
		r.Integrity == p.Integrity
}

// JSON returns the text of the file. The same receipt is always the same bytes.
func (r Receipt) JSON() ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("write %s: %w", ReceiptFile, err)
	}
	if _, err := ParseReceipt(buf.Bytes()); err != nil { // nothing is written that would not be read
		return nil, fmt.Errorf("write %s: %w", ReceiptFile, err)
	}
	return buf.Bytes(), nil
}

// ParseReceipt reads a receipt. It comes from an artifact or a cache, so each
// field is held to its form, and the error quotes what it is not.
func ParseReceipt(data []byte) (Receipt, error) {
	doc, err := strict.ParseWithin(data, strict.Limits{Bytes: MaxReceipt, Depth: 4, Members: 64})
	if err != nil {
		return Receipt{}, fmt.Errorf("the receipt: %w", err)
	}
	r := receiptReader{doc: doc}
	if r.number("schema") != 1 && r.err == nil {
		return Receipt{}, fmt.Errorf("the receipt: schema is %s, expected 1: it is of another version of this program",
			quoted(string(doc.Get("schema").Raw())))
	}
	read := Receipt{
		Schema: 1,
		Name:   r.text("name", "a package name", isPackage), Version: r.text("version", "a version", isVersion),
		Registry:  r.text("registry", "the address of a registry", isRegistry),
		Integrity: r.text("integrity", "sha512-…", isSHA512), Shasum: r.text("shasum", "a SHA-1 in hex", isSHA1),
		Tag: r.text("tag", "a dist-tag", validTag), Road: r.word("road", receiptRoads),
		StageID: r.text("stageId", "a UUID or nothing", func(s string) bool { return s == "" || registry.IsStageID(s) }),
		State:   r.word("state", []string{Intent, Done}), Published: r.word("published", receiptPublished),
		Run: r.text("run", "the id of a run or nothing", isRun), Attempt: r.number("attempt"),
	}
	if r.err != nil {
		return Receipt{}, r.err
	}
	return read, nil
}

// A receiptReader reads the fields and keeps the first mistake.
type receiptReader struct {
	doc strict.Value
	err error
}

func (r *receiptReader) fail(key, expected string) {
	if r.err != nil {
		return
	}
	at := r.doc.Get(key)
	found := at.Kind().String()
	if at.Kind() == strict.String {
		found = quoted(at.Text())
	}
	r.err = fmt.Errorf("the receipt: %s is %s, expected %s", key, found, expected)
}

func (r *receiptReader) text(key, expected string, ok func(string) bool) string {
	at := r.doc.Get(key)
	if at.Kind() != strict.String || !ok(at.Text()) {
		r.fail(key, expected)
		return ""
	}
	return at.Text()
}

func (r *receiptReader) word(key string, words []string) string {
	return r.text(key, "one of "+strings.Join(words, ", "), func(s string) bool { return slices.Contains(words, s) })
}

func (r *receiptReader) number(key string) int {
	at := r.doc.Get(key)
	n, err := strconv.Atoi(string(at.Raw()))
	if at.Kind() != strict.Number || err != nil || n < 0 || n > 1<<20 {
		r.fail(key, "a small whole number")
		return 0
	}
	return n
}

func isPackage(s string) bool {
	err := npm.ValidName(s)
	return err == nil || errors.Is(err, npm.ErrNodeModule)
}

func isVersion(s string) bool { _, ok := canonical(s); return ok }

func isRegistry(s string) bool {
	u, err := registry.ParseURL(s)
	return err == nil && u.String() == s
}

func isSHA512(s string) bool {
	digest, found := strings.CutPrefix(s, "sha512-")
	sum, err := base64.StdEncoding.Strict().DecodeString(digest)
	return found && err == nil && len(sum) == sha512.Size && base64.StdEncoding.EncodeToString(sum) == digest
}

func isSHA1(s string) bool {
	sum, err := hex.DecodeString(s)
	return err == nil && len(sum) == 20 && strings.ToLower(s) == s
}

// isRun reports whether a text can be the id of a run, as runners give it.
func isRun(s string) bool {
	return len(s) <= 200 && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:/", r))
	})
}

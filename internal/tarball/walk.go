package tarball

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/secret"
)

// Below the root folder.
const (
	manifestPath   = "package.json"
	shrinkwrapPath = "npm-shrinkwrap.json"
)

// A walker reads the archive once, from the first header to the end mark.
type walker struct {
	t        *Tarball
	opts     Options
	in       *stream
	search   *search
	names    *nameSet
	root     string // the root folder; "" until the first entry where any will do
	sum      hash.Hash
	blob     hash.Hash // nil: not asked for, of the file being read
	at       string    // path of the entry being read, for violations
	manifest []byte
	seen     bool // a regular package.json stands in the root folder
	readme   readmePick
	lookout  *lookout
	licences licencePick
	bundled  *bundledPick    // the package.json being read is that of a bundled package
	outside  map[string]bool // roots that were noted
}

// walk gathers the facts of t.Bytes. What it cannot read on is a violation too.
func walk(t *Tarball, opts Options, scanner *secret.Scanner) {
	w := &walker{t: t, opts: opts, names: newNameSet(), sum: sha256.New(), root: "package", outside: map[string]bool{}}
	if opts.AnyRoot {
		w.root = ""
	}
	packed, err := newGunzip(t.Bytes)
	if err != nil {
		w.note(err)
		return
	}
	w.in = newStream(packed)
	defer w.in.close()
	w.search = newSearch(scanner, w.in)
	w.lookout = newLookout(t)
	err = w.archive()
	w.t.Secrets, w.t.Unscanned = w.search.close()
	w.lookout.close()
	t.Readme, t.Licences = w.readme.text(), w.licences.texts()
	if err != nil {
		w.note(err)
		return
	}
	w.at = ""
	w.judgeManifest()
}

// note keeps a violation; only the first MaxViolations.
func (w *walker) note(err error) {
	var r *refusal
	if !errors.As(err, &r) {
		r = &refusal{Violation{Rule: RuleGzip, Text: err.Error()}} // not reached: every error of the pass is a refusal
	}
	v := r.Violation
	v.Path = w.at
	if len(w.t.Violations) < MaxViolations {
		w.t.Violations = append(w.t.Violations, v)
	}
}

// archive reads entries until the end mark. Its error is where reading had to
// stop, because what follows depends on the reader.
func (w *walker) archive() error {
	var h [block]byte
	var ext *pax
	for {
		w.at = ""
		if err := w.in.read(h[:]); err != nil {
			return cut(err, "the archive ends without its end mark")
		}
		if zeros(h[:]) {
			if ext != nil {
				return refuse(RulePax, "an extended header stands before no entry")
			}
			return w.end()
		}
		var d header
		var err error
		if long := isLongName(h[:]); !long {
			if d, err = parseHeader(h[:]); err != nil {
				return err
			}
		} else {
			d.kind = 'L'
		}
		if d.kind == 'x' || d.kind == 'L' {
			if ext != nil {
				return refuse(RulePax, "two extended headers follow each other")
			}
			if ext, err = w.extension(d, h[:]); err != nil {
				return err
			}
			continue
		}
		if err := w.entry(d, ext); err != nil {
			return err
		}
		ext = nil
	}
}

// cut turns the end of input into a refusal.
func cut(err error, text string) error {
	if errors.Is(err, io.EOF) {
		return refuse(RuleTrailing, "%s", text)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(RuleTrailing, "the archive is cut off in the middle of a block")
	}
	return err
}

// extension reads what says more about the next entry.
func (w *walker) extension(d header, h []byte) (*pax, error) {
	if d.kind == 'L' {
		return w.longName(h)
	}
	return w.pax(d)
}

func (w *walker) pax(d header) (*pax, error) {
	w.at = d.name // so that people see which file it is about
	if d.size > MaxPax {
		return nil, refuse(RuleLimit, "an extended header is larger than %d bytes", MaxPax)
	}
	b := make([]byte, d.size)
	if err := w.in.read(b); err != nil {
		return nil, cut(err, "the archive ends in an extended header")
	}
	if err := w.padding(d.size); err != nil {
		return nil, err
	}
	p, err := parsePax(b)
	return &p, err
}

// entry judges one file or folder and reads its content.
func (w *walker) entry(d header, ext *pax) error {
	name := d.name
	if ext != nil && ext.path != "" {
		name = ext.path
	}
	w.at = name
	if ext != nil && ext.long {
		if err := behindLongName(d, name); err != nil {
			return err
		}
	}
	if ext != nil && ext.size != "" && ext.size != fmt.Sprint(d.size) {
		return refuse(RulePax, "the extended header and the header differ about the size")
	}
	if err := checkKind(d); err != nil {
		return err
	}
	if len(w.t.Entries) == MaxEntries {
		return refuse(RuleLimit, "the archive has more than %d entries", MaxEntries)
	}
	if d.size > MaxUnpacked || w.t.Unpacked+d.size > MaxUnpacked {
		return refuse(RuleLimit, "the files are larger than %d bytes", int64(MaxUnpacked))
	}
	if d.kind == '1' || d.kind == '2' { // without content: reading can go on
		w.note(refuse(RuleLink, "the entry is a %s; npm drops it when it installs", kindName(d.kind)))
		return nil
	}
	dir := d.kind == '5'
	if !dir && strings.HasSuffix(name, "/") {
		return refuse(RulePath, "the path of a file ends with a slash; npm takes it for a folder and reads its content as headers")
	}
	w.judge(name, d, dir)
	if dir {
		return nil
	}
	w.t.Unpacked += d.size
	if err := w.content(d.size); err != nil {
		return err
	}
	return w.padding(d.size)
}

// judge notes the entry and what is wrong with its name and mode.
func (w *walker) judge(name string, d header, dir bool) {
	plain, err := checkName(name, dir)
	w.at = plain
	if err != nil {
		w.note(err)
	}
	first, _, inside := strings.Cut(plain, "/")
	if w.root == "" {
		w.root = first
	}
	if (first != w.root || !inside && !dir) && !w.outside[first] {
		w.outside[first] = true // once for each root: the rest of it is no news
		w.note(refuse(RuleRoot, "the entry lies outside the root folder %s/", clip(w.root)))
	}
	if err := w.names.add(plain, dir); err != nil {
		w.note(err)
	}
	if !dir && d.mode&0o7002 != 0 {
		w.note(refuse(RuleMode, "the file has mode %#o: setuid, setgid, sticky or writable by everyone", d.mode&0o7777))
	}
	w.t.Entries = append(w.t.Entries, Entry{Path: plain, Dir: dir, Size: d.size, Mode: d.mode})
}

// content reads the bytes of the entry noted last.
func (w *walker) content(size int64) error {
	e := &w.t.Entries[len(w.t.Entries)-1]
	w.sum.Reset()
	w.openBlob(e.Path, size)
	w.search.open(e.Path)
	w.lookout.open(e.Path)
	keep := w.keeper(e.Path, size)
	for left := size; left > 0; {
		p, err := w.in.next(left)
		if err != nil {
			return cut(err, "the archive ends in the middle of a file")
		}
		w.sum.Write(p)
		if w.blob != nil {
			w.blob.Write(p)
		}
		w.search.write(p, left == size, left == int64(len(p)))
		w.lookout.write(p)
		if keep != nil {
			keep(p)
		}
		left -= int64(len(p))
	}
	e.Binary = w.lookout.end()
	e.LFS = lfsPointer(w.lookout.head, size)
	e.SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	if w.blob != nil {
		e.Blob = hex.EncodeToString(w.blob.Sum(nil))
	}
	if w.bundled != nil {
		w.t.Bundled = append(w.t.Bundled, w.bundled.read())
		w.bundled = nil
	}
	return nil
}

// padding reads the zeros that fill the last block of n bytes.
func (w *walker) padding(n int64) error {
	var b [block]byte
	p := b[:blockPad(n)]
	if err := w.in.read(p); err != nil {
		return cut(err, "the archive ends in the padding of a file")
	}
	if !zeros(p) {
		w.note(refuse(RuleHeader, "bytes other than zero fill the last block of the entry"))
	}
	return nil
}

// end reads what follows the first zero block: exactly one more.
func (w *walker) end() error {
	var total int64 = block
	plain := true
	for {
		p, err := w.in.next(1 << 62)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		total += int64(len(p))
		if !zeros(p) {
			plain = false
		}
	}
	switch {
	case !plain:
		return refuse(RuleTrailing, "data follows the end mark of the archive")
	case total < 2*block:
		return refuse(RuleTrailing, "the archive ends with one zero block, not with two")
	case total > 2*block: // as tar(1) pads; every reader has stopped by then
		w.note(refuse(RuleTrailing, "the archive ends with %d zero bytes, not with %d", total, 2*block))
	}
	return nil
}

package tarball

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/secret"
)

// Paths below the root directory.
const (
	manifestPath   = "package.json"
	shrinkwrapPath = "npm-shrinkwrap.json"
)

// A walker reads the archive once, from the first header to the end mark.
type walker struct {
	t            *Tarball
	opts         Options
	stream       *stream
	secrets      *secretSearch
	names        *nameSet
	root         string    // the root directory; "" until the first entry if any name is accepted
	digest       hash.Hash // of the file being read; nil: not wanted
	blob         hash.Hash // git's object ID of the file being read; nil: not wanted
	entryPath    string    // of the entry being read, for violations
	manifest     []byte
	hasManifest  bool // there is a regular package.json in the root directory
	readme       readmeKeeper
	shown        shownKeeper
	inspector    *inspector
	programs     *programReader // nil: not asked for
	licences     licenceKeeper
	bundled      *bundledManifest // nil unless the file being read is the package.json of a bundled package
	outsideRoots map[string]bool  // other root directories that were reported
}

// walk gathers the facts of t.Bytes. If it has to stop, that is a violation too.
func walk(t *Tarball, opts Options, scanner *secret.Scanner) {
	w := &walker{t: t, opts: opts, names: newNameSet(), root: "package", outsideRoots: map[string]bool{}}
	if opts.AnyRoot {
		w.root = ""
	}
	packed, err := newGunzip(t.Bytes)
	if err != nil {
		w.addViolation(err)
		return
	}
	w.stream = newStream(packed, opts.Done)
	defer w.stream.close()
	w.secrets = newSecretSearch(scanner, w.stream)
	w.inspector = newInspector(t)
	w.programs = newProgramReader(opts.Programs)
	err = w.archive()
	w.t.Secrets, w.t.Unscanned = w.secrets.close()
	w.inspector.close()
	t.Programs = w.programs.close()
	t.Readme, t.Licences = w.readme.text(), w.licences.texts()
	t.Shown, t.Authors = w.shown.readme.text(), w.shown.authors.text()
	if err != nil {
		w.addViolation(err)
		return
	}
	w.entryPath = ""
	w.parseManifest()
}

// addViolation keeps a violation, up to MaxViolations.
func (w *walker) addViolation(err error) {
	var r *refusal
	if !errors.As(err, &r) {
		r = &refusal{Violation{Rule: RuleGzip, Text: err.Error()}} // not reached: every error is a refusal
	}
	v := r.Violation
	v.Path = w.entryPath
	if len(w.t.Violations) < MaxViolations {
		w.t.Violations = append(w.t.Violations, v)
	}
}

// archive reads entries until the end mark. It returns an error where reading must
// stop, because readers differ about what follows.
func (w *walker) archive() error {
	var h [block]byte
	var ext *pax
	for {
		w.entryPath = ""
		if err := w.stream.read(h[:]); err != nil {
			return refuseCut(err, "the archive ends without its end mark")
		}
		if isZeros(h[:]) {
			if ext != nil {
				return refuse(RulePax, "an extended header stands before no entry")
			}
			return w.endMark()
		}
		var d header
		var err error
		if long := isLongName(h[:]); !long {
			if d, err = parseHeader(h[:]); err != nil {
				return err
			}
		} else {
			d.entryType = 'L'
		}
		if d.entryType == 'x' || d.entryType == 'L' {
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

// refuseCut turns the end of the input into a refusal.
func refuseCut(err error, text string) error {
	if errors.Is(err, io.EOF) {
		return refuse(RuleTrailing, "%s", text)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(RuleTrailing, "the archive is cut off in the middle of a block")
	}
	return err
}

// extension reads a header that extends the next entry's.
func (w *walker) extension(d header, h []byte) (*pax, error) {
	if d.entryType == 'L' {
		return w.longName(h)
	}
	return w.pax(d)
}

// pax reads an extended header.
func (w *walker) pax(d header) (*pax, error) {
	w.entryPath = d.name // for people: the file that the header is about
	if d.size > MaxPax {
		return nil, refuse(RuleLimit, "an extended header is larger than %d bytes", MaxPax)
	}
	b := make([]byte, d.size)
	if err := w.stream.read(b); err != nil {
		return nil, refuseCut(err, "the archive ends in an extended header")
	}
	if err := w.padding(d.size); err != nil {
		return nil, err
	}
	p, err := parsePax(b)
	return &p, err
}

// entry judges one file or directory and reads its content.
func (w *walker) entry(d header, ext *pax) error {
	name := d.name
	if ext != nil && ext.path != "" {
		name = ext.path
	}
	w.entryPath = name
	if ext != nil && ext.long {
		if err := checkBehindLongName(d, name); err != nil {
			return err
		}
	}
	if ext != nil && ext.size != "" && ext.size != fmt.Sprint(d.size) {
		return refuse(RulePax, "the extended header and the header differ about the size")
	}
	if err := checkEntryType(d); err != nil {
		return err
	}
	if len(w.t.Entries) == MaxEntries {
		return refuse(RuleLimit, "the archive has more than %d entries", MaxEntries)
	}
	if d.size > MaxUnpacked || w.t.Unpacked+d.size > MaxUnpacked {
		return refuse(RuleLimit, "the files are larger than %d bytes", int64(MaxUnpacked))
	}
	if d.entryType == '1' || d.entryType == '2' { // it has no content, so reading can go on
		w.addViolation(refuse(RuleLink, "the entry is a %s; npm drops it when it installs", entryTypeName(d.entryType)))
		return nil
	}
	dir := d.entryType == '5'
	if !dir && strings.HasSuffix(name, "/") {
		return refuse(RulePath, "the path of a file ends with a slash; npm takes it for a folder and reads its content as headers")
	}
	w.addEntry(name, d, dir)
	if dir {
		return nil
	}
	w.t.Unpacked += d.size
	if err := w.content(d.size); err != nil {
		return err
	}
	return w.padding(d.size)
}

// addEntry adds the entry and judges its name and mode.
func (w *walker) addEntry(name string, d header, dir bool) {
	plain, err := checkName(name, dir)
	w.entryPath = plain
	if err != nil {
		w.addViolation(err)
	}
	first, _, inside := strings.Cut(plain, "/")
	if w.root == "" {
		w.root = first
	}
	if (first != w.root || !inside && !dir) && !w.outsideRoots[first] {
		w.outsideRoots[first] = true // one violation for each root
		w.addViolation(refuse(RuleRoot, "the entry lies outside the root folder %s/", clip(w.root)))
	}
	if err := w.names.add(plain, dir); err != nil {
		w.addViolation(err)
	}
	if !dir && d.mode&0o7002 != 0 {
		w.addViolation(refuse(RuleMode, "the file has mode %#o: setuid, setgid, sticky or writable by everyone", d.mode&0o7777))
	}
	w.t.Entries = append(w.t.Entries, Entry{Path: plain, Dir: dir, Size: d.size, Mode: d.mode})
}

// content reads the bytes of the entry that was added last.
func (w *walker) content(size int64) error {
	e := &w.t.Entries[len(w.t.Entries)-1]
	w.startDigests(e.Path, size)
	w.secrets.open(e.Path)
	w.inspector.open(e.Path)
	w.programs.begin(e.Path, size)
	keep := w.sinkFor(e.Path, size)
	var watch func([]byte)
	if w.opts.Watch != nil {
		watch = w.opts.Watch(e.Path)
	}
	for left := size; left > 0; {
		p, err := w.stream.next(left)
		if err != nil {
			return refuseCut(err, "the archive ends in the middle of a file")
		}
		if w.digest != nil {
			w.digest.Write(p)
		}
		if w.blob != nil {
			w.blob.Write(p)
		}
		w.secrets.write(p, left == size, left == int64(len(p)))
		w.inspector.write(p)
		w.programs.write(p)
		if keep != nil {
			keep(p)
		}
		if watch != nil {
			watch(p)
		}
		left -= int64(len(p))
	}
	e.Binary = w.inspector.end()
	w.programs.end()
	e.LFS = lfsPointer(w.inspector.head, size)
	if w.digest != nil {
		e.SHA256 = hex.EncodeToString(w.digest.Sum(nil))
	}
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
	if err := w.stream.read(p); err != nil {
		return refuseCut(err, "the archive ends in the padding of a file")
	}
	if !isZeros(p) {
		w.addViolation(refuse(RuleHeader, "bytes other than zero fill the last block of the entry"))
	}
	return nil
}

// endMark reads what follows the first zero block: exactly one more.
func (w *walker) endMark() error {
	var total int64 = block
	plain := true
	for {
		p, err := w.stream.next(1 << 62)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		total += int64(len(p))
		if !isZeros(p) {
			plain = false
		}
	}
	switch {
	case !plain:
		return refuse(RuleTrailing, "data follows the end mark of the archive")
	case total < 2*block:
		return refuse(RuleTrailing, "the archive ends with one zero block, not with two")
	case total > 2*block: // as tar(1) pads; every reader has stopped by then
		w.addViolation(refuse(RuleTrailing, "the archive ends with %d zero bytes, not with %d", total, 2*block))
	}
	return nil
}

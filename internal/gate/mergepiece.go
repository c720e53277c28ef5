package gate

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A piece is the evidence of one package.
type piece struct {
	from     string // its folder
	shown    string // that folder for people
	dir      string // of the package in its workspace; "": it is not known
	folder   string // that it is merged into
	tarball  string // the name of the tarball's copy; "": there is none
	document *report.Document
	verdict  string // digest of verdict.json
	ended    string // digest of run.json
}

func (x *piece) name() string { return x.document.Package.Name }

// same reports whether two pieces are copies of one.
func (x *piece) same(y *piece) bool {
	return x.name() == y.name() && x.verdict == y.verdict && x.ended == y.ended && x.tarball == y.tarball
}

// readPiece reads what a folder of evidence says: of one package, or, where merged
// is not nil, of several.
func readPiece(folder, shown string) (x *piece, merged *report.Merged, err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, nil, disk.Cause(err)
	}
	defer root.Close()
	verdict, err := readEvidence(root, verdictFile)
	if err != nil {
		return nil, nil, err
	}
	run, err := readEvidence(root, runFile)
	if err != nil {
		return nil, nil, err
	}
	sum := hexSHA256(verdict)
	if merged, err = report.ReadMerged(verdict, run, sum); err == nil || !errors.Is(err, report.ErrSeveral) {
		return nil, merged, err
	}
	x = &piece{from: folder, shown: shown, verdict: sum, ended: hexSHA256(run)}
	if x.document, err = report.ReadEvidence(verdict, run, sum); err != nil {
		return nil, nil, err
	}
	x.folder = evidenceFolder(lockfile.WorkspaceMember{Folder: filepath.Base(folder), Manifest: &npm.Manifest{Name: x.name()}})
	if !oneElement(x.folder) {
		return nil, nil, errors.New("neither its package nor its folder has a name that can be a folder's")
	}
	return x, nil, x.readSums(root)
}

// readEvidence reads a file of a folder of evidence. One that is not there is told
// of as what it means.
func readEvidence(root *os.Root, name string) ([]byte, error) {
	data, err := disk.Read(root, name, report.MaxEvidence)
	gone := errors.Is(err, fs.ErrNotExist)
	switch {
	case gone && name == runFile:
		return nil, errors.New("there is no run.json: the run was killed before it ended, or the evidence is not whole")
	case gone:
		return nil, fmt.Errorf("there is no %s: the evidence is not whole", name)
	}
	return data, err
}

// readSums finds the tarball's copy, and holds the lists of checksums against the
// verdict.
func (x *piece) readSums(root *os.Root) error {
	t := x.document.Tarball
	if t == nil {
		return nil
	}
	for _, list := range []struct{ file, want string }{{sums256File, t.SHA256}, {sums512File, t.SHA512}} {
		data, err := readEvidence(root, list.file)
		if err != nil {
			return err
		}
		digest, name, _ := strings.Cut(strings.TrimSuffix(string(data), "\n"), "  ")
		if !oneElement(name) || !strings.HasSuffix(name, ".tgz") && !strings.HasSuffix(name, ".tar.gz") || x.tarball != "" && x.tarball != name {
			return fmt.Errorf("%s is no list of one tarball", list.file)
		}
		if digest != list.want || !bytes.Equal(data, tarball.Sums([]tarball.Sum{{Hex: list.want, Name: name}})) {
			return fmt.Errorf("%s has another checksum of %s than verdict.json: the verdict is of other bytes", list.file, name)
		}
		x.tarball = name
	}
	return nil
}

// agrees holds the evidence against what a verdict on several packages says of it.
func (x *piece) agrees(row report.MergedMember) error {
	p, sha512 := x.document.Package, ""
	if x.document.Tarball != nil && x.tarball != "" {
		sha512 = x.document.Tarball.SHA512
	}
	switch {
	case p.Name != row.Name || p.Version != row.Version:
		return fmt.Errorf("it is of %.100s %.100s, and the verdict beside it says %.100s %.100s", p.Name, p.Version, row.Name, row.Version)
	case row.Verdict != x.verdict || row.SHA512 != sha512:
		return errors.New("the verdict beside it names other bytes than are here")
	case row.Result != "pass" && x.document.Ending().String() == "pass":
		return fmt.Errorf("it passed, and the verdict beside it says %.20s", row.Result)
	}
	return nil
}

// copyTo copies the files of the evidence to their folder in the merged one, and
// holds the bytes of the tarball and of the verdict against their digests. With an
// error nothing of it is left there.
func (x *piece) copyTo(out string) error {
	root, err := os.OpenRoot(x.from)
	if err != nil {
		return disk.Cause(err)
	}
	defer root.Close()
	entries, err := os.ReadDir(x.from)
	if err != nil {
		return disk.Cause(err)
	}
	to, err := disk.Create(filepath.Join(out, x.folder))
	if err != nil {
		return err
	}
	defer to.Close()
	err = keepOut(to)
	var copied []string
	for _, e := range entries {
		name := e.Name()
		if name != x.tarball && !slices.Contains(fixedEvidence, name) && name != publish.ReceiptFile && !strings.HasSuffix(name, bundleSuffix) {
			continue
		}
		if err == nil {
			err = x.copyFile(root, to, name)
		}
		copied = append(copied, name)
	}
	if x.tarball != "" && !slices.Contains(copied, x.tarball) && err == nil {
		err = fmt.Errorf("there is no %s, the tarball: the evidence is not whole", x.tarball)
	}
	if err != nil {
		for _, name := range copied {
			err = errors.Join(err, to.Remove(name))
		}
	}
	return err
}

func (x *piece) copyFile(root *os.Root, to *disk.Folder, name string) error {
	from, info, err := disk.Open(root, name)
	if err != nil {
		return err
	}
	defer from.Close()
	limit := int64(report.MaxEvidence)
	if name == x.tarball {
		limit = tarball.MaxPacked
	}
	if info.Size() > limit {
		return fmt.Errorf("%s: larger than %d bytes", name, limit)
	}
	sum256, sum512 := sha256.New(), sha512.New()
	err = to.WriteWith(name, func(f *os.File) error {
		_, err := io.Copy(io.MultiWriter(f, sum256, sum512), io.LimitReader(from, limit))
		return err
	})
	if err != nil {
		return err
	}
	is256, is512 := hex.EncodeToString(sum256.Sum(nil)), hex.EncodeToString(sum512.Sum(nil))
	switch t := x.document.Tarball; {
	case name == x.tarball && (is256 != t.SHA256 || is512 != t.SHA512):
		return fmt.Errorf("the verdict is not of the bytes of %s: its checksums are others", name)
	case name == verdictFile && is256 != x.verdict, name == runFile && is256 != x.ended:
		return fmt.Errorf("%s changed while it was read", name)
	}
	return nil
}

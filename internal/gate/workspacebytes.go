package gate

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pack"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/workspace"
)

// folder returns a member's directory, ready to be packed.
func (p *planner) folder(i int) (pack.Folder, error) {
	at := p.place
	at.dir = path.Join(p.place.dir, p.members[i].Folder)
	f, err := at.folder(Where{}, p.members[i].Manifest)
	if len(p.root.Workspaces) > 0 && !p.place.exists(p.place.in("pnpm-workspace.yaml")) && p.members[i].Folder != "." {
		f.Within = p.place.dir
	}
	return f, err
}

// size returns how many bytes a member's tarball holds.
func (p *planner) size(ctx context.Context, i int) (int64, error) {
	if p.given[i] != nil {
		in, err := unpack(p.given[i])
		return in.bytes, err
	}
	f, err := p.folder(i)
	if err != nil {
		return 0, err
	}
	_, size, err := pack.Size(ctx, f)
	if err != nil {
		err = fmt.Errorf("%s: %w", display.Text(p.members[i].Folder), err)
	}
	return size, err
}

// packed returns a member's tarball.
func (p *planner) packed(ctx context.Context, i int) ([]byte, error) {
	if p.given[i] != nil {
		return p.given[i], nil
	}
	f, err := p.folder(i)
	if err != nil {
		return nil, err
	}
	data, err := pack.Pack(ctx, f)
	if err != nil {
		err = fmt.Errorf("pack %s: %w", display.Text(p.members[i].Folder), err)
	}
	return data, err
}

// same reports whether what a registry has under a member's version is what would
// be packed, and if not, what differs, escaped. fetch reads the registry's
// tarball; it is read only if neither the digest nor the size tells.
//
// Two tools make different archives of the same files, so files are compared, and
// not archives.
func (p *planner) same(ctx context.Context, i int, has registry.Info, fetch func() ([]byte, error)) (bool, string, error) {
	data, err := p.packed(ctx, i)
	if err != nil {
		return false, "", err
	}
	if digested(data, has) {
		return true, "", nil
	}
	ours, err := unpack(data)
	if err != nil {
		return false, "", fmt.Errorf("%s: %w", display.Text(p.members[i].Folder), err)
	}
	asIs := p.plain || p.given[i] != nil
	if asIs && has.Files > 0 && has.Unpacked > 0 && (has.Files != int64(len(ours.files)) || has.Unpacked != ours.bytes) {
		return false, fmt.Sprintf("%d files with %d bytes there, %d with %d here", has.Files, has.Unpacked, len(ours.files), ours.bytes), nil
	}
	data, err = fetch()
	if err != nil {
		return false, "", err
	}
	theirs, err := unpack(data)
	if err != nil {
		return false, "", fmt.Errorf("the registry's tarball of %s@%s: %w", has.Name, has.Version, err)
	}
	if !asIs {
		p.assimilate(i, ours, theirs)
	}
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(ours.files)) {
		if theirs.files[name] != ours.files[name] {
			differ = append(differ, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(theirs.files)) {
		if _, here := ours.files[name]; !here {
			differ = append(differ, name)
		}
	}
	if len(differ) == 0 {
		return true, "the same files, packed by another tool", nil
	}
	return false, fmt.Sprintf("%d files differ, such as %s", len(differ), display.Text(display.Cut(differ[0], 100))), nil
}

// assimilate takes for the same what pnpm, yarn and bun change as they pack: in
// package.json, and the licence of the workspace that they add.
func (p *planner) assimilate(i int, ours, theirs *unpacked) {
	if workspace.PackedAs(p.members, i, theirs.manifest) {
		theirs.files["package.json"] = ours.files["package.json"]
	}
	for name, sum := range theirs.files {
		if _, here := ours.files[name]; here || strings.Contains(name, "/") || !strings.HasPrefix(strings.ToLower(name), "licen") {
			continue
		}
		if data, err := disk.Read(p.place.root, p.place.in(name), npm.MaxManifest); err == nil && sha256.Sum256(data) == sum.digest {
			delete(theirs.files, name)
		}
	}
}

// digested reports whether a registry's digest is that of data.
func digested(data []byte, has registry.Info) bool {
	sum := sha512.Sum512(data)
	ours, told := base64.StdEncoding.EncodeToString(sum[:]), false
	for token := range strings.FieldsSeq(has.Integrity) {
		digest, is := strings.CutPrefix(token, "sha512-")
		digest, _, _ = strings.Cut(digest, "?")
		if told = told || is; is && digest != ours {
			return false
		}
	}
	short := sha1.Sum(data)
	return told || has.Shasum != "" && has.Shasum == hex.EncodeToString(short[:])
}

// unpacked is what a tarball holds.
type unpacked struct {
	files    map[string]content // by path in the package
	manifest []byte
	bytes    int64
}

// A content is one file.
type content struct {
	digest [sha256.Size]byte
	runs   bool // it may be executed
}

// unpack reads a tarball's files. Of two with one path the last counts, as when it
// is installed.
func unpack(data []byte) (*unpacked, error) {
	in := &unpacked{files: map[string]content{}}
	stream, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return in, fmt.Errorf("the tarball is not compressed as one: %w", err)
	}
	archive := tar.NewReader(io.LimitReader(stream, tarball.MaxUnpacked))
	for n := 0; ; n++ {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return in, nil
		case err != nil:
			return in, fmt.Errorf("read the tarball: %w", err)
		case n > tarball.MaxEntries:
			return in, fmt.Errorf("the tarball holds more than %d entries", tarball.MaxEntries)
		}
		_, name, below := strings.Cut(strings.TrimPrefix(h.Name, "./"), "/")
		if !below || h.Typeflag == tar.TypeDir {
			continue
		}
		c := content{runs: h.Mode&0o100 != 0}
		if h.Typeflag == tar.TypeLink { // npm packs a file with two names so
			_, to, _ := strings.Cut(h.Linkname, "/")
			c.digest = in.files[to].digest
			in.files[name] = c
			continue
		}
		sum := sha256.New()
		var kept bytes.Buffer
		to := io.Writer(sum)
		if name == "package.json" {
			to = io.MultiWriter(sum, &kept)
		}
		size, err := io.Copy(to, io.LimitReader(archive, tarball.MaxUnpacked))
		if err != nil {
			return in, fmt.Errorf("read the tarball: %w", err)
		}
		c.digest = [sha256.Size]byte(sum.Sum(nil))
		if in.files[name] = c; name == "package.json" {
			in.manifest = kept.Bytes()
		}
		in.bytes += size
	}
}

// fetchFrom returns what reads the tarball of a version.
func fetchFrom(ctx context.Context, client *registry.Client, has registry.Info) func() ([]byte, error) {
	return func() ([]byte, error) { return client.Tarball(ctx, has, tarball.MaxPacked) }
}

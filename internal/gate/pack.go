package gate

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pack"
)

// Pack writes the tarball that npm pack would make of the package in c.Dir. It
// writes to file, to w if file is "-", or under the name that npm would choose if
// file is "". It returns the name of the file and notes for the user.
func Pack(ctx context.Context, c Where, w io.Writer, file string) (name string, notes []string, err error) {
	p, m, f, err := packable(c)
	defer p.close()
	if err != nil {
		return "", nil, err
	}
	data, err := pack.Pack(ctx, f)
	if err != nil {
		return "", nil, fmt.Errorf("pack the folder: %w", err)
	}
	if unrun := check.UnrunScripts(m); len(unrun) > 0 {
		notes = append(notes, fmt.Sprintf("not run: the scripts %s of package.json", strings.Join(unrun, ", ")))
	}
	name = pack.Name(m.Name, m.Version)
	if p.exists(p.in(name)) {
		notes = append(notes, display.Text(name)+" stands in the folder and is packed with it, unless `files` or an ignore file leave it out")
	}
	if file == "-" {
		_, err = w.Write(data)
		return "", notes, err
	}
	if file == "" {
		file = name
	}
	folder, err := disk.Create(filepath.Dir(file))
	if err != nil {
		return "", notes, err
	}
	defer folder.Close()
	return file, notes, folder.Write(filepath.Base(file), data)
}

// PackList writes the paths that npm pack would pack, one on a line, in the order
// of the tarball.
func PackList(ctx context.Context, c Where, w io.Writer) error {
	p, _, f, err := packable(c)
	defer p.close()
	if err != nil {
		return err
	}
	paths, err := pack.List(ctx, f)
	if err != nil {
		return fmt.Errorf("pack the folder: %w", err)
	}
	var b strings.Builder
	for _, name := range paths {
		b.WriteString(display.Text(name) + "\n")
	}
	_, err = io.WriteString(w, b.String())
	return err
}

func packable(c Where) (p place, m *npm.Manifest, f pack.Folder, err error) {
	if p, err = findPlace(c.Dir); err != nil {
		return p, nil, f, err
	}
	if m, err = readManifest(p); err != nil {
		return p, nil, f, err
	}
	f, err = p.folder(c, m)
	return p, m, f, err
}

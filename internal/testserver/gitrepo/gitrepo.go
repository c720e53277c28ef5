// Package gitrepo writes small git repositories, object by object, so that
// tests need no git on the machine. It is used by tests only.
package gitrepo

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Date is when every commit is made: 2026-01-02T03:04:05Z.
const Date = 1767323045

// A Repo is a repository that is being written.
type Repo struct {
	Git  string // its .git folder
	Head string // the last commit; "" none

	SHA256 bool // names are of that kind; to be set before the first commit
}

// Init makes an empty repository on the branch main, in the folder .git of dir.
// One that is there already is gone on with.
func Init(dir string) (*Repo, error) {
	r := &Repo{Git: filepath.Join(dir, ".git")}
	if head, err := os.ReadFile(filepath.Join(r.Git, "refs/heads/main")); err == nil {
		r.Head = strings.TrimSpace(string(head))
		r.SHA256 = len(r.Head) == 64
		return r, nil
	}
	for _, folder := range []string{"objects/pack", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(r.Git, folder), 0o755); err != nil {
			return nil, err
		}
	}
	return r, r.Write("HEAD", "ref: refs/heads/main\n")
}

// Write writes a file of the .git folder.
func (r *Repo) Write(name, text string) error {
	path := filepath.Join(r.Git, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// Object writes an object of a type (blob, tree, commit, tag) and returns its
// name.
func (r *Repo) Object(kind string, data []byte) (string, error) {
	id, packed := Loose(kind, data)
	if r.SHA256 {
		sum := sha256.Sum256(full(kind, data))
		id = hex.EncodeToString(sum[:])
	}
	path := filepath.Join(r.Git, "objects", id[:2], id[2:])
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return id, os.WriteFile(path, packed, 0o644)
}

// full is what an object's name is computed of.
func full(kind string, data []byte) []byte {
	return append(fmt.Appendf(nil, "%s %d\x00", kind, len(data)), data...)
}

// Loose returns an object's name and the bytes of its file.
func Loose(kind string, data []byte) (string, []byte) {
	full := full(kind, data)
	sum := sha1.Sum(full)
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(full) // to memory
	_ = z.Close()
	return hex.EncodeToString(sum[:]), b.Bytes()
}

// Commit makes a commit of exactly these files, path to content, on main and
// returns its name. A content that begins with "link:" makes a symbolic link, one
// with "module:" the commit of a submodule.
func (r *Repo) Commit(files map[string]string) (string, error) {
	tree, err := r.Tree(files)
	if err != nil {
		return "", err
	}
	text := "tree " + tree + "\n"
	if r.Head != "" {
		text += "parent " + r.Head + "\n"
	}
	who := fmt.Sprintf("A <a@example.com> %d +0100\n", Date)
	text += "author " + who + "committer " + who + "\na commit\n"
	if r.Head, err = r.Object("commit", []byte(text)); err != nil {
		return "", err
	}
	return r.Head, r.Write("refs/heads/main", r.Head+"\n")
}

// Tag makes an annotated tag of a commit.
func (r *Repo) Tag(name, commit string) error {
	text := fmt.Sprintf("object %s\ntype commit\ntag %s\ntagger A <a@example.com> %d +0000\n\na tag\n", commit, name, Date)
	id, err := r.Object("tag", []byte(text))
	if err != nil {
		return err
	}
	return r.Write("refs/tags/"+name, id+"\n")
}

// Tree writes the files, and the folders they are in, and returns the name of
// the topmost.
func (r *Repo) Tree(files map[string]string) (string, error) {
	below := map[string]map[string]string{}
	lines := map[string]string{} // name, as git sorts it → line
	for path, content := range files {
		if name, rest, found := strings.Cut(path, "/"); found {
			if below[name] == nil {
				below[name] = map[string]string{}
			}
			below[name][rest] = content
			continue
		}
		mode, id := "100644", ""
		if commit, ok := strings.CutPrefix(content, "module:"); ok {
			mode, id = "160000", commit
		} else {
			if target, ok := strings.CutPrefix(content, "link:"); ok {
				mode, content = "120000", target
			}
			var err error
			if id, err = r.Object("blob", []byte(content)); err != nil {
				return "", err
			}
		}
		lines[path] = Line(mode, path, id)
	}
	for name, files := range below {
		id, err := r.Tree(files)
		if err != nil {
			return "", err
		}
		lines[name+"/"] = Line("40000", name, id)
	}
	names := make([]string, 0, len(lines))
	for name := range lines {
		names = append(names, name)
	}
	slices.Sort(names)
	var data strings.Builder
	for _, name := range names {
		data.WriteString(lines[name])
	}
	return r.Object("tree", []byte(data.String()))
}

// Line is one line of a tree.
func Line(mode, name, id string) string {
	raw, _ := hex.DecodeString(id)
	return mode + " " + name + "\x00" + string(raw)
}

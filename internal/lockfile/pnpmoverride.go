package lockfile

import (
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// overridden reports whether an override of the lockfile sets the dependency of
// a name; to rng, unless that is empty.
func (r *pnpmReader) overridden(name, rng string) bool {
	for k, v := range r.section("overrides").Members() {
		target := k.Shared()
		if i := strings.LastIndexByte(target, '>'); i >= 0 && i+1 < len(target) && target[i+1] != '=' && (i == 0 || target[i-1] != '@') {
			target = target[i+1:]
		}
		if i := strings.IndexByte(target[min(1, len(target)):], '@'); i >= 0 {
			target = target[:i+1]
		}
		if target == name && (rng == "" || v.Text() == rng) {
			return true
		}
	}
	return false
}

// recordOverrides lists the overrides of the lockfile, wherever they were set.
func (r *pnpmReader) recordOverrides() {
	for k, v := range r.section("overrides").Members() {
		line, column := k.Position()
		r.graph.Overrides = append(r.graph.Overrides, npm.Override{Path: k.Text(), Field: "pnpm.overrides", Name: npm.OverriddenName(k.Text()),
			Range: v.Text(), File: r.in.File, Line: line, Column: column})
	}
}

// compareOverrides notes overrides of the lockfile that differ from those of
// the project: an override excuses a copy that package.json does not ask for.
// pnpm install --frozen-lockfile refuses such a lockfile. Nothing is compared
// if a hook or a config dependency may set overrides.
func (r *pnpmReader) compareOverrides() {
	m := r.in.owner()
	if r.in.Checkout == nil || m == nil || r.in.Checkout.belowWorkspace() {
		return
	}
	doc, file, err := r.settingsFile()
	if err != nil || file == "" && r.in.Checkout.has("pnpm-workspace.yaml") || r.hooked(doc) {
		return
	}
	manifest, err := strict.Parse(m.Raw)
	if err != nil {
		return
	}
	own := manifest.Get("pnpm")
	set := map[string]strict.Value{} // the later win
	for _, field := range []strict.Value{manifest.Get("resolutions"), own.Get("overrides"), doc.Get("overrides")} {
		for k, v := range field.Members() {
			set[k.Text()] = v
		}
	}
	locked := r.section("overrides")
	for k, v := range locked.Members() {
		switch want, ok := set[k.Text()]; {
		case !ok:
			r.note(npm.NoteLockMismatch, k, "%s was made with an override of %s, which the project does not set", r.in.File, clip(k.Text()))
		case plainOverride(want.Text()) && want.Text() != v.Text():
			r.note(npm.NoteLockMismatch, k, "%s was made with an override of %s to %s, the project sets %s", r.in.File,
				clip(k.Text()), clip(v.Text()), clip(want.Text()))
		}
	}
	// pnpm 11 ignores those of package.json.
	for k := range doc.Get("overrides").Members() {
		if !locked.Get(k.Text()).Exists() && !statedBy(m).readsManifestAlone() {
			line, column := k.Position()
			r.graph.Notes = append(r.graph.Notes, npm.Note{Kind: npm.NoteLockMismatch, File: file, Line: line, Column: column,
				Text: file + " sets an override of " + clip(k.Text()) + ", which " + r.in.File + " was not made with"})
		}
	}
}

// plainOverride reports whether pnpm writes an override into the lockfile
// unchanged.
func plainOverride(text string) bool {
	return text != "" && !strings.HasPrefix(text, "$") && !strings.Contains(text, ":")
}

// hooked reports whether something else than package.json and
// pnpm-workspace.yaml may set overrides: a pnpmfile or a config dependency.
func (r *pnpmReader) hooked(settings strict.Value) bool {
	for _, key := range []string{"configDependencies", "pnpmfile", "globalPnpmfile"} {
		if settings.Get(key).Exists() {
			return true
		}
	}
	if r.section("pnpmfileChecksum").Exists() {
		return true
	}
	return slices.ContainsFunc([]string{".pnpmfile.cjs", ".pnpmfile.mjs", "pnpmfile.js"}, r.in.Checkout.has)
}

// has reports whether a file of a name is beside the lockfile.
func (c *Checkout) has(name string) bool {
	_, err := c.root.Lstat(path.Join(c.folder, name))
	return err == nil
}

// belowWorkspace reports whether the lockfile is that of a member whose
// settings are further up (pnpm's shared-workspace-lockfile=false).
func (c *Checkout) belowWorkspace() bool {
	for folder := c.folder; folder != "."; {
		folder = path.Dir(folder)
		if _, err := c.root.Lstat(path.Join(folder, "pnpm-workspace.yaml")); err == nil {
			return true
		}
	}
	return false
}

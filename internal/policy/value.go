package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/npm"
)

// value reads the value of a key. ok is false when the value is a mistake,
// which is then recorded.
func (r *reader) value(k *key, n *yaml.Node) (v value, ok bool) {
	var err error
	switch k.kind {
	case kindList:
		v.list, ok = r.list(k.path, n)
		return v, ok
	case kindAddresses:
		if v.list, ok = r.list(k.path, n); ok {
			v.list, err = addresses(v.list)
		}
	case kindBuilders:
		if v.list, ok = r.list(k.path, n); ok {
			v.list, err = builders(v.list)
		}
	case kindRefs:
		return r.each(k, n, refPattern)
	case kindPatterns:
		return r.each(k, n, filePattern)
	case kindWords:
		return r.each(k, n, func(s string) error { return oneOf(s, k.words) })
	case kindLicenseNames:
		v.list, ok = r.licenseNames(k.path, n)
		return v, ok
	case kindLicenses:
		v.licenses, ok = r.licenses(k.path, n)
		return v, ok
	case kindListOrNone, kindHosts:
		if n.Kind == yaml.ScalarNode && n.Value == "none" {
			v.list = []string{}
			return v, true
		}
		if k.kind == kindHosts {
			return r.each(k, n, hostPattern)
		}
		v.list, ok = r.list(k.path, n)
		return v, ok
	case kindPeople:
		v.list, ok = r.people(k.path, n)
		return v, ok
	case kindNames:
		return r.each(k, n, namePattern)
	case kindSources:
		return r.each(k, n, attestedPattern)
	case kindScripts:
		return r.each(k, n, scriptEntry)
	case kindVersions:
		return r.each(k, n, versionPattern)
	case kindChanges:
		v.changes, ok = r.changes(k.path, n)
		return v, ok
	case kindScans:
		v.scans, ok = r.scans(k.path, n)
		return v, ok
	case kindVSA:
		v.vsa, ok = r.sourceVSA(k.path, n)
		return v, ok
	case kindSecrets:
		v.list, v.secrets, ok = r.allowedSecrets(k.path, n)
		return v, ok
	default:
		if v.text, ok = r.scalar(k.path, n, tags(k.kind)...); ok {
			err = v.parse(k)
		}
	}
	if ok && err != nil {
		r.mistake(n, fmt.Sprintf("%s: %v", k.path, err), "")
		return v, false
	}
	return v, ok
}

// tags returns the YAML types besides strings that a kind accepts, so that
// 2026-12-31 and 1 need no quotes.
func tags(k kind) []string {
	switch k {
	case kindWord, kindRange, kindNumber:
		return []string{"!!int", "!!float"}
	case kindFlag:
		return []string{"!!bool"}
	case kindDate:
		return []string{"!!timestamp"}
	}
	return nil
}

// scalar reads one value that is a string or has one of the other YAML types.
func (r *reader) scalar(what string, n *yaml.Node, types ...string) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode || isNull(n):
		r.mistake(n, fmt.Sprintf("%s: one value expected, found %s", what, form(n)), "")
		return "", false
	case n.Tag != "!!str" && !slices.Contains(types, n.Tag):
		r.mistake(n, fmt.Sprintf("%s: text expected, found %s", what, form(n)), "if it is meant, put it in quotes")
		return "", false
	}
	return n.Value, true
}

// list reads a list of strings. A single string is refused: a tool that splits
// it at commas would read another policy.
func (r *reader) list(what string, n *yaml.Node) ([]string, bool) {
	if n.Kind != yaml.SequenceNode {
		r.mistake(n, fmt.Sprintf("%s: a list expected, found %s", what, form(n)), "write [a, b], or [] for none")
		return nil, false
	}
	items, good := make([]string, 0, len(n.Content)), true
	for _, c := range n.Content {
		s, ok := r.scalar(what, c)
		if ok && strings.TrimSpace(s) == "" {
			r.mistake(c, what+": an empty item", "")
			ok = false
		}
		good = good && ok
		items = append(items, s)
	}
	return items, good
}

// each reads a list and checks each item with wrong.
func (r *reader) each(k *key, n *yaml.Node, wrong func(string) error) (v value, ok bool) {
	v.list, ok = r.list(k.path, n)
	for i, item := range v.list {
		if err := wrong(item); err != nil && strings.TrimSpace(item) != "" {
			r.mistake(n.Content[i], fmt.Sprintf("%s: %v", k.path, err), "")
			ok = false
		}
	}
	return v, ok
}

// record reads a mapping with a fixed set of keys, some of them required, and
// returns the nodes of its values, which are text.
func (r *reader) record(what string, n *yaml.Node, known, required []string) (map[string]*yaml.Node, bool) {
	before := len(r.mistakes)
	fields := map[string]*yaml.Node{}
	for k, v := range r.pairs(n, what) {
		if !slices.Contains(known, k.Value) {
			r.mistake(k, fmt.Sprintf("unknown key %s in %s", quote(k.Value), what), didYouMean(k.Value, known))
			continue
		}
		if s, ok := r.scalar(what+"."+k.Value, v, "!!timestamp"); ok && strings.TrimSpace(s) != "" {
			fields[k.Value] = v
		} else if ok {
			r.mistake(v, fmt.Sprintf("%s.%s is empty", what, k.Value), "")
		}
	}
	if len(r.mistakes) > before {
		return fields, false
	}
	for _, name := range required {
		if fields[name] == nil {
			r.mistake(n, fmt.Sprintf("%s: %s is missing", what, name), "")
		}
	}
	return fields, len(r.mistakes) == before
}

// maxLicenseNames bounds a list of licences; SPDX lists fewer than half as
// many.
const maxLicenseNames = 2000

// licenseNames reads licenses.deny and licenses.allow. An entry that matches no
// licence is a mistake: it would deny nothing, silently.
func (r *reader) licenseNames(what string, n *yaml.Node) ([]string, bool) {
	names, good := r.list(what, n)
	if len(names) > maxLicenseNames {
		r.mistake(n, fmt.Sprintf("%s: %d entries, more than the %d a list may have", what, len(names),
			maxLicenseNames), "* stands for any letters")
		return nil, false
	}
	for i, name := range names {
		if strings.TrimSpace(name) == "" || license.Names(name) {
			continue
		}
		good = false
		if len(r.mistakes) > maxMistakes { // it will not be shown, and finding the nearest takes time
			break
		}
		hint := "write an id of https://spdx.org/licenses, or LicenseRef- and a name of your own"
		switch near := license.Nearest(name); {
		case slices.Contains([]string{"NONE", "NOASSERTION", "UNKNOWN"}, strings.ToUpper(strings.TrimSpace(name))):
			hint = "what states no licence is the matter of licenses.unknown"
		case near != "":
			hint = "did you mean " + near + "?"
		}
		r.mistake(n.Content[i], fmt.Sprintf("%s: %s names no licence", what, quote(name)), hint)
	}
	return names, good
}

// licenses reads licenses.overrides.
func (r *reader) licenses(what string, n *yaml.Node) ([]LicenseOverride, bool) {
	if n.Kind != yaml.SequenceNode {
		r.mistake(n, fmt.Sprintf("%s: a list expected, found %s", what, form(n)), "write [] for none")
		return nil, false
	}
	all, good := make([]LicenseOverride, 0, len(n.Content)), true
	names := []string{"package", "license", "reason"}
	for _, c := range n.Content {
		f, ok := r.record(what, c, names, names)
		if ok && !license.Readable(f["license"].Value) {
			hint := "write an SPDX expression, or LicenseRef- and a name of your own"
			if near := license.Nearest(f["license"].Value); near != "" {
				hint = "did you mean " + near + "?"
			}
			r.mistake(f["license"], fmt.Sprintf("%s: %s names no licence", what, quote(f["license"].Value)), hint)
			ok = false
		}
		if ok {
			all = append(all, LicenseOverride{f["package"].Value, f["license"].Value, f["reason"].Value})
		}
		good = good && ok
	}
	return all, good
}

// allowedSecrets reads secrets.allow: each item is a single text, or a mapping
// of conditions that must all match.
func (r *reader) allowedSecrets(what string, n *yaml.Node) (single []string, together []AllowedSecret, good bool) {
	if n.Kind != yaml.SequenceNode {
		_, good = r.list(what, n) // the mistake that any list gives
		return nil, nil, good
	}
	texts := &yaml.Node{Kind: yaml.SequenceNode, Line: n.Line, Column: n.Column}
	good = true
	for _, c := range n.Content {
		if c.Kind != yaml.MappingNode {
			texts.Content = append(texts.Content, c)
			continue
		}
		f, ok := r.record(what, c, []string{"hash", "rule", "path", "reason"}, nil)
		text := func(name string) string {
			if f[name] == nil {
				return ""
			}
			return f[name].Value
		}
		a := AllowedSecret{text("hash"), text("rule"), text("path")}
		if ok && a == (AllowedSecret{}) {
			r.mistake(c, what+": an item names no hash, no rule and no path", "")
			ok = false
		}
		together, good = append(together, a), good && ok
	}
	single, ok := r.list(what, texts)
	return single, together, good && ok
}

// parse reads v.text according to the key's kind.
func (v *value) parse(k *key) (err error) {
	switch k.kind {
	case kindText, kindNumber:
		if strings.TrimSpace(v.text) == "" {
			err = errors.New("is empty")
		} else if k.path == endOfLifeMessage {
			err = npm.CheckDeprecation(v.text)
		}
	case kindWord:
		err = oneOf(v.text, k.words)
	case kindLevel:
		v.threshold, err = ParseThreshold(v.text)
	case kindFlag:
		if err = oneOf(v.text, []string{"true", "false"}); err == nil {
			v.on = v.text == "true"
		}
	case kindSpan:
		v.span, err = parseSpan(v.text)
	case kindCadence:
		v.span, err = parseCadence(v.text)
	case kindLength:
		v.span, err = parseLength(v.text)
	case kindSize:
		v.size, err = parseSize(v.text)
	case kindDate:
		v.date, err = parseDay(v.text)
	case kindDeadline:
		v.deadline, err = parseDeadline(v.text)
	case kindFile:
		err = insideFolder(v.text)
	case kindFallback:
		v.text, err = parseFallback(v.text)
	case kindRange:
		err = rangeError(v.text)
	case kindEvidence:
		v.evidence, err = parseEvidence(v.text)
	}
	return err
}

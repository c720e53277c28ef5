package migrate

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// readLines reads a text as a list of lines, empty ones included.
func readLines(data []byte) (value, error) {
	if !utf8.Valid(data) {
		return value{}, errors.New("the file is not UTF-8")
	}
	v := value{kind: list, line: 1}
	for line := range strings.Lines(string(data)) {
		v.list = append(v.list, value{kind: text, text: strings.TrimSpace(line), line: len(v.list) + 1})
	}
	return v, nil
}

// trivyLines converts .trivyignore: one id a line, with exp:DATE and comments.
// The comment beside an id or directly above it becomes the reason.
// https://trivy.dev/latest/docs/configuration/filtering/#trivyignore
func trivyLines(c *conversion, root value) {
	above := ""
	for _, v := range root.list {
		line, beside, _ := strings.Cut(v.text, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			if above = join(above, strings.TrimLeft(beside, "#")); beside == "" {
				above = "" // an empty line ends the comment
			}
			continue
		}
		e := exception{id: fields[0], line: v.line, reason: above + " " + beside}
		ok := true
		for _, word := range fields[1:] {
			if date, found := strings.CutPrefix(word, "exp:"); found {
				ok = c.until(value{kind: text, text: date}, &e)
			} else {
				e.remarks = append(e.remarks, "also on the line: "+word)
			}
		}
		if ok {
			c.advisory(e.id, e)
		}
		above = ""
	}
}

// trivyYAML converts .trivyignore.yaml. Of its four lists, vulnerabilities can
// be converted, and licences that are tied to a package.
func trivyYAML(c *conversion, root value) {
	for _, m := range root.members {
		for _, v := range c.list(m.key, m.value) {
			what := strings.TrimSuffix(m.key, "s") + " " + v.get("id").text
			if v.get("id").text == "" {
				c.lose(v.line, m.key+" "+v.shown(), "it has no id")
				continue
			}
			switch m.key {
			case "vulnerabilities":
				c.trivyEntry(v, v.get("id").text)
			case "licenses":
				if len(v.get("purls").items()) == 0 {
					c.lose(v.line, what, "it allows a licence wherever it turns up: see licenses.allow and licenses.deny")
				} else {
					c.trivyEntry(v, deniedLicense)
				}
			case "misconfigurations":
				c.drop(v.line, what, "configuration of machines is not looked at here")
			case "secrets":
				c.lose(v.line, what, "the rules for secrets are others here: see secrets.allow and the baseline")
			default:
				c.lose(v.line, m.key, "the key is not known")
			}
		}
	}
}

// trivyEntry converts one entry to an exception for each of its packages.
func (c *conversion) trivyEntry(v value, id string) {
	e := exception{id: id, line: v.line, reason: v.get("statement").text}
	if e.reason == "" {
		e.reason = v.comment
	}
	if key := v.unknownKey("id", "paths", "purls", "expired_at", "statement"); key != "" {
		c.lose(v.line, id, "its key "+key+" is not known")
		return
	}
	if !c.until(v.get("expired_at"), &e) {
		return
	}
	if id != deniedLicense {
		own, why, matters := identify(id)
		if own == "" {
			c.note(v.line, id, why, matters)
			return
		}
		e.id = own
	}
	packages, why := places(v.get("paths").items(), v.get("purls").items())
	if why != "" {
		c.lose(v.line, id, why)
		return
	}
	for _, purl := range v.get("purls").items() {
		if !strings.HasPrefix(purl.text, "pkg:npm/") {
			c.drop(v.line, id+" for "+purl.text, "it is about another ecosystem")
		}
	}
	for _, p := range packages {
		e := e
		e.pkg = p
		c.except(e)
	}
}

// places returns the packages that an entry is for, "" for any. A path is
// understood if it is a lockfile or a package in node_modules.
func places(paths, purls []value) (packages []string, why string) {
	if len(paths) > 0 && len(purls) > 0 {
		return nil, "it is for files and packages at once"
	}
	for _, p := range purls {
		if strings.HasPrefix(p.text, "pkg:npm/") {
			packages = append(packages, p.text)
		}
	}
	for _, p := range paths {
		switch name, found := installedName(p.text); {
		case found:
			packages = append(packages, name)
		case lockfileEverywhere(p.text):
			packages = append(packages, "")
		default:
			return nil, "it is for the file " + p.text + " only, and an exception is for a package"
		}
	}
	if len(paths)+len(purls) == 0 {
		packages = []string{""}
	}
	return packages, ""
}

// installedName returns the package whose directory in node_modules a path
// leads into.
func installedName(p string) (name string, found bool) {
	i := strings.LastIndex("/"+p, "/node_modules/")
	if i < 0 {
		return "", false
	}
	parts := strings.Split(p[i+len("node_modules/"):], "/")
	if strings.HasPrefix(parts[0], "@") && len(parts) > 2 {
		return parts[0] + "/" + parts[1], true
	}
	return parts[0], len(parts) > 1 && parts[0] != "" && parts[0][0] != '@'
}

// lockfileEverywhere reports whether a path is the lockfile of the root or a
// pattern for lockfiles anywhere.
func lockfileEverywhere(p string) bool {
	switch strings.TrimPrefix(strings.TrimPrefix(p, "./"), "**/") {
	case "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock":
		return true
	}
	return false
}

package verify

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// A sum is one line of SHA256SUMS: a SHA-256 in lower-case hex, and a name.
type sum struct{ hex, name string }

// parseSums reads a checksum file of GNU coreutils. A name leads to a file of
// the same folder.
func parseSums(data []byte) ([]sum, error) {
	var sums []sum
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		line, escaped := strings.CutPrefix(line, `\`)
		digest, name, ok := strings.Cut(line, " ")
		if ok && (strings.HasPrefix(name, " ") || strings.HasPrefix(name, "*")) { // text and binary mode
			name = name[1:]
		}
		if escaped {
			name = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(name)
		}
		if _, err := hex.DecodeString(digest); err != nil || !ok || len(digest) != 64 || !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("line %d is no checksum of a file in this folder", len(sums)+1)
		}
		if sums = append(sums, sum{strings.ToLower(digest), name}); len(sums) > maxFiles {
			return nil, fmt.Errorf("it has more than %d lines", maxFiles)
		}
	}
	return sums, nil
}

// lists reports whether SHA256SUMS has a line for the name.
func (e *Evidence) lists(name string) bool {
	return slices.ContainsFunc(e.sums, func(s sum) bool { return s.name == name })
}

// checkSums: each file has the checksum that SHA256SUMS says, and the tarball
// has one.
func (e *Evidence) checkSums(*inspection) []answer {
	if err := e.bad[sumsFile]; err != nil {
		return []answer{failed("checksums of files in this folder", oneLine(err))}
	}
	if len(e.sums) == 0 {
		return []answer{failed("checksums of the tarball", "none")}
	}
	var all []answer
	for _, s := range e.sums {
		data, ok := e.files[s.name]
		if !ok {
			all = append(all, failed(s.name+" "+s.hex, "no such file"))
			continue
		}
		if is := sha256Hex(data); is != s.hex {
			all = append(all, failed(s.name+" "+s.hex, is))
			continue
		}
		all = append(all, passed(s.name+" "+s.hex, s.hex))
	}
	if name := e.tarball(); name != "" && !e.lists(name) {
		all = append(all, failed("a checksum of "+name, "none"))
	}
	return all
}

// checkSigned: a verified bundle signs each tarball and each file that is
// listed, or the checksums that name it. What is in the folder and signed by
// nobody may be taken for what is.
func (e *Evidence) checkSigned(in *inspection) []answer {
	var names []string
	if name := e.tarball(); name != "" {
		names = append(names, name)
	}
	for _, s := range e.sums {
		names = append(names, s.name)
	}
	names = append(names, e.loose...)
	slices.Sort(names)
	var all []answer
	for _, name := range slices.Compact(names) {
		expected := "a verified signature of " + name + ", or of the checksums that name it"
		switch {
		case in.signed[name]:
			all = append(all, passed(expected, name+BundleSuffix))
		case in.signed[sumsFile] && slices.Contains(e.sums, sum{sha256Hex(e.files[name]), name}):
			all = append(all, passed(expected, sumsFile+BundleSuffix))
		default:
			all = append(all, failed(expected, "none"))
		}
	}
	if len(all) == 0 {
		return []answer{failed("a verified signature of the tarball", "no tarball")}
	}
	return all
}

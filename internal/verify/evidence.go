package verify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/strict"
)

// The names in a folder of evidence.
const (
	BundleSuffix = ".sigstore.json"
	sumsFile     = "SHA256SUMS"
	verdictFile  = "verdict.json"
	sbomFile     = "sbom.cdx.json"
	policyFile   = "policy.json"
)

// Limits of what is read of a folder.
const (
	maxFile  = 512 << 20 // bytes of one file
	maxFiles = 256       // lines of SHA256SUMS, and bundles
)

// An Evidence is a folder of evidence, read.
type Evidence struct {
	files   map[string][]byte
	bundles []string // names of the files that are bundles
	sums    []sum
	loose   []string // names of tarballs that SHA256SUMS does not list
	verdict strict.Value
	bad     map[string]error // why SHA256SUMS or verdict.json could not be read, by name
}

// ReadEvidence reads SHA256SUMS, the files that it lists, verdict.json, the SBOM
// and every bundle of a folder. A file that is not there is no error: it is told
// by the checks.
func ReadEvidence(folder fs.FS) (*Evidence, error) {
	e := &Evidence{files: map[string][]byte{}, bad: map[string]error{}}
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), BundleSuffix) {
			e.bundles = append(e.bundles, entry.Name())
		}
	}
	wanted := slices.Concat([]string{sumsFile, verdictFile, sbomFile, policyFile}, e.bundles)
	for _, bundle := range e.bundles {
		wanted = append(wanted, strings.TrimSuffix(bundle, BundleSuffix))
	}
	if len(e.bundles) > maxFiles {
		return nil, fmt.Errorf("%d bundles, at most %d are read", len(e.bundles), maxFiles)
	}
	if err := e.read(folder, wanted); err != nil {
		return nil, err
	}
	e.sums, e.bad[sumsFile] = parseSums(e.files[sumsFile])
	for _, s := range e.sums {
		if err := e.read(folder, []string{s.name}); err != nil {
			return nil, err
		}
	}
	if data, ok := e.files[verdictFile]; ok {
		e.verdict, e.bad[verdictFile] = strict.ParseWithin(data, strict.Limits{Bytes: maxBundle})
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".tgz") && !e.lists(name) && name != e.tarball() {
			e.loose = append(e.loose, name)
		}
	}
	return e, nil
}

// read reads files that are not read yet.
func (e *Evidence) read(folder fs.FS, names []string) error {
	for _, name := range names {
		if _, have := e.files[name]; have {
			continue
		}
		data, err := readFile(folder, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		e.files[name] = data
	}
	return nil
}

func readFile(folder fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(folder, name) // before it is opened: a pipe would wait for its writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: it is no file", name)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("read %s: it has more than %d MB", name, maxFile>>20)
	}
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, 0, info.Size()+1)
	buffer := bytes.NewBuffer(data)
	if _, err := io.Copy(buffer, io.LimitReader(file, maxFile+1)); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return buffer.Bytes(), nil
}

// Bundles returns the bundles of the folder by name, those that can be read.
func (e *Evidence) Bundles() map[string]*Bundle {
	all := map[string]*Bundle{}
	for _, name := range e.bundles {
		if b, err := ParseBundle(e.files[name]); err == nil {
			all[name] = b
		}
	}
	return all
}

// An evidenceStep is one question about a folder of evidence.
type evidenceStep struct {
	name string
	ask  func(*Evidence, *inspection) []answer
}

// An inspection is what is known while a folder is verified.
type inspection struct {
	want   Want
	sum    Summary
	roots  []*Root
	signed map[string]bool // files that a verified bundle signs
	said   map[string]bool // predicate types that were verified
	judged []Judgement     // of the summaries that were verified
	checks []Check
}

// evidenceSteps are the questions about a folder. Those of each bundle are
// asked in between.
var evidenceSteps = []evidenceStep{
	{"sums", (*Evidence).checkSums},
	{"bundle", (*Evidence).checkBundles},
	{"signed", (*Evidence).checkSigned},
	{"verdict", (*Evidence).checkVerdict},
	{"vsa", (*Evidence).checkSummary},
}

// Verify verifies the folder: SHA256SUMS against the files, every bundle, every
// attestation's subject and predicate, and verdict.json against the summary.
// want says who must have signed all of it.
func (e *Evidence) Verify(want Want, sum Summary, roots ...*Root) []Check {
	return e.inspect(want, sum, roots, evidenceSteps)
}

func (e *Evidence) inspect(want Want, sum Summary, roots []*Root, list []evidenceStep) []Check {
	return e.examined(want, sum, roots, list).checks
}

func (e *Evidence) examined(want Want, sum Summary, roots []*Root, list []evidenceStep) *inspection {
	sum.Verdict, sum.SBOM, sum.Applied = e.files[verdictFile], e.files[sbomFile], e.files[policyFile]
	in := &inspection{want: want, sum: sum, roots: roots, signed: map[string]bool{}, said: map[string]bool{}}
	for _, step := range list {
		for _, a := range step.ask(e, in) {
			in.checks = append(in.checks, a.check(step.name, e.about(step.name)))
		}
	}
	return in
}

func (e *Evidence) about(step string) string {
	switch step {
	case "sums":
		return sumsFile
	case "signed":
		return cmp.Or(e.tarball(), sumsFile)
	}
	return verdictFile
}

// tarball is the name of the file that the evidence is about.
func (e *Evidence) tarball() string {
	if name := e.verdict.Get("tarball").Get("file").Text(); name != "" {
		return name
	}
	if len(e.sums) == 1 {
		return e.sums[0].name
	}
	return ""
}

// Package returns the name and version that verdict.json names, and the bytes of
// its tarball; empty where they are not there. Nothing of it is verified.
func (e *Evidence) Package() (name, version string, tarball []byte) {
	p := e.verdict.Get("package")
	return p.Get("name").Text(), p.Get("version").Text(), e.files[e.tarball()]
}

// checkBundles: each bundle verifies, and signs what its name says or attests
// something about the tarball.
func (e *Evidence) checkBundles(in *inspection) []answer {
	for _, name := range e.bundles {
		b, err := ParseBundle(e.files[name])
		if err != nil {
			in.checks = append(in.checks, failed("a bundle that can be read", err.Error()).check("bundle", name))
			continue
		}
		e.checkBundle(in, name, b)
	}
	return nil
}

func (e *Evidence) checkBundle(in *inspection, name string, b *Bundle) {
	want := in.want
	file := strings.TrimSuffix(name, BundleSuffix)
	if !b.Attests() {
		data, ok := e.files[file]
		if !ok {
			in.checks = append(in.checks, failed("the file that it signs, "+file, "no such file").check("bundle", name))
			return
		}
		want.Artifact, want.PredicateType = &Artifact{Bytes: data}, ""
		checks := b.Verify(name, want, in.roots...)
		in.signed[file] = Worst(checks) == Verified
		in.checks = append(in.checks, checks...)
		return
	}
	subject, err := e.subject(b)
	if err != nil {
		in.checks = append(in.checks, failed("a tarball that it is about", err.Error()).check("subject", name))
		return
	}
	want.Subject = subject
	statement, checks := b.examine(name, want, in.roots, steps())
	in.checks = append(in.checks, checks...)
	if statement != nil && Worst(checks) == Verified {
		in.said[statement.PredicateType] = true
		in.checks = append(in.checks, e.predicate(in, name, statement)...)
	}
}

// subject is the tarball as an attestation names it.
func (e *Evidence) subject(b *Bundle) (*Subject, error) {
	data, ok := e.files[e.tarball()]
	if !ok {
		return nil, errors.New("none in this folder")
	}
	is := Artifact{Bytes: data}.digests()
	subject := &Subject{Name: e.verdict.Get("package").Get("purl").Text(), SHA256: is["sha256"], SHA512: is["sha512"]}
	if subject.Name == "" {
		return nil, errors.New(verdictFile + ", which names the package, is not there")
	}
	if claimed, ok := b.ClaimedStatement(); ok && isProvenance(claimed.PredicateType) {
		subject.SHA256 = "" // npm's provenance has the other one alone
	}
	return subject, nil
}

func isProvenance(predicateType string) bool {
	return predicateType == attest.ProvenanceV1 || predicateType == attest.ProvenanceV02
}

// predicate: what is said is what the files say.
func (e *Evidence) predicate(in *inspection, name string, s *Statement) []Check {
	switch s.PredicateType {
	case attest.CycloneDX:
		const expected = "the bytes of " + sbomFile
		a := passed(expected, "these")
		if !bytes.Equal(bytes.TrimSpace(e.files[sbomFile]), bytes.TrimSpace(s.Predicate.Raw())) {
			a = failed(expected, "others")
		}
		return []Check{a.check("sbom", name)}
	case attest.Summary:
		checks := in.sum.judge(name, s.Predicate, summarySteps)
		if Worst(checks) == Verified {
			in.judged = append(in.judged, judgementOf(s))
		}
		return checks
	}
	return nil
}

// checkVerdict: verdict.json is about the tarball that is here, which passed.
func (e *Evidence) checkVerdict(*inspection) []answer {
	if err := e.bad[verdictFile]; err != nil {
		return []answer{failed("a verdict that can be read", oneLine(err))}
	}
	if !e.verdict.Exists() {
		return []answer{{Skipped, "what was decided", "there is no " + verdictFile}}
	}
	expected := e.verdict.Get("tarball").Get("sha256").Text()
	if expected == "" {
		return []answer{failed("the digest of the tarball", "none")}
	}
	return []answer{
		compare(expected, sha256Hex(e.files[e.tarball()])),
		compare("pass", e.verdict.Get("result").Text()),
	}
}

// checkSummary: where something is asked that only a summary answers, there is
// one; and without one nobody vouches for verdict.json.
func (e *Evidence) checkSummary(in *inspection) []answer {
	const expected = "a verified summary of the verdict (VSA)"
	switch {
	case in.said[attest.Summary]:
		return []answer{passed(expected, "one")}
	case in.sum.Asked():
		return []answer{failed(expected, "none")}
	}
	return []answer{{Skipped, expected, "none: " + verdictFile + " and the SBOM are not vouched for"}}
}

func sha256Hex(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

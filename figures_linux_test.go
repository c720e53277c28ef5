package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
)

// TestFigures prints what signing and verifying cost beside cosign and
// @actions/attest: medians of whole processes, run in turn, against one Sigstore
// on loopback. It holds the numbers of requests, and no time.
//
//	.ci/figures DIR
func TestFigures(t *testing.T) {
	program := os.Getenv("PUBLISHGATE_FIGURES")
	if program == "" {
		t.Skip("PUBLISHGATE_FIGURES is not set: .ci/figures builds the program, names it so and prints the table")
	}
	f := &figures{interop: newInterop(t), program: program}
	f.measure = costs(t)
	f.stack.Fulcio, f.stack.RekorV1 = f.env["INPUT_FULCIO-URL"], f.env["INPUT_REKOR-URL"] // where requests are counted
	f.stack.TSA = f.env["INPUT_TIMESTAMP-SERVER-URL"]
	dir, err := filepath.Abs(f.env["INPUT_DIRECTORY"])
	if err != nil {
		t.Fatal(err)
	}
	f.env["INPUT_DIRECTORY"] = dir
	f.keyless = t.TempDir()
	f.measure(f.gate(t, "keyless", f.keyless))
	byKey := map[string]string{"INPUT_SIGN": "key", "INPUT_KEY": f.key}
	maps.Copy(byKey, noServers)
	f.byKey, _ = f.run(t, 0, byKey)
	f.signing(t)
	f.verifying(t)
}

type figures struct {
	*interop
	program string
	measure func(*exec.Cmd) cost
	keyless string // evidence signed with an identity: five bundles
	byKey   string // and with a key: four, since npm's provenance has no key
}

const figuresTarball = "acme-status-page-2.3.1.tgz"

// A contestant is what is measured: processes that run one after another, made
// anew for each round.
type contestant struct {
	name      string
	processes func() []*exec.Cmd
	asks      map[string]int // requests that it sends, by server; nil: not held
}

// A round is what one contestant cost in it.
type round struct {
	cost
	slowest time.Duration // request
}

// race runs all of them in turn, one round more than is counted, and returns the
// counted ones by contestant, with the requests of its last.
func (f *figures) race(t *testing.T, rounds int, all []contestant) (ran [][]round, asked []map[string]int) {
	t.Helper()
	ran, asked = make([][]round, len(all)), make([]map[string]int, len(all))
	for n := range rounds + 1 {
		for i, c := range all {
			f.seen.reset()
			var r round
			for _, process := range c.processes() {
				r.cost = r.and(f.measure(process))
			}
			r.slowest, asked[i] = f.seen.slowest, f.seen.counts
			for server, want := range c.asks {
				if got := asked[i][server]; got != want {
					t.Errorf("%s: %d requests to %s, expected %d", c.name, got, server, want)
				}
			}
			if n > 0 {
				ran[i] = append(ran[i], r)
			}
		}
	}
	return ran, asked
}

// ms is the median of a time in milliseconds.
func ms(rounds []round, of func(round) time.Duration) float64 {
	var all []time.Duration
	for _, r := range rounds {
		all = append(all, of(r))
	}
	return float64(middle(all)) / float64(time.Millisecond)
}

func (r round) whole() time.Duration     { return r.Wall }
func (r round) processor() time.Duration { return r.CPU }
func (r round) upload() time.Duration    { return r.slowest }

// memory is the median in MiB.
func memory(rounds []round) float64 {
	var all []int64
	for _, r := range rounds {
		all = append(all, r.Memory)
	}
	return float64(middle(all)) / 1024
}

// cells are what both tables have.
func cells(rounds []round) string {
	return fmt.Sprintf("%.0f | %.0f | %.0f", ms(rounds, round.whole), ms(rounds, round.processor), memory(rounds))
}

// signing measures who signs with an identity, logged in Rekor v1. Ours judges
// the package in the same process, so it is measured without signing, too.
func (f *figures) signing(t *testing.T) {
	ours := func(way string) func() []*exec.Cmd {
		return func() []*exec.Cmd { return []*exec.Cmd{f.gate(t, way, t.TempDir())} }
	}
	predicates := f.predicates(t)
	all := []contestant{
		{"publishgate, nothing signed", ours("none"), map[string]int{"token": 0, "fulcio": 0, "rekor": 0, "tsa": 0}},
		{"publishgate, 2 signatures and 3 attestations", ours("keyless"),
			map[string]int{"token": 1, "fulcio": 1, "rekor": 5, "tsa": 5}},
		{"cosign, the same five, 5 processes", f.cosignSigns(t, predicates), nil},
		{"@actions/attest, 3 attestations, 1 process", f.actionAttests(t, predicates), nil},
	}
	const rounds = 5
	ran, asked := f.race(t, rounds, all)
	fmt.Printf("\nSigning with an identity, medians of %d\n\n", rounds)
	fmt.Println("| | whole, ms | processor, ms | memory, MiB | tokens | certificates | log entries | timestamps |" +
		" slowest request, ms |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for i, c := range all {
		fmt.Printf("| %s | %s | %d | %d | %d | %d | %.0f |\n", c.name, cells(ran[i]),
			asked[i]["token"], asked[i]["fulcio"], asked[i]["rekor"], asked[i]["tsa"], ms(ran[i], round.upload))
	}
	var alone []round // what signing adds, and the goal for it, round by round
	for n, with := range ran[1] {
		alone = append(alone, round{cost{Wall: with.Wall - ran[0][n].Wall}, with.slowest*13/10 + 150*time.Millisecond})
	}
	fmt.Printf("\nSigning alone takes %.0f ms and %.0f MiB; 1.3 × its slowest request + 150 ms are %.0f ms\n",
		ms(alone, round.whole), memory(ran[1])-memory(ran[0]), ms(alone, round.upload))
}

// gate is a run of the gate that signs in a way.
func (f *figures) gate(t *testing.T, way, out string) *exec.Cmd {
	return f.command(t, append(f.signs(way), "INPUT_OUT="+out), f.program)
}

// kinds are the predicate types of ours, by the name of the bundle.
var kinds = []struct{ name, predicateType string }{
	{"provenance", attest.ProvenanceV1}, {"sbom", attest.CycloneDX}, {"vsa", attest.Summary},
}

// predicates writes what ours attests, so that others attest the same, and
// returns the files in the order of kinds.
func (f *figures) predicates(t *testing.T) (files []string) {
	t.Helper()
	for _, kind := range kinds {
		var bundle struct{ DSSEEnvelope struct{ Payload []byte } }
		var statement struct{ Predicate json.RawMessage }
		err := json.Unmarshal(read(t, f.keyless, kind.name+".sigstore.json"), &bundle)
		if err == nil {
			err = json.Unmarshal(bundle.DSSEEnvelope.Payload, &statement)
		}
		file := filepath.Join(f.dir, kind.name+".predicate.json")
		if err == nil {
			err = os.WriteFile(file, statement.Predicate, 0o600)
		}
		if err != nil || len(statement.Predicate) == 0 {
			t.Fatalf("the predicate of %s: %v", kind.name, err)
		}
		files = append(files, file)
	}
	return files
}

// cosignSigns asks for a token, a certificate and the rest for each of the five.
func (f *figures) cosignSigns(t *testing.T, predicates []string) func() []*exec.Cmd {
	tarball, config := filepath.Join(f.keyless, figuresTarball), f.signingConfig(t, 1, true)
	return func() (all []*exec.Cmd) {
		out := t.TempDir()
		sign := func(command ...string) {
			args := append(command, "--yes", "--bundle", filepath.Join(out, fmt.Sprint(len(all))), "--trusted-root", f.root,
				"--signing-config", config)
			all = append(all, f.command(t, f.counted(), f.stack.Cosign(t), args...))
		}
		sign("sign-blob", tarball)
		sign("sign-blob", filepath.Join(f.keyless, "SHA256SUMS"))
		for i, kind := range kinds {
			sign("attest-blob", tarball, "--predicate", predicates[i], "--type", kind.predicateType)
		}
		return all
	}
}

// counted is the environment of a job whose requests for tokens are counted.
func (f *figures) counted() []string {
	return append(f.job(), "ACTIONS_ID_TOKEN_REQUEST_URL="+f.env["ACTIONS_ID_TOKEN_REQUEST_URL"])
}

// actionAttests goes through one proxy with TLS more than the others, since its
// addresses cannot be changed.
func (f *figures) actionAttests(t *testing.T, predicates []string) func() []*exec.Cmd {
	t.Helper()
	public := f.stack.Public(t, map[string]string{
		"fulcio.sigstore.dev": f.stack.Fulcio, "rekor.sigstore.dev": f.stack.RekorV1,
	})
	script, err := filepath.Abs("testdata/interop/attestall.mjs")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(read(t, f.keyless, figuresTarball))
	return func() []*exec.Cmd {
		args := []string{script, filepath.Join(f.managers, "attest"), figuresTarball, hex.EncodeToString(sum[:]), t.TempDir()}
		for i, kind := range kinds {
			args = append(args, kind.predicateType+"="+predicates[i])
		}
		return []*exec.Cmd{f.command(t, append(f.counted(), public...), f.node(t, ""), args...)}
	}
}

// verifying measures who verifies without a network, and the start of a program.
func (f *figures) verifying(t *testing.T) {
	who := []string{"--trusted-root", f.root, "--certificate-identity", releaseWorkflow.SAN,
		"--certificate-oidc-issuer", releaseWorkflow.Issuer}
	key := []string{"--key", f.key + ".pub"}
	ours := func(args ...string) func() []*exec.Cmd {
		return func() []*exec.Cmd { return []*exec.Cmd{f.command(t, nil, f.program, args...)} }
	}
	verify := func(signer []string, what string) func() []*exec.Cmd {
		return ours(append(append([]string{"verify", "-offline"}, signer...), what)...)
	}
	cosign := func(out string, signer []string, names ...string) func() []*exec.Cmd {
		return func() (all []*exec.Cmd) {
			for _, name := range names {
				all = append(all, f.cosignVerifies(t, out, signer, name))
			}
			return all
		}
	}
	unlogged := append(key, "--insecure-ignore-tlog")
	version := func(program string) func() []*exec.Cmd {
		return func() []*exec.Cmd { return []*exec.Cmd{f.command(t, nil, program, "version")} }
	}
	all := []contestant{
		{"publishgate verify FILE, by identity", verify(who, filepath.Join(f.keyless, figuresTarball)), nil},
		{"cosign verify-blob, the same", cosign(f.keyless, who, figuresTarball), nil},
		{"publishgate verify FILE, by key", verify(key, filepath.Join(f.byKey, figuresTarball)), nil},
		{"cosign verify-blob, the same", cosign(f.byKey, unlogged, figuresTarball), nil},
		{"publishgate verify FOLDER, by identity, 5 bundles", verify(who, f.keyless), nil},
		{"cosign, the same five, 5 processes",
			cosign(f.keyless, who, figuresTarball, "SHA256SUMS", "provenance", "sbom", "vsa"), nil},
		{"publishgate verify FOLDER, by key, 4 bundles", verify(key, f.byKey), nil},
		{"cosign, the same four, 4 processes", cosign(f.byKey, unlogged, figuresTarball, "SHA256SUMS", "sbom", "vsa"), nil},
		{"publishgate version", version(f.program), nil},
		{"cosign version", version(f.stack.Cosign(t)), nil},
	}
	const rounds = 9
	ran, _ := f.race(t, rounds, all)
	fmt.Printf("\nVerifying offline, and the start, medians of %d\n\n", rounds)
	fmt.Println("| | whole, ms | processor, ms | memory, MiB |")
	fmt.Println("|---|---|---|---|")
	for i, c := range all {
		fmt.Printf("| %s | %s |\n", c.name, cells(ran[i]))
	}
}

// cosignVerifies is cosign's command for a file, or for an attestation of ours
// by its name.
func (f *figures) cosignVerifies(t *testing.T, out string, signer []string, name string) *exec.Cmd {
	t.Helper()
	args, file := []string{"verify-blob"}, filepath.Join(out, name)
	for _, kind := range kinds {
		if kind.name == name {
			args, file = []string{"verify-blob-attestation", "--type", kind.predicateType}, filepath.Join(out, figuresTarball)
		}
	}
	if name == "provenance" { // npm's subject has a SHA-512 alone
		args = append(args, "--digestAlg", "sha512", "--digest", sha512Of(t, file))
	}
	args = append(append(args, "--bundle", filepath.Join(out, name+".sigstore.json")), signer...)
	return f.command(t, nil, f.stack.Cosign(t), append(args, file)...)
}

package script

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// statement BUNDLE FILE PREDICATE writes the in-toto statement that a bundle
// contains into FILE, and the bytes of its predicate into PREDICATE.
func statement(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: statement BUNDLE FILE PREDICATE")
	}
	payload := statementOf([]byte(ts.ReadFile(args[0])))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), payload, 0o644))
	_, predicate, found := bytes.Cut(payload, []byte(`"predicate":`))
	if !found {
		ts.Fatalf("%s has no predicate", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), bytes.TrimSuffix(predicate, []byte("}")), 0o644))
}

// signedDigest FILE PREDICATE demands that the predicate names the SHA-256 of
// the file.
func signedDigest(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signed-digest FILE PREDICATE")
	}
	sum := sha256.Sum256([]byte(ts.ReadFile(args[0])))
	if !strings.Contains(ts.ReadFile(args[1]), `"digest":{"sha256":"`+hex.EncodeToString(sum[:])+`"}`) {
		ts.Fatalf("%s does not name the digest of %s", args[1], args[0])
	}
}

// holdsLine FILE BUNDLE demands that a line of the file is the bundle.
func holdsLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: holds-line FILE BUNDLE")
	}
	if !strings.Contains("\n"+ts.ReadFile(args[0]), "\n"+strings.TrimSpace(ts.ReadFile(args[1]))+"\n") {
		ts.Fatalf("no line of %s is %s", args[0], args[1])
	}
}

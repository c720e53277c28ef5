package verify

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// archived are the public registry's signatures in the test data, one for each
// version: those that were collected, and those of the packuments beside them.
func archived(t *testing.T) (all []Version) {
	t.Helper()
	type entry struct {
		Name, Version, Integrity, Time string
		Signatures                     []Signature
	}
	var list []entry
	if err := json.Unmarshal(read(t, dataDir(t), "registry-signatures.json"), &list); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dataDir(t), "packuments", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		type manifest struct {
			Name, Version string
			Dist          struct {
				Integrity  string
				Signatures []Signature
			}
		}
		var doc struct {
			manifest
			Versions map[string]manifest
			Time     map[string]string
		}
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &doc)
		}
		if err != nil {
			t.Fatal(file, err)
		}
		if doc.Versions == nil {
			doc.Versions = map[string]manifest{"": doc.manifest}
		}
		for _, m := range doc.Versions {
			if len(m.Dist.Signatures) > 0 {
				list = append(list, entry{m.Name, m.Version, m.Dist.Integrity, doc.Time[m.Version], m.Dist.Signatures})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version)) })
	seen := map[string]bool{}
	for _, e := range list {
		if about := e.Name + "@" + e.Version; seen[about] {
			continue
		}
		seen[e.Name+"@"+e.Version] = true
		at, err := time.Parse(time.RFC3339, e.Time)
		if err != nil && e.Time != "" {
			t.Fatal(err)
		}
		all = append(all, Version{e.Name, e.Version, e.Integrity, at, e.Signatures})
	}
	return all
}

// flip changes one byte of a text so that it stays a character of base64, if it is
// one.
func flip(text string, at int) string {
	at %= len(text)
	other := byte('A')
	if text[at] == other {
		other = 'B'
	}
	return text[:at] + string(other) + text[at+1:]
}

// TestArchivedSignatures: each of the public registry's signatures in the test data
// verifies, by its keys, over what a lockfile has; and with one byte of the
// checksum, of the name, of the version or of the signature changed none does. The
// byte is another one in each version, so that all positions come about.
func TestArchivedSignatures(t *testing.T) {
	versions, keys := archived(t), npmKeys(t)
	used, undated := map[string]int{}, 0
	for i, v := range versions {
		about := v.Name + "@" + v.Version
		id := v.Signatures[0].KeyID
		used[id]++
		ended := !keys.find(forSignatures, id).end.IsZero()
		if v.Published.IsZero() && ended {
			undated++ // nobody says whether its key was in use, however right the signature is
			if c := v.Locked(keys, v.Integrity, ""); c.State != Unknown || c.Name != "registry-key" {
				t.Errorf("%s, without its time: %+v", about, c)
			}
			v.Published = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		locked := v.Integrity
		refused := func(what, by string, v Version, locked string) {
			t.Helper()
			if c := v.Locked(keys, locked, ""); c.State != Failed || c.Name != by {
				t.Errorf("%s, another %s: %+v", about, what, c)
			}
		}
		if c := v.Locked(keys, locked, ""); c.State != Verified {
			t.Errorf("%s: %+v", about, c)
		}
		sum := len("sha512-")
		other := locked[:sum] + flip(locked[sum:len(locked)-2], i) + "=="
		refused("checksum in the lockfile", "locked", v, other)
		forged := v
		forged.Integrity = other
		refused("checksum everywhere", "registry-signature", forged, other)
		forged = v
		forged.Name = flip(v.Name, i)
		refused("name", "registry-signature", forged, locked)
		forged = v
		forged.Version = flip(v.Version, i)
		refused("version", "registry-signature", forged, locked)
		forged = v
		forged.Signatures = []Signature{{id, flip(v.Signatures[0].Sig, i)}}
		refused("signature", "registry-signature", forged, locked)
		forged = v
		forged.Signatures = versions[(i+1)%len(versions)].Signatures
		if c := forged.Locked(keys, locked, ""); c.State == Verified {
			t.Errorf("%s, the signature of the next one: %+v", about, c)
		}
		if ended {
			late := v
			late.Published = keys.find(forSignatures, id).end
			refused("time, when its key was in use no more", "registry-key", late, locked)
		}
	}
	if len(versions) < 181 || len(used) != 2 || undated > 7 {
		t.Errorf("%d versions, %d without a time, signed by %v", len(versions), undated, used)
	}
	t.Logf("%d signatures by %v, %d of them of versions without a time", len(versions), used, undated)
}

// TestSignatureBytes: no byte of a signature, or of what it is over, is without
// meaning, nor can one be added.
func TestSignatureBytes(t *testing.T) {
	keys, v := npmKeys(t), archived(t)[0]
	sig, err := base64.StdEncoding.DecodeString(v.Signatures[0].Sig)
	if err != nil {
		t.Fatal(err)
	}
	with := func(sig string) Check {
		other := v
		other.Signatures = []Signature{{v.Signatures[0].KeyID, sig}}
		return other.Locked(keys, v.Integrity, "")
	}
	for i := range sig {
		changed := bytes.Clone(sig)
		changed[i] ^= 1
		if c := with(base64.StdEncoding.EncodeToString(changed)); c.State != Failed {
			t.Errorf("byte %d of the signature: %+v", i, c)
		}
	}
	text := v.Signatures[0].Sig
	for i := range text {
		for _, bit := range []byte{1, 2, 4, 0x20} {
			changed := []byte(text)
			changed[i] ^= bit
			if c := with(string(changed)); c.State != Failed {
				t.Errorf("character %d of the signature, bit %d: %+v", i, bit, c)
			}
		}
	}
	for _, other := range []string{"", "=", text + "A", text + text, text[:len(text)-4], base64.StdEncoding.EncodeToString(append(sig, 0))} {
		if c := with(other); c.State != Failed {
			t.Errorf("%q: %+v", other, c)
		}
	}
}

// TestArchivedAttestations: the real attestations of the test data verify over the
// checksum of their tarballs, and with one byte changed, anywhere in the bundles or
// in the tarball, they do not. Each 211th byte is tried, and what nobody signs or
// what can be written in several ways: the last character of each text in base64,
// and what an entry of the log says that it is.
func TestArchivedAttestations(t *testing.T) {
	dir, keys, roots := dataDir(t), npmKeys(t), []*Root{publicGood(t)}
	for name, test := range map[string]struct {
		name, version, tarball string
		list                   []Listed
	}{
		"pacote":  {"sigstore", "0.4.0", "sigstore-0.4.0.tgz", attested(t, dir, "pacote", "valid-attestations.json")},
		"npm-cli": {"sigstore", "1.0.0", "sigstore-1.0.0.tgz", attested(t, dir, "npm-cli", "valid-sigstore-attestations.json")},
	} {
		tarball := read(t, dir, "tarballs", test.tarball)
		state := func(tarball []byte, list []Listed) State {
			p := packageOf(t, test.name, test.version, tarball, nil)
			checks, _ := p.Version.Attested(p.PURL, p.Integrity, list, keys, roots...)
			return Worst(checks)
		}
		if got := state(tarball, test.list); got != Verified {
			t.Fatalf("%s: %s", name, got)
		}
		for i, entry := range test.list {
			for at := range entry.Bundle {
				rest := entry.Bundle[at+1:]
				last := entry.Bundle[at] != '=' && (bytes.HasPrefix(rest, []byte(`="`)) || bytes.HasPrefix(rest, []byte(`=="`)))
				kind := bytes.LastIndex(entry.Bundle[:at], []byte(`"kindVersion"`))
				kinds := at%3 == 0 && kind >= 0 && bytes.IndexByte(entry.Bundle[kind:at], '}') < 0
				if at%211 != i && !last && !kinds {
					continue
				}
				list := slices.Clone(test.list)
				list[i].Bundle = bytes.Clone(entry.Bundle)
				list[i].Bundle[at] ^= 1
				if state(tarball, list) == Verified {
					t.Errorf("%s: attestation %d, byte %d of %q changed", name, i+1, at, entry.Bundle[max(at-30, 0):at+1])
				}
			}
		}
		for at := 0; at < len(tarball); at += len(tarball)/8 + 1 {
			other := bytes.Clone(tarball)
			other[at] ^= 1
			if state(other, test.list) == Verified {
				t.Errorf("%s: byte %d of the tarball changed", name, at)
			}
		}
	}
}

package tarball

import "testing"

// TestGitBlobs expects the object IDs that `git hash-object` gives.
func TestGitBlobs(t *testing.T) {
	data := compress(join(file("package/package.json", `{"name":"a","version":"1.0.0"}`), file("package/empty", ""),
		file("package/hello", "hello\n"), file("package/hello2", "hello\n"), mark))
	for _, asked := range []bool{true, false} {
		opts := Options{NoSecrets: true}
		if asked {
			opts.GitBlob = func(path string) bool { return path != "hello2" }
		}
		got, err := Read(data, "a.tgz", opts)
		if err != nil || len(got.Entries) != 4 {
			t.Fatalf("%+v %v", got, err)
		}
		want := []string{"", "", "", ""}
		if asked {
			want = []string{"f4fc6eab61f25a5a328237861f38e3407746b04a", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
				"ce013625030ba8dba906f756967f9e9ca394464a", ""}
		}
		for i, e := range got.Entries {
			if e.Blob != want[i] || (e.SHA256 == "") != (want[i] == "") {
				t.Errorf("%s is %s, with the SHA-256 %q, expected %s", e.Path, e.Blob, e.SHA256, want[i])
			}
		}
	}
	got, err := Read(data, "a.tgz", Options{NoSecrets: true, GitBlob: func(path string) bool { return path == "hello" }, GitSHA256: true})
	if want := "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"; err != nil || got.Entries[2].Blob != want {
		t.Errorf("%+v, expected %s, %v", got, want, err)
	}
}

package tarball

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// made says, for each archive of the corpus, which rule refuses it. Where that is
// only its padding, why says which check judges the rest.
var made = map[string]struct{ rule, why string }{
	"absolute.tgz":              {rule: RulePath},
	"backslash-dotdot.tgz":      {rule: RulePath},
	"benign.tgz":                {padded, "good"},
	"binding-gyp.tgz":           {padded, "the archive is plain; an implicit install script is for the check of the manifest, from Entries"},
	"bomb-200mb.tgz":            {rule: RuleLimit},
	"char-device.tgz":           {rule: RuleType},
	"contiguous-file.tgz":       {rule: RuleType},
	"deep-path.tgz":             {rule: RuleLimit},
	"dir-with-size.tgz":         {rule: RuleHeader},
	"dotdot.tgz":                {rule: RulePath},
	"dup-file-diff-content.tgz": {rule: RuleDuplicate},
	"dup-package-json-case.tgz": {rule: RuleDuplicate},
	"dup-package-json.tgz":      {rule: RuleDuplicate},
	"empty-gzip.tgz":            {rule: RuleTrailing},
	"empty-tar.tgz":             {rule: RuleManifest},
	"env-inside.tgz":            {padded, "the archive is plain; .env is for files.forbid, from Entries"},
	"fifo.tgz":                  {rule: RuleType},
	"git-dir-inside.tgz":        {padded, "the archive is plain; .git is for files.forbid, from Entries"},
	"hardlink-inside.tgz":       {rule: RuleLink},
	"hardlink-out.tgz":          {rule: RuleLink},
	"huge-size.tgz":             {rule: RuleLimit},
	"long-name.tgz":             {rule: RuleLimit},
	"name-nul.tgz":              {rule: RuleHeader},
	"negative-size.tgz":         {rule: RuleHeader},
	"no-eof-blocks.tgz":         {rule: RuleTrailing},
	"no-package-json.tgz":       {rule: RuleManifest},
	"not-gzip.tgz":              {rule: RuleGzip},
	"npmrc-inside.tgz":          {padded, "the archive is plain and the token is (null); .npmrc is for files.forbid, from Entries"},
	"old-style-file.tgz":        {rule: RuleType},
	"other-root.tgz":            {rule: RuleRoot},
	"package-json-dir.tgz":      {rule: RuleManifest},
	"package-json-dup-keys.tgz": {rule: RuleManifest},
	"package-json-proto.tgz":    {padded, "__proto__ is an ordinary key for every reader; names are for the check of the manifest"},
	"package-json-symlink.tgz":  {rule: RuleLink},
	"package-json-utf16.tgz":    {rule: RuleManifest},
	"pax-global-path.tgz":       {rule: RulePax},
	"pax-size-mismatch.tgz":     {rule: RulePax},
	"plain-tar.tgz":             {rule: RuleGzip},
	"symlink-absolute.tgz":      {rule: RuleLink},
	"symlink-inside.tgz":        {rule: RuleLink},
	"symlink-then-file.tgz":     {rule: RuleLink},
	"truncated-gzip.tgz":        {rule: RuleGzip},
	"world-writable.tgz":        {rule: RuleMode},
}

// padded is the only rule that these archives break. Python's tarfile wrote the
// corpus. Like tar(1), and unlike npm, it fills archives with zeros up to 10,240
// bytes.
const padded = RuleTrailing

func TestMadeCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(data(t, "hostile", "tar", "made"), "*.tgz"))
	if err != nil || len(files) != len(made) {
		t.Fatalf("%d archives, want %d (%v)", len(files), len(made), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			want, ok := made[name]
			if !ok {
				t.Fatal("not in the table")
			}
			got, err := readFile(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			rules := rulesOf(got)
			if !slices.Contains(rules, want.rule) || want.rule == padded && want.why != "" && len(rules) > 1 {
				t.Errorf("violations %v, want %q (%s)", got.Violations, want.rule, want.why)
			}
		})
	}
}

func rulesOf(t *Tarball) []string {
	rules := []string{}
	for _, v := range t.Violations {
		rules = append(rules, v.Rule)
	}
	return rules
}

// TestForeignTars makes sure that no archive made to break other readers passes,
// compressed or not.
func TestForeignTars(t *testing.T) {
	n := 0
	for _, dir := range []string{"go-stdlib", "node-tar", "safearchive", "zip-slip"} {
		files, err := filepath.Glob(filepath.Join(data(t, "hostile", "tar", dir), "*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s (%v)", dir, err)
		}
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if info.IsDir() {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n++
			for _, packed := range [][]byte{raw, compress(raw)} {
				got, err := Read(packed, filepath.Base(file), Options{})
				if err != nil {
					t.Fatal(err)
				}
				if len(got.Violations) == 0 {
					t.Errorf("%s passes", file)
				}
			}
		}
	}
	if n < 45 {
		t.Errorf("only %d files", n)
	}
}

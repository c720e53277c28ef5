package tarball

import (
	"slices"
	"strings"
	"testing"
)

// A differential is an archive that two readers read differently.
type differential struct {
	name   string
	packed []byte
	rule   string // the rule that refuses it, and no other, or several in order; "": it fits
}

// differentials has a row for each known difference between readers of tar, and
// some similar archives that must pass.
func differentials() []differential {
	x := func(records string, rest ...piece) []byte {
		return compress(join(append(append([]piece{good, extended(records)}, rest...), mark)...))
	}
	one := func(s spec) []byte { return compress(join(good, entry(s), mark)) }
	raw := join(good, mark)
	long := "package/" + strings.Repeat("d/", 40) + strings.Repeat("n", 60)
	signs := "package/1" + strings.Repeat("é", 60) // 99 and 101 bytes are whole signs
	return []differential{
		{"base", compress(raw), ""},
		{"pax path", x(record("path", long)+record("size", "3"), entry(spec{name: "package/short", body: "abc"})), ""},
		{"pax time", x(record("mtime", "499162500.5"), file("package/a", "abc")), ""},
		{"ustar prefix", one(spec{name: "a.js", prefix: "package/lib", body: "1"}), ""},
		{"colon that is no drive", compress(join(good, file("package/node:fs", ""), file("package/1:x", ""), file("package/:", ""), mark)), ""},
		{"folder", one(spec{name: "package/lib/", kind: '5', mode: "000755 \x00"}), ""},
		{"times behind the prefix", one(spec{name: "package/a", edit: func(h []byte) {
			copy(h[476:500], "15270440050\x0015270440050\x00")
		}}), ""},

		// As bun writes a path beyond ASCII, and pnpm 12 one that a ustar header cannot hold.
		{"hdrcharset and path", x(record("hdrcharset", "BINARY")+record("path", "package/ü.js"),
			entry(spec{name: "package/ü.js", body: "abc"})), ""},
		{"long name", compress(join(good, longLink(long), entry(spec{name: long[:100], body: "abc"}), mark)), ""},
		{"long name, its beginning as prefix", compress(join(good, longLink(long), entry(spec{name: long[:100],
			prefix: "package/d/d", body: "abc"}), mark)), ""},
		{"long name beyond ASCII", compress(join(good, longLink("package/"+strings.Repeat("é", 80)),
			entry(spec{name: "package/" + strings.Repeat("é", 46), body: "abc"}), mark)), ""},
		{"hdrcharset alone", x(record("hdrcharset", "BINARY"), file("package/b", evil)), RulePax},
		{"hdrcharset behind the path", x(record("path", "package/ü.js")+record("hdrcharset", "BINARY"), file("package/b", evil)), RulePax},
		{"hdrcharset twice", x(record("hdrcharset", "BINARY")+record("hdrcharset", "BINARY")+record("path",
			"package/ü.js"), file("package/b", evil)), RulePax},
		{"hdrcharset of another name", x(record("hdrcharset", "ISO-IR 10646 2000 UTF-8")+record("path", "package/ü.js"),
			file("package/b", evil)), RulePax},
		{"hdrcharset and size", x(record("hdrcharset", "BINARY")+record("path", "package/ü.js")+record("size", "3"),
			file("package/b", "abc")), RulePax},
		{"hdrcharset and bytes that are no UTF-8", x(record("hdrcharset", "BINARY")+record("path", "package/\xfc.js"),
			file("package/b", evil)), RulePath},
		{"two long names", compress(join(good, longLink(long), longLink(long+"x"), entry(spec{name: long[:100], body: evil}), mark)), RulePax},
		{"long name behind pax", x(record("path", "package/a"), longLink(long), entry(spec{name: long[:100], body: evil})), RulePax},
		{"long name of another file", compress(join(good, longLink(long), file("package/package.json", evil), mark)), RulePax},
		{"long name, less of it than fits", compress(join(good, longLink(long), entry(spec{name: long[:99], body: evil}), mark)), RulePax},
		{"long name, less than the whole signs that fit", compress(join(good, longLink(signs), entry(spec{name: signs[:97],
			body: evil}), mark)), RulePax},
		{"long name, another prefix", compress(join(good, longLink(long), entry(spec{name: long[:100], prefix: "package/e",
			body: "abc"}), mark)), RulePax},
		{"long name of a folder", compress(join(good, longLink(long+"/"), entry(spec{name: long[:100], kind: '5'}), mark)), RulePax},
		{"long name of a link", compress(join(good, longLink(long), entry(spec{name: long[:100], kind: '2', link: "a"}), mark)), RulePax},
		{"long name that is short", compress(join(good, longLink("package/a"), file("package/a", evil), mark)), RulePax},
		{"long name without its NUL", compress(join(good, entry(spec{name: "././@LongLink", kind: 'L',
			magic: "ustar  \x00", body: long}), entry(spec{name: long[:100]}), mark)), RulePax},
		{"long name with two NULs", compress(join(good, longLink(long+"\x00x"), entry(spec{name: long[:100]}), mark)), RulePax},
		{"long name with a line break", compress(join(good, longLink(long+"\n"), entry(spec{name: long[:100]}), mark)), RulePath},
		{"long name without an entry", compress(join(good, longLink(long), mark)), RulePax},
		{"long name, cut off", compress(join(good, longLink(long))[:len(join(good))+block+100]), RuleTrailing},
		{"long name in another form", compress(join(good, entry(spec{name: "././@LongLink", kind: 'L', body: long +
			"\x00"}), entry(spec{name: long[:100]}), mark)), RulePax},
		{"long name of another name", compress(join(good, entry(spec{name: "././@LongLin", kind: 'L', magic: "ustar  \x00",
			body: long + "\x00"}), entry(spec{name: long[:100]}), mark)), RulePax},
		{"long name with a prefix", compress(join(good, entry(spec{name: "././@LongLink", prefix: "a", kind: 'L',
			magic: "ustar  \x00", body: long + "\x00"}), entry(spec{name: long[:100]}), mark)), RulePax},
		{"long name, wrong checksum", compress(join(good, entry(spec{name: "././@LongLink", kind: 'L',
			magic: "ustar  \x00", body: long + "\x00", sum: "000000\x00 "}), entry(spec{name: long[:100]}), mark)), RuleHeader},
		{"long name, large", compress(join(good, longLink("package/"+strings.Repeat("n", MaxPax)),
			entry(spec{name: long[:100]}), mark)), RuleLimit},

		// Go saw 1.0.0 without an error, npm installed 6.6.6.
		{"contiguous file 7", one(spec{name: "package/package.json", kind: '7', body: evil}), RuleType},
		{"double slash", one(spec{name: "package//package.json", body: evil}), RulePath},
		{"dot in the middle", one(spec{name: "package/./package.json", body: evil}), RulePath},
		{"double pax", x(record("path", "package/a"), extended(record("path", "package/package.json")), file("package/b", evil)), RulePax},
		{"file with a slash", one(spec{name: "package/a/", body: string(file("package/package.json", evil))}), RulePath},
		{"gnu long name, then pax", compress(join(good, entry(spec{name: "././@LongLink", kind: 'L',
			body: "package/package.json\x00"}), extended(record("path", "package/a")), file("package/b", evil), mark)), RulePax},
		{"long name, then pax", compress(join(good, longLink(long), extended(record("path", "package/a")),
			entry(spec{name: long[:100], body: evil}), mark)), RulePax},
		{"old N long path", one(spec{name: "package/x", kind: 'N', body: "package/package.json\x00"}), RuleType},
		{"old X header", compress(join(good, entry(spec{name: "x", kind: 'X', body: record("path",
			"package/package.json")}), file("package/b", evil), mark)), RuleType},
		{"pax value with a line break", x(record("path", "a\n29 path=package/package.json"), file("package/b", evil)), RulePax},
		{"pax comment with a line break", x(record("comment", "a\n29 path=package/package.json"), file("package/b", evil)), RulePax},
		{"pax path with a slash", x(record("path", "package/package.json/"), file("package/b", evil)), RulePath},
		{"dot dot root", one(spec{name: "../package.json", body: evil}), RulePath + " " + RuleRoot},
		{"two roots", one(spec{name: "evil/package.json", body: evil}), RuleRoot},
		{"drive", one(spec{name: "package/c:package.json", body: evil}), RulePath},
		{"drive and slash", one(spec{name: "package/C:/package.json", body: evil}), RulePath},
		{"two drives", one(spec{name: "package/c:d:package.json", body: evil}), RulePath},

		// Go returned an error, npm installed 6.6.6.
		{"bad checksum", one(spec{name: "package/package.json", body: evil, sum: "000000\x00 "}), RuleHeader},
		{"garbage block", compress(join(good, piece(strings.Repeat("x", block)), file("package/package.json", evil), mark)), RuleHeader},
		{"negative size", one(spec{name: "package/a", size: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}), RuleHeader},
		{"base-256 size", one(spec{name: "package/a", size: "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", body: "1"}), RuleHeader},
		{"signed size", one(spec{name: "package/a", size: "+0000000001\x00", body: "1"}), RuleHeader},
		{"decimal size", one(spec{name: "package/a", size: "00000000008\x00", body: "12345678"}), RuleHeader},
		{"size with a letter behind", one(spec{name: "package/a", size: "00000000001x", body: "1"}), RuleHeader},
		{"big pax of an unknown key", x(record("comment", strings.Repeat("c", MaxPax)), file("package/a", "")), RuleLimit},
		{"single zero block", compress(join(good, mark[:block], file("package/package.json", evil), mark)), RuleTrailing},
		{"one zero block at the end", compress(join(good, mark[:block])), RuleTrailing},
		{"pax length too long", x("99 path=package/a\n", file("package/b", evil)), RulePax},
		{"pax length too short", x("5 path=package/a\n", file("package/b", evil)), RulePax},
		{"pax length signed", x("+18 path=package/a\n", file("package/b", evil)), RulePax},
		{"pax without a line end", x("17 path=package/a", file("package/b", evil)), RulePax},
		{"pax with NUL", x(record("path", "package/package.json\x00x"), file("package/b", evil)), RulePax},
		{"plain tar", raw, RuleGzip},

		// Go saw 6.6.6, npm installed 1.0.0.
		{"symlink with size", one(spec{name: "package/package.json", kind: '2', link: "x", body: evil}), RuleLink},
		{"hard link with size", one(spec{name: "package/package.json", kind: '1', link: "x", body: evil}), RuleLink},
		{"fifo with size", one(spec{name: "package/package.json", kind: '6', body: evil}), RuleType},
		{"device with size", one(spec{name: "package/package.json", kind: '3', body: evil}), RuleType},
		{"gnu magic and prefix", one(spec{name: "package.json", prefix: "package", magic: "ustar  \x00", body: evil}), RuleHeader},
		{"gnu sparse", one(spec{name: "package/package.json", kind: 'S', magic: "ustar  \x00", body: evil}), RuleType},
		{"pax sparse", x(record("GNU.sparse.major", "1")+record("GNU.sparse.minor", "0"), file("package/package.json", evil)), RulePax},
		{"ustar of another version", one(spec{name: "package.json", prefix: "package", magic: "ustar\x00XX", body: evil}), RuleHeader},
		{"empty pax path", x("8 path=\n", file("package/package.json", evil)), RulePax},

		// The rest of the profile.
		{"no magic", one(spec{name: "package/a", magic: "\x00\x00\x00\x00\x00\x00\x00\x00"}), RuleHeader},
		{"file in the old form", one(spec{name: "package/a", kind: 1, edit: func(h []byte) { h[156] = 0 }}), RuleType},
		{"unknown type", one(spec{name: "package/a", kind: 'Z'}), RuleType},
		{"global pax", x("", entry(spec{name: "g", kind: 'g', body: record("path", "package/a")})), RulePax},
		{"global pax alone", one(spec{name: "g", kind: 'g', body: record("path", "package/a")}), RulePax},
		{"pax at the end", x(record("path", "package/a")), RulePax},
		{"pax twice the same key", x(record("path", "package/a")+record("path", "package/b"), file("package/c", "")), RulePax},
		{"pax unknown key", x(record("SCHILY.xattr.user.x", "y"), file("package/c", "")), RulePax},
		{"pax size differs", x(record("size", "512"), file("package/c", strings.Repeat("x", 1024))), RulePax},
		{"pax empty", x("", file("package/c", "")), RulePax},
		{"link target on a file", one(spec{name: "package/a", link: "b"}), RuleHeader},
		{"bytes behind the name", one(spec{name: "package/a\x00b"}), RuleHeader},
		{"bytes in the header's padding", one(spec{name: "package/a", edit: func(h []byte) { h[511] = 1 }}), RuleHeader},
		{"bytes in a file's padding", compress(join(good, piece(strings.TrimSuffix(string(file("package/a", "1")),
			"\x00")+"x"), mark)), RuleHeader},
		{"folder with content", one(spec{name: "package/a", kind: '5', body: "1"}), RuleHeader},
		{"symlink", one(spec{name: "package/a", kind: '2', link: "package.json"}), RuleLink},
		{"hard link", one(spec{name: "package/a", kind: '1', link: "package/package.json"}), RuleLink},
		{"control character", one(spec{name: "package/a\nb"}), RulePath},
		{"delete character", one(spec{name: "package/a\x7fb"}), RulePath},
		{"C1 control", one(spec{name: "package/a\u0085b"}), RulePath},
		{"bidi", one(spec{name: "package/a\u202eb"}), RulePath},
		{"zero width", one(spec{name: "package/a\u200bb"}), RulePath},
		{"backslash", one(spec{name: `package/..\a`}), RulePath},
		{"not UTF-8", one(spec{name: "package/\xff"}), RulePath},
		{"absolute", one(spec{name: "/package/a"}), RulePath + " " + RuleRoot},
		{"drive as the root", one(spec{name: "C:/package/a"}), RulePath + " " + RuleRoot},
		{"drive deep down", one(spec{name: "package/lib/z:a"}), RulePath},
		{"absolute manifest", one(spec{name: "/package.json", body: evil}), RulePath + " " + RuleRoot},
		{"unknown type Z", one(spec{name: "package/package.json", kind: 'Z', body: evil}), RuleType},
		{"gnu long link name", one(spec{name: "././@LongLink", kind: 'K', body: "package/a\x00"}), RuleType},
		{"block device", one(spec{name: "package/a", kind: '4'}), RuleType},
		{"file in the old form", one(spec{name: "package/package.json", edit: func(h []byte) { h[156] = 0 }, body: evil}), RuleType},
		{"no magic, as before POSIX", one(spec{name: "package/package.json", edit: func(h []byte) { clear(h[257:265]) },
			body: evil}), RuleHeader},
		{"symlink to a folder, then a file in it", compress(join(good, entry(spec{name: "package/a", kind: '2',
			link: "../.."}), file("package/a/b", ""), mark)), RuleLink},
		{"dot dot", one(spec{name: "package/../a"}), RulePath},
		{"root is a file", one(spec{name: "package"}), RuleDuplicate + " " + RuleRoot},
		{"same path, same bytes", compress(join(good, good, mark)), RuleDuplicate},
		{"letter case", one(spec{name: "package/Package.json"}), RuleDuplicate},
		{"full folding", compress(join(good, file("package/straße", ""), file("package/STRASSE", ""), mark)), RuleDuplicate},
		{"composed and not", compress(join(good, file("package/\u00e9", ""), file("package/e\u0301", ""), mark)), RuleDuplicate},
		{"file and folder", compress(join(good, file("package/a", ""), file("package/a/b", ""), mark)), RuleDuplicate},
		{"folder, then file", compress(join(good, file("package/a/b", ""), file("package/A", ""), mark)), RuleDuplicate},
		{"three zero blocks", compress(join(good, mark, mark[:block])), RuleTrailing},
		{"entry behind the end", compress(join(good, mark, file("package/package.json", evil), mark)), RuleTrailing},
		{"no end", compress(good), RuleTrailing},
		{"half a block", compress(raw[:len(raw)-100]), RuleTrailing},
		{"cut in a file", compress(join(good, entry(spec{name: "package/a", size: "00000002000\x00", body: "1"}))), RuleTrailing},
		{"no manifest", compress(join(file("package/a", ""), mark)), RuleManifest},
		{"manifest is no JSON", compress(join(file("package/package.json", "{"), mark)), RuleManifest},
		{"setuid", one(spec{name: "package/a", mode: "004755 \x00"}), RuleMode},
		{"world-writable", one(spec{name: "package/a", mode: "000777 \x00"}), RuleMode},
		{"long part", x(record("path", "package/"+strings.Repeat("n", 256)), file("package/b", "")), RuleLimit},
		{"deep path", x(record("path", "package"+strings.Repeat("/d", 64)), file("package/b", "")), RuleLimit},
		{"long path", x(record("path", "package"+strings.Repeat("/"+strings.Repeat("d", 200), 30)), file("package/b", "")), RuleLimit},
	}
}

// TestDifferentials makes sure that the right rule refuses what Go, npm or GNU tar
// read differently.
func TestDifferentials(t *testing.T) {
	for _, c := range differentials() {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read(c.packed, "p.tgz", Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !refusedBy(got, c.rule) {
				t.Errorf("violations %q, want %q and no other", got.Violations, c.rule)
			}
			if c.rule == "" && (got.Manifest == nil || got.Manifest.Version != "1.0.0") {
				t.Errorf("manifest %v", got.Manifest)
			}
			for _, v := range got.Violations {
				if ruleByID(v.Rule).Title == "" {
					t.Errorf("no rule %q", v.Rule)
				}
			}
			if len(got.Findings()) != len(got.Violations) {
				t.Error("a violation is no finding")
			}
		})
	}
}

// gzipDifferentials has a row for each known difference between readers of gzip.
func gzipDifferentials() []differential {
	raw := join(good, mark)
	packed := compress(raw)
	edit := func(f func(b []byte) []byte) []byte { return f(slices.Clone(packed)) }
	after := func(b ...byte) []byte { return append(slices.Clone(packed), b...) }
	flag := func(bit byte, field ...byte) []byte {
		return edit(func(b []byte) []byte { b[3] = bit; return slices.Insert(b, 10, field...) })
	}
	return []differential{
		{"good", packed, ""},
		{"two members", append(compress(raw[:block]), compress(raw[block:])...), RuleGzip},
		{"second member behind the end", after(compress([]byte("x"))...), RuleGzip},
		{"empty second member", after(compress(nil)...), RuleGzip},
		{"trailing zeros", after(0, 0), RuleGzip},
		{"trailing garbage", after('x'), RuleGzip},
		{"garbage, then a member", after(append([]byte("xx"), compress(raw)...)...), RuleGzip},
		{"two zeros between members", append(append(compress(raw[:block]), 0, 0), compress(raw[block:])...), RuleGzip},
		{"a long second member", after(compress([]byte(strings.Repeat("x", 2048)))...), RuleGzip},
		{"bad checksum", edit(func(b []byte) []byte { b[len(b)-8] ^= 1; return b }), RuleGzip},
		{"bad length", edit(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }), RuleGzip},
		{"cut trailer", packed[:len(packed)-3], RuleGzip},
		{"cut data", packed[:len(packed)/2], RuleGzip},
		{"corrupt data", edit(func(b []byte) []byte { b[12] ^= 0xff; return b }), RuleGzip},
		{"a name", flag(8, append([]byte("../../evil"), 0)...), RuleGzip},
		{"a comment", flag(16, 'c', 0), RuleGzip},
		{"extra data", flag(4, 2, 0, 'x', 'y'), RuleGzip},
		{"a header checksum", flag(2, 0, 0), RuleGzip},
		{"reserved flag", edit(func(b []byte) []byte { b[3] = 0x80; return b }), RuleGzip},
		{"another method", edit(func(b []byte) []byte { b[2] = 7; return b }), RuleGzip},
		{"not gzip", []byte("hello"), RuleGzip},
		{"empty", nil, RuleGzip},
		{"nothing inside", compress(nil), RuleTrailing},
	}
}

func TestGzip(t *testing.T) {
	for _, c := range gzipDifferentials() {
		got, err := Read(c.packed, "p.tgz", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !refusedBy(got, c.rule) {
			t.Errorf("%s: violations %q, want %q and no other", c.name, got.Violations, c.rule)
		}
	}
}

// refusedBy reports whether exactly these rules refuse the archive; "": none does.
func refusedBy(t *Tarball, rules string) bool {
	got := rulesOf(t)
	slices.Sort(got)
	return strings.Join(slices.Compact(got), " ") == rules
}

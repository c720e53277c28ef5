package tarball

import "encoding/binary"

// headSize is how many bytes of a file's beginning are kept to recognise its
// format.
const headSize = 1 << 10

// binaryFormat returns the format of native code that begins with head: "ELF",
// "Mach-O", "PE" or "WebAssembly"; "" for everything else. The first bytes decide,
// never the name. Sources: elf(5); mach-o/loader.h and fat.h; Microsoft's PE
// Format; the WebAssembly specification, 5.5.16.
func binaryFormat(head []byte) string {
	if len(head) < 8 {
		return ""
	}
	switch binary.BigEndian.Uint32(head) {
	case 0x7f454c46:
		return "ELF"
	case 0x0061736d:
		return "WebAssembly"
	case 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe:
		return "Mach-O"
	case 0xcafebabe, 0xcafebabf:
		// A Java class begins with the same bytes. It continues with its version, at
		// least 45; a universal binary continues with the number of architectures.
		if n := binary.BigEndian.Uint32(head[4:]); n > 0 && n < 45 {
			return "Mach-O"
		}
	}
	if head[0] == 'M' && head[1] == 'Z' && len(head) >= 64 {
		at := uint64(binary.LittleEndian.Uint32(head[60:]))
		if at+4 <= uint64(len(head)) && string(head[at:at+4]) == "PE\x00\x00" {
			return "PE"
		}
	}
	return ""
}

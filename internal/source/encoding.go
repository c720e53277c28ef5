package source

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decode turns a file with the attribute working-tree-encoding into the UTF-8
// that git keeps. What git cannot decode it keeps as it is, and so does this;
// an encoding that is not known here leaves the file as it is too, which then
// differs from the commit.
func decode(content []byte, name string) []byte {
	name = strings.ToUpper(name)
	if name == "" || name[0] == ' ' || len(content) == 0 {
		return content
	}
	from := encodingOf(name, content)
	if from == nil {
		return content
	}
	text, err := from.NewDecoder().Bytes(content)
	if err != nil || bytes.Contains(text, []byte("\ufffd")) { // iconv refuses what it would have to replace
		return content
	}
	return text
}

// encodingOf finds an encoding; nil: none, or one that the bytes are not of. Of
// UTF-16 and UTF-32 git demands a byte order mark, which it takes away, and
// where the name says the order it refuses one (validate_encoding).
func encodingOf(name string, content []byte) encoding.Encoding {
	name = strings.Replace(name, "UTF16", "UTF-16", 1)
	name = strings.Replace(name, "UTF32", "UTF-32", 1)
	little16, big16 := bytes.HasPrefix(content, []byte{0xff, 0xfe}), bytes.HasPrefix(content, []byte{0xfe, 0xff})
	little32, big32 := bytes.HasPrefix(content, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(content, []byte{0, 0, 0xfe, 0xff})
	marked := little16 || big16 || little32 || big32
	switch name {
	case "UTF-8", "UTF8":
		return nil
	case "UTF-16", "UTF-16LE-BOM", "UTF-16BE-BOM":
		if !little16 && !big16 {
			return nil
		}
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	case "UTF-32":
		if !little32 && !big32 {
			return nil
		}
		return utf32.UTF32(utf32.BigEndian, utf32.ExpectBOM)
	case "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE":
		if marked {
			return nil
		}
		return map[string]encoding.Encoding{
			"UTF-16LE": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
			"UTF-16BE": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
			"UTF-32LE": utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
			"UTF-32BE": utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
		}[name]
	}
	// Names that only iconv has, SHIFT-JIS and CP1252, are those of the web.
	for _, name := range []string{name, strings.Replace(name, "CP125", "WINDOWS-125", 1)} {
		if found, err := ianaindex.IANA.Encoding(name); err == nil && found != nil {
			return found
		}
	}
	if found, err := htmlindex.Get(name); err == nil {
		return found
	}
	return nil
}

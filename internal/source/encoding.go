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

// decode converts a file with the attribute working-tree-encoding to the UTF-8
// that git stores. Where git cannot decode a file, it stores the file
// unchanged, and so does decode. An encoding that is unknown here also leaves
// the file unchanged; it then differs from the commit.
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
	if err != nil || bytes.Contains(text, []byte("\ufffd")) { // iconv fails where it would have to replace a character
		return content
	}
	return text
}

// encodingOf returns an encoding, or nil if it is unknown or the bytes are not
// in it. For UTF-16 and UTF-32 git requires a byte order mark and removes it;
// if the name states the byte order, it refuses one (validate_encoding).
func encodingOf(name string, content []byte) encoding.Encoding {
	name = strings.Replace(name, "UTF16", "UTF-16", 1)
	name = strings.Replace(name, "UTF32", "UTF-32", 1)
	little16, big16 := bytes.HasPrefix(content, []byte{0xff, 0xfe}), bytes.HasPrefix(content, []byte{0xfe, 0xff})
	little32, big32 := bytes.HasPrefix(content, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(content,
		[]byte{0, 0, 0xfe, 0xff})
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
	// SHIFT-JIS and CP1252 are iconv's names for encodings of the web.
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

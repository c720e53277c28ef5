package secret

import "bytes"

// maxNamesDistance is how far in front of the sources' texts the sources' names may
// stand.
const maxNamesDistance = 64 << 10

// searchEmbeddedMaps searches the sources in source maps that are part of a
// program, as style loaders write them. mapKeysAt says where they are. The escaped
// text of the sources was searched too, as part of the program; such maps are rare.
func (f *File) searchEmbeddedMaps(from, limit int) {
	done := from
	for _, at := range f.mapKeysAt {
		at-- // the quote in front of the key
		if at < done || at >= limit || f.buf[at] != '"' || f.sourceMap != nil {
			continue
		}
		outer := f.newInner("")
		outer.form, outer.decodeOnly = byteForm, true
		m := &mapReader{f: outer, single: true}
		if begin := max(at-maxNamesDistance, done); begin < at {
			if i := bytes.LastIndex(f.buf[begin:at], []byte(`"sources"`)); i >= 0 {
				m.write(f.buf[begin+i : at])
			}
		}
		left := m.write(f.buf[at:])
		m.close()
		done = len(f.buf) - len(left)
		if len(outer.hits) == 0 {
			continue
		}
		line, column := f.position(at)
		for _, p := range outer.hits {
			p.moveTo(f.bufStart+at, f.bufStart+at, line, column)
			f.hits = append(f.hits, p)
		}
	}
}

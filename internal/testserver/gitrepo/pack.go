package gitrepo

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"slices"
)

// The types of entry of a pack (gitformat-pack(5)).
const (
	Commit   = 1
	Tree     = 2
	Blob     = 3
	OfsDelta = 6
	RefDelta = 7
)

// An Entry is one object of a pack.
type Entry struct {
	ID   string // what the index calls it
	Type int
	Base string // of a RefDelta: the name of what it is made on; of an OfsDelta: of an entry before it
	Data []byte // the object's bytes, or the delta
	Size int    // as the head says it; 0: the length of Data
}

// Pack writes a pack and its index into the repository; name is that of the
// files, pack-NAME.
func (r *Repo) Pack(name string, entries ...Entry) error {
	pack, index := MakePack(entries...)
	if err := r.Write("objects/pack/pack-"+name+".pack", string(pack)); err != nil {
		return err
	}
	return r.Write("objects/pack/pack-"+name+".idx", string(index))
}

// MakePack returns the bytes of a pack and of its index.
func MakePack(entries ...Entry) (pack, index []byte) {
	pack = binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(entries)))
	offsets, sums := map[string]int{}, map[string]uint32{}
	for _, e := range entries {
		start := len(pack)
		offsets[e.ID] = start
		size := e.Size
		if size == 0 {
			size = len(e.Data)
		}
		head := byte(e.Type<<4 | size&15)
		for size >>= 4; size > 0; size >>= 7 {
			pack = append(pack, head|0x80)
			head = byte(size & 0x7f)
		}
		pack = append(pack, head)
		switch e.Type {
		case RefDelta:
			base, _ := hex.DecodeString(e.Base)
			pack = append(pack, base...)
		case OfsDelta:
			pack = append(pack, distance(start-offsets[e.Base])...)
		}
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, _ = z.Write(e.Data) // to memory
		_ = z.Close()
		pack = append(pack, b.Bytes()...)
		sums[e.ID] = crc32.ChecksumIEEE(pack[start:])
	}
	sum := sha1.Sum(pack)
	pack = append(pack, sum[:]...)
	return pack, makeIndex(offsets, sums, sum[:])
}

// distance writes the way back to an entry: seven bits a byte, the highest
// first, each but the last counting one more.
func distance(n int) []byte {
	b := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		b = append([]byte{byte(n&0x7f) | 0x80}, b...)
	}
	return b
}

func makeIndex(offsets map[string]int, sums map[string]uint32, pack []byte) []byte {
	names := make([]string, 0, len(offsets))
	for name := range offsets {
		names = append(names, name)
	}
	slices.Sort(names)
	index := []byte("\xfftOc\x00\x00\x00\x02")
	for first := range 256 {
		n := 0
		for _, name := range names {
			if raw, _ := hex.DecodeString(name); int(raw[0]) <= first {
				n++
			}
		}
		index = binary.BigEndian.AppendUint32(index, uint32(n))
	}
	for _, name := range names {
		raw, _ := hex.DecodeString(name)
		index = append(index, raw...)
	}
	for _, name := range names {
		index = binary.BigEndian.AppendUint32(index, sums[name])
	}
	for _, name := range names {
		index = binary.BigEndian.AppendUint32(index, uint32(offsets[name]))
	}
	index = append(index, pack...)
	sum := sha1.Sum(index)
	return append(index, sum[:]...)
}

// Varint writes a size as deltas begin with: seven bits a byte, the lowest
// first.
func Varint(n int) []byte {
	return binary.AppendUvarint(nil, uint64(n))
}

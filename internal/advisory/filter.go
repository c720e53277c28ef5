package advisory

// A filter is a Bloom filter of package names: it says that there is no
// advisory about a name, or that there may be one. It is small enough to be
// read at once, so most names cost no further read.
type filter []byte

const (
	filterBits   = 12 // per name: one in 300 names is a false positive
	filterHashes = 8
)

// newFilter returns a filter for n names.
func newFilter(n int) filter { return make(filter, max(8, (n*filterBits+7)/8)) }

// bits calls f with the number of each bit of a name, until f returns false.
func (x filter) bits(name string, f func(bit uint64) bool) {
	h := uint64(14695981039346656037) // FNV-1a …
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	// … whose high bits need stirring (Stafford's variant 13 of MurmurHash3's
	// finish); then one hash and its step make them all (Kirsch, Mitzenmacher).
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h ^= h >> 31
	step := h>>32 | 1
	for range filterHashes {
		if !f(h % (uint64(len(x)) * 8)) {
			return
		}
		h += step
	}
}

func (x filter) add(name string) {
	x.bits(name, func(bit uint64) bool {
		x[bit/8] |= 1 << (bit % 8)
		return true
	})
}

// mayHave reports whether the name may have been added.
func (x filter) mayHave(name string) bool {
	all := true
	x.bits(name, func(bit uint64) bool {
		all = x[bit/8]&(1<<(bit%8)) != 0
		return all
	})
	return all
}

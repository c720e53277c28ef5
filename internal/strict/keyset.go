package strict

import "hash/maphash"

// few is how many keys are compared one by one before a hash table is used.
const few = 16

// A keySet finds duplicate keys in one object. For up to few keys it keeps
// cheap sums and compares each. For more it is an open-addressing hash table
// with a random seed, so that nobody can choose keys that collide.
type keySet struct {
	data  []byte
	all   *[]node // the nodes of the document, keys among them
	count int
	first [few]int32
	sums  [few]uint32
	table []int32 // index of a key's node plus 1; 0: free; the length is a power of two
	seed  maphash.Seed
}

// has adds the key at a node and reports whether the set already had an equal
// one.
func (k *keySet) has(key int32) bool {
	k.count++
	if k.table != nil {
		if k.count*2 > len(k.table) {
			k.grow()
		}
		return k.insert(key)
	}
	sum := k.sum(key)
	for i, other := range k.sums[:k.count-1] {
		if other == sum && k.same(k.first[i], key) {
			return true
		}
	}
	if k.count <= few {
		k.first[k.count-1], k.sums[k.count-1] = key, sum
		return false
	}
	k.seed = maphash.MakeSeed()
	k.table = make([]int32, few*8)
	for _, n := range k.first {
		k.insert(n)
	}
	return k.insert(key)
}

func (k *keySet) insert(key int32) bool {
	mask := uint64(len(k.table) - 1)
	for i := k.hash(key) & mask; ; i = (i + 1) & mask {
		switch n := k.table[i]; {
		case n == 0:
			k.table[i] = key + 1
			return false
		case k.same(n-1, key):
			return true
		}
	}
}

func (k *keySet) grow() {
	old := k.table
	k.table = make([]int32, len(old)*4)
	for _, n := range old {
		if n != 0 {
			k.insert(n - 1)
		}
	}
}

func (k *keySet) hash(key int32) uint64 {
	if n := (*k.all)[key]; n.asIs() {
		return maphash.Bytes(k.seed, n.raw(k.data))
	}
	return maphash.String(k.seed, text(k.data, *k.all, key))
}

// sum distinguishes most keys by length, ends and middle of their decoded text.
func (k *keySet) sum(key int32) uint32 {
	n := (*k.all)[key]
	raw := n.raw(k.data)
	if !n.asIs() {
		raw = []byte(text(k.data, *k.all, key))
	}
	if len(raw) == 0 {
		return 0
	}
	return uint32(len(raw))<<24 ^ uint32(raw[0])<<16 ^ uint32(raw[len(raw)/2])<<8 ^ uint32(raw[len(raw)-1])
}

func (k *keySet) same(a, b int32) bool {
	x, y := (*k.all)[a], (*k.all)[b]
	if x.asIs() && y.asIs() {
		return string(x.raw(k.data)) == string(y.raw(k.data))
	}
	return text(k.data, *k.all, a) == text(k.data, *k.all, b)
}

package sbom

import (
	"bytes"
	"crypto/sha1" // of RFC 4122's version 5 identifiers; not a signature
	"encoding/hex"
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	unsealed = "urn:uuid:00000000-0000-0000-0000-000000000000"
	// namespace is ours, a random one: it makes our serial numbers differ from
	// those others derive from the same bytes.
	namespace = "\x8f\x1d\x0b\x52\x5c\x7e\x4d\x0a\x9b\x36\x2e\x64\xf0\x8c\x71\xa3"

	run     = 256 // packages that are written together
	writers = 4   // at most, side by side
)

// document writes the whole, in pieces. The two long lists are cut into runs
// that are written side by side while what is ready is hashed: the bytes are
// the same however many processors there are.
func (b *builder) document() [][]byte {
	runs := (len(b.nodes) + run - 1) / run
	components, dependencies := make([][]byte, runs), make([][]byte, runs)
	ready := make([]chan struct{}, 2*runs)
	for i := range ready {
		ready[i] = make(chan struct{})
	}
	var taken atomic.Int32
	write := func() {
		var e encoder
		for i := int(taken.Add(1)) - 1; i < 2*runs; i = int(taken.Add(1)) - 1 {
			if i < runs {
				components[i] = b.components(&e, i)
			} else {
				dependencies[i-runs] = b.dependencies(&e, i-runs)
			}
			close(ready[i])
		}
	}
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), writers, 2*runs) {
		group.Go(write)
	}
	defer group.Wait()

	var e encoder
	b.beginning(&e)
	s := sealer{h: sha1.New()}
	s.h.Write([]byte(namespace))
	s.add(append(e.b, ",\n  \"components\": ["...))
	for i := range runs {
		<-ready[i]
		s.add(components[i])
	}
	s.add([]byte(listEnd(len(b.nodes)-1) + ",\n  \"dependencies\": ["))
	for i := range runs {
		<-ready[runs+i]
		s.add(dependencies[i])
	}
	s.add([]byte(listEnd(len(b.nodes)) + "\n}\n"))
	s.seal()
	return s.parts
}

func listEnd(items int) string {
	if items == 0 {
		return "]"
	}
	return "\n  ]"
}

// begin makes room for a run of items and returns the nodes it is of.
func (b *builder) begin(e *encoder, i, size int) []node {
	e.b, e.depth = make([]byte, 0, size), 2
	return b.nodes[i*run : min((i+1)*run, len(b.nodes))]
}

// next begins an item of a run.
func (e *encoder) next(first bool) {
	if !first {
		e.b = append(e.b, ',')
	}
	e.line()
}

func (b *builder) components(e *encoder, i int) []byte {
	first := i == 0
	nodes := b.begin(e, i, min(run, len(b.nodes))*1400)
	for j := range nodes {
		if nodes[j].pkg != b.in.Graph.Root {
			e.next(first)
			first = false
			b.component(e, &nodes[j])
		}
	}
	return e.b
}

func (b *builder) dependencies(e *encoder, i int) []byte {
	nodes := b.begin(e, i, min(run, len(b.nodes))*300)
	var on []int32
	for j := range nodes {
		e.next(i == 0 && j == 0)
		on = b.dependency(e, &nodes[j], on)
	}
	return e.b
}

// A sealer hashes pieces as they come.
type sealer struct {
	h interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
	parts [][]byte
}

func (s *sealer) add(part []byte) {
	s.h.Write(part)
	s.parts = append(s.parts, part)
}

// seal replaces the empty serial number by a version 5 identifier of the
// document as it stands (CycloneDX wants one for each content; a reproducible
// document cannot have one for each run). The serial number comes before all
// foreign text, so the first match is the right one.
func (s *sealer) seal() {
	id := s.h.Sum(nil)[:16]
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	x := hex.EncodeToString(id)
	serial := "urn:uuid:" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
	copy(s.parts[0][bytes.Index(s.parts[0], []byte(unsealed)):], serial)
}

package sbom

import (
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	unsealed = "urn:uuid:00000000-0000-0000-0000-000000000000"
	// namespace is ours, a random one: it makes our serial numbers differ from
	// those others derive from the same bytes.
	namespace = "\x8f\x1d\x0b\x52\x5c\x7e\x4d\x0a\x9b\x36\x2e\x64\xf0\x8c\x71\xa3"

	run     = 64 // packages that are written together
	writers = 4  // at most, side by side
	ahead   = 8  // runs in memory at once, where they go to a file
)

// document hands the whole to a sealer, in pieces. The two long lists are cut
// into runs that are made side by side while what is ready is hashed: the bytes
// are the same however many processors there are.
func (b *builder) document(s *sealer) error {
	runs := (len(b.nodes) + run - 1) / run
	components, dependencies := make([][]byte, runs), make([][]byte, runs)
	ready := make([]chan struct{}, 2*runs)
	for i := range ready {
		ready[i] = make(chan struct{})
	}
	var taken atomic.Int32
	work := func() {
		var e encoder
		for {
			e.Out = s.buffer() // before the number: who has the lowest never waits
			i := int(taken.Add(1)) - 1
			switch {
			case i < runs:
				components[i] = b.components(&e, i)
			case i < 2*runs:
				dependencies[i-runs] = b.dependencies(&e, i-runs)
			default:
				s.release(e.Out) // for those who wait for one to find that nothing is left
				return
			}
			close(ready[i])
		}
	}
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), writers, 2*runs) {
		group.Go(work)
	}
	defer group.Wait()

	s.start()
	var e encoder
	b.beginning(&e)
	s.add(append(e.Out, ",\n  \"components\": ["...), false)
	for i := range runs {
		<-ready[i]
		s.add(components[i], true)
	}
	s.add([]byte(listEnd(len(b.nodes)-1)+",\n  \"dependencies\": ["), false)
	for i := range runs {
		<-ready[runs+i]
		s.add(dependencies[i], true)
	}
	e.Out = append([]byte(nil), listEnd(len(b.nodes))...)
	b.vulnerabilities(&e)
	s.add(append(e.Out, "\n}\n"...), false)
	return s.seal()
}

func listEnd(items int) string {
	if items == 0 {
		return "]"
	}
	return "\n  ]"
}

// begin makes room for a run of items and returns the nodes it is of.
func (b *builder) begin(e *encoder, i, size int) []node {
	e.Depth = 2
	if e.Out == nil {
		e.Out = make([]byte, 0, size)
	}
	return b.nodes[i*run : min((i+1)*run, len(b.nodes))]
}

// next begins an item of a run.
func (e *encoder) next(first bool) {
	if !first {
		e.Out = append(e.Out, ',')
	}
	e.Line()
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
	return e.Out
}

func (b *builder) dependencies(e *encoder, i int) []byte {
	nodes := b.begin(e, i, min(run, len(b.nodes))*300)
	var on []int32
	for j := range nodes {
		e.next(i == 0 && j == 0)
		on = b.dependency(e, &nodes[j], on)
	}
	return e.Out
}

package sbom

import (
	"bytes"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/publishgate/publishgate/internal/display"
)

const (
	unsealed = "urn:uuid:00000000-0000-0000-0000-000000000000"
	// namespace is a random UUID of ours. It makes our serial numbers differ
	// from those that others derive from the same bytes.
	namespace = "\x8f\x1d\x0b\x52\x5c\x7e\x4d\x0a\x9b\x36\x2e\x64\xf0\x8c\x71\xa3"

	run     = 64 // packages that are encoded together
	writers = 4  // goroutines at most
	ahead   = 8  // runs held in memory, if the output is a file
)

// A reader is used by one goroutine: it converts packages to the library's
// structs, one after the other, in the same memory.
type reader struct {
	b        *builder
	items    *display.Encoder
	licenses map[string]*cdx.Licenses // cache

	component  cdx.Component // the current one, and its lists
	hashes     []cdx.Hash
	references []cdx.ExternalReference
	properties []cdx.Property
	dependency cdx.Dependency // the current one
	on         []int32        // what it depends on
	refs       []string       // the same, by ref
}

func (b *builder) reader() *reader {
	return &reader{b: b, items: display.NewEncoder(), licenses: map[string]*cdx.Licenses{}, refs: []string{}}
}

// lists marks the place of the two long lists in the frame. Foreign text cannot
// equal it, because quotes in it are escaped.
var lists = []byte(`"components":[],"dependencies":[]`)

// document passes the whole document to a sealer, in pieces. The two long lists
// are split into runs, which are encoded in parallel while finished ones are
// hashed. The bytes do not depend on the number of processors.
func (b *builder) document(s *sealer) error {
	r := b.reader()
	text, err := r.items.Compact(b.frame(r))
	if err != nil {
		return err
	}
	head, tail, found := bytes.Cut(text, lists)
	if !found {
		return errors.New("the document has no place for its lists")
	}

	runs := (len(b.nodes) + run - 1) / run
	texts, failed := make([][]byte, 2*runs), make([]error, 2*runs) // of the components, then of the dependencies
	ready := make([]chan struct{}, 2*runs)
	for i := range ready {
		ready[i] = make(chan struct{})
	}
	var taken atomic.Int32
	work := func() {
		r := b.reader()
		for {
			out := s.buffer() // take the buffer before the number, so that the lowest number never waits for one
			i := int(taken.Add(1)) - 1
			if i >= 2*runs {
				s.release(out) // others may wait for a buffer before they find that no run is left
				return
			}
			texts[i], failed[i] = r.run(out, i%runs, i >= runs)
			close(ready[i])
		}
	}
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), writers, 2*runs) {
		group.Go(work)
	}
	defer group.Wait()

	s.start()
	s.add(append(display.Indent(nil, head, 0), `"components": [`...), false)
	for i := range ready {
		if i == runs {
			s.add(append(display.End(nil, 1, len(b.nodes) == 1), ",\n  \"dependencies\": ["...), false)
		}
		<-ready[i]
		s.add(texts[i], true)
	}
	s.add(append(display.Indent(display.End(nil, 1, len(b.nodes) == 0), tail, 1), '\n'), false)
	return errors.Join(append(failed, s.seal())...)
}

// run appends one run of components or of dependencies.
func (r *reader) run(out []byte, i int, dependencies bool) ([]byte, error) {
	b, first := r.b, i == 0
	size := 1400
	if dependencies {
		size = 300
	}
	if out == nil {
		out = make([]byte, 0, min(run, len(b.nodes))*size)
	}
	nodes := b.nodes[i*run : min((i+1)*run, len(b.nodes))]
	var failed error
	for j := range nodes {
		var err error
		switch n := &nodes[j]; {
		case dependencies:
			out, err = r.items.Item(out, b.dependency(r, n), 2, first)
		case n.pkg == b.in.Graph.Root:
			continue
		default:
			out, err = r.items.Item(out, narrow(b.component(r, n)), 2, first)
		}
		failed, first = errors.Join(failed, err), false
	}
	return out, failed
}

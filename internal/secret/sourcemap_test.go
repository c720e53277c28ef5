package secret

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/race"
)

// TestMapMemory makes sure that reading a source map needs no memory that grows with
// it. Packages have thousands of maps.
func TestMapMemory(t *testing.T) {
	race.Leave(t, "the tests of internal/tarball, which searches in parallel")
	s := mustScanner(t)
	source := strings.Repeat(`const a = \"b\";\n`, 4<<10)
	text := []byte(`{"version":3,"sources":["a.ts"],"sourcesContent":["` + source + `"],"mappings":"AAAA"}`)
	read := func() {
		f := s.File("package/a.js.map")
		for rest := text; len(rest) > 0; {
			n := min(len(rest), 16<<10)
			f.Write(rest[:n])
			rest = rest[n:]
		}
		f.Close()
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // each has a pool of buffers of its own
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	read() // takes the buffers, which are kept
	const times = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		read()
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / times; each > uint64(len(text)/8) {
		t.Errorf("a map of %d bytes takes %d bytes of memory", len(text), each)
	}
}

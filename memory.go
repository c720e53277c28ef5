package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much memory the process takes before it collects garbage, in bytes. A run
// takes some tens of milliseconds, and each collection costs some of them, by how
// much is in use that holds pointers. What holds none, such as a tarball, costs
// nothing.
const (
	leastRoom  = 32 << 20  // beside what holds no pointers
	otherRoom  = 12 << 20  // for stacks and the like, where more than leastRoom is needed
	mostMemory = 160 << 20 // in all; with what is no heap, a process stays below 256 MiB where it can
)

// boundMemory sets the limit of memory by what is in use now, and again after each
// collection.
func boundMemory() {
	use := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/heap:bytes"}}
	metrics.Read(use)
	debug.SetMemoryLimit(memoryLimit(use[0].Value.Uint64(), use[1].Value.Uint64()))
	runtime.AddCleanup(new(unused), func(int) { boundMemory() }, 0)
}

// An unused value is collected by the next collection. It holds a pointer, since
// the smallest values without one are not collected one by one.
type unused struct{ _ *byte }

// memoryLimit returns the limit where the last collection left live bytes, and
// scanned of them may hold pointers: what holds none, and the least room, or twice
// the rest.
func memoryLimit(live, scanned uint64) int64 {
	scanned = min(scanned, live)
	return int64(min(live-scanned+max(leastRoom, otherRoom+2*scanned), mostMemory))
}

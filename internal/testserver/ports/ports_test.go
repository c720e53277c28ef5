package ports

import (
	"slices"
	"sync"
	"testing"
)

// TestFree asks many times at once: no port is given twice.
func TestFree(t *testing.T) {
	var (
		group sync.WaitGroup
		lock  sync.Mutex
		all   []string
	)
	for range 20 {
		group.Go(func() {
			free, err := Free(40)
			if err != nil || len(free) != 40 {
				t.Errorf("%d ports, %v", len(free), err)
			}
			lock.Lock()
			defer lock.Unlock()
			all = append(all, free...)
		})
	}
	group.Wait()
	slices.Sort(all)
	if different := len(slices.Compact(slices.Clone(all))); different != 800 {
		t.Errorf("%d different ports of 800", different)
	}
}

package upgrade

import (
	"container/heap"
	"sort"
)

// dependentsFirst orders the updates so that dependents come first: a manager
// keeps a copy if a dependent requests exactly that version.
func (m *maker) dependentsFirst() {
	var updates []*change
	var places []int
	at := map[string]int{} // of each in updates, by name
	for i, c := range m.changes {
		if c.do == Update {
			at[c.name] = len(updates)
			updates, places = append(updates, c), append(places, i)
		}
	}
	waits := make([]int, len(updates))    // for how many others
	blocks := make([][]int, len(updates)) // which others wait for it
	for i, c := range updates {
		told := map[int]bool{i: true}
		for _, p := range m.byName[c.name] {
			for _, in := range m.into.Of(p) {
				if other, updated := at[in.From.Name]; updated && !told[other] {
					told[other] = true
					waits[i]++
					blocks[other] = append(blocks[other], i)
				}
			}
		}
	}
	ready := &queue{}
	for i := range updates {
		if waits[i] == 0 {
			ready.IntSlice = append(ready.IntSlice, i) // ascending is a heap
		}
	}
	placed, first := make([]bool, len(updates)), 0
	for _, place := range places {
		next := first
		if ready.Len() > 0 {
			next = heap.Pop(ready).(int)
		} else { // the first of what is left, which forms a cycle
			for placed[next] {
				next++
			}
			first = next
		}
		m.changes[place], placed[next] = updates[next], true
		for _, i := range blocks[next] {
			if waits[i]--; waits[i] == 0 && !placed[i] {
				heap.Push(ready, i)
			}
		}
	}
}

// A queue of numbers gives the lowest first, by package heap.
type queue struct{ sort.IntSlice }

func (q *queue) Push(x any) { q.IntSlice = append(q.IntSlice, x.(int)) }

func (q *queue) Pop() any {
	last := len(q.IntSlice) - 1
	x := q.IntSlice[last]
	q.IntSlice = q.IntSlice[:last]
	return x
}

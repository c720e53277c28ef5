package workspace

// components returns for each of n positions the number of its strongly
// connected component: two positions have one number if a way leads from each to
// the other. It is Tarjan's algorithm without recursion, since a workspace may be
// one long chain.
func components(n int, edges []edge) []int {
	next := make([][]int, n)
	for _, e := range edges {
		next[e.from] = append(next[e.from], e.to)
	}
	group, low, order := make([]int, n), make([]int, n), make([]int, n)
	var stack []int
	seen, groups := 0, 0
	type frame struct{ at, edge int }
	for start := range n {
		if order[start] != 0 {
			continue
		}
		frames := []frame{{start, 0}}
		for len(frames) > 0 {
			f := &frames[len(frames)-1]
			at := f.at
			if f.edge == 0 {
				seen++
				order[at], low[at] = seen, seen
				stack = append(stack, at)
			}
			if f.edge < len(next[at]) {
				to := next[at][f.edge]
				f.edge++
				if order[to] == 0 {
					frames = append(frames, frame{to, 0})
				} else if group[to] == 0 {
					low[at] = min(low[at], order[to])
				}
				continue
			}
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				above := frames[len(frames)-1].at
				low[above] = min(low[above], low[at])
			}
			if low[at] == order[at] {
				groups++
				for {
					last := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					group[last] = groups
					if last == at {
						break
					}
				}
			}
		}
	}
	return group
}

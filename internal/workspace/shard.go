package workspace

import (
	"cmp"
	"slices"
)

// The most entries of a matrix, by GitHub's limit, and the packages of a shard
// where nobody said how many shards there are.
const (
	MaxJobs  = 256
	perShard = 32
)

// Shards returns how many shards a number of packages needs: none if each may
// have a job of its own.
func Shards(packages int) int {
	if packages <= MaxJobs {
		return 0
	}
	return min(MaxJobs, (packages+perShard-1)/perShard)
}

// Split puts packages into at most n shards of about the same weight: the
// heaviest package first, each into the lightest shard. The packages of a shard
// keep their order, and shards are in the order of their first package.
func Split(weights []int64, n int) [][]int {
	n = min(n, len(weights))
	byWeight := make([]int, len(weights))
	for i := range byWeight {
		byWeight[i] = i
	}
	slices.SortStableFunc(byWeight, func(a, b int) int { return cmp.Compare(weights[b], weights[a]) })
	shards, loads := make([][]int, n), make([]int64, n)
	for _, i := range byWeight {
		least := 0
		for s := range shards {
			if loads[s] < loads[least] || loads[s] == loads[least] && len(shards[s]) < len(shards[least]) {
				least = s
			}
		}
		shards[least] = append(shards[least], i)
		loads[least] += max(weights[i], 0)
	}
	for _, s := range shards {
		slices.Sort(s)
	}
	slices.SortFunc(shards, slices.Compare[[]int])
	return shards
}

//go:build linux

package main

import (
	"testing"
	"time"

	"github.com/publishgate/publishgate/.ci/tools/beside"
)

func costs(wall ...int) (all []beside.Cost) {
	for _, ms := range wall {
		all = append(all, beside.Cost{Wall: time.Duration(ms) * time.Millisecond, Memory: int64(ms) << 10})
	}
	return all
}

// TestRatio: rounds are compared with each other, so a machine that was slow for a
// while changes nothing.
func TestRatio(t *testing.T) {
	c := contest{ours: costs(10, 100, 10), trivy: costs(40, 400, 50)}
	if got := c.ratio(trivy); got != 0.25 {
		t.Errorf("the ratio is %v, not 0.25", got)
	}
}

// TestJudge: what is missed is said by name, and without a peer nothing is met.
func TestJudge(t *testing.T) {
	c := contest{ours: costs(10, 20, 30), trivy: costs(40, 80, 120)}
	for _, row := range []struct {
		goal        goal
		wanted, met string
	}{
		{goal{wall: 20 * time.Millisecond, memory: 30}, "20 ms, 30 MiB", "met"},
		{goal{wall: 19 * time.Millisecond, memory: 29}, "19 ms, 29 MiB", "missed: time, memory"},
		{goal{ratio: 0.25, of: trivy}, "0.25 × trivy", "met"},
		{goal{ratio: 0.2, of: trivy}, "0.2 × trivy", "missed: ratio"},
		{goal{ratio: 0.1, of: npm}, "0.1 × npm", "missed: nothing to compare with"},
	} {
		if wanted, met := row.goal.judge(c); wanted != row.wanted || met != row.met {
			t.Errorf("%+v: %q, %q", row.goal, wanted, met)
		}
	}
}

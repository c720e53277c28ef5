package npm

import (
	"fmt"
	"strings"
	"testing"
)

func TestShortPath(t *testing.T) {
	chain := func(n int) []string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("p%d@1.0.0", i))
		}
		return all
	}
	for n, want := range map[int]string{0: "", 1: "p0@1.0.0", 11: strings.Join(chain(11), " "),
		12: "p0@1.0.0 p1@1.0.0 p2@1.0.0 p3@1.0.0 p4@1.0.0 … 2 more … p7@1.0.0 p8@1.0.0 p9@1.0.0 p10@1.0.0 p11@1.0.0"} {
		if got := strings.Join(ShortPath(chain(n)), " "); got != want {
			t.Errorf("of %d: %s", n, got)
		}
	}
	long := ShortPath(chain(20_000))
	if len(long) != 11 || !IsGap(long[5]) || long[5] != "… 19990 more …" || long[10] != "p19999@1.0.0" {
		t.Errorf("%q", long)
	}
	if again := ShortPath(long); len(again) != 11 || again[5] != long[5] {
		t.Errorf("shortened twice: %q", again)
	}
	all := [][]string{chain(3), chain(30), chain(2)}
	short := ShortPaths(all)
	if len(all[1]) != 30 || len(short[1]) != 11 || len(short[2]) != 2 {
		t.Errorf("%q of %q", short, all)
	}
}

func TestSomePaths(t *testing.T) {
	var all [][]string
	for i := range 2000 {
		all = append(all, []string{"root@1.0.0", fmt.Sprintf("p%d@1.0.0", i)})
	}
	for n, want := range map[int]int{0: 0, 11: 11, 12: 11, 2000: 11} {
		if got := SomePaths(all[:n]); len(got) != want {
			t.Errorf("%d of %d", len(got), n)
		}
	}
	some := SomePaths(all)
	if some[4][1] != "p4@1.0.0" || len(some[5]) != 1 || some[5][0] != "… 1990 more …" || some[6][1] != "p1995@1.0.0" || len(all[5]) != 2 {
		t.Errorf("%q", some)
	}
}

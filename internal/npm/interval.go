package npm

// An Interval is a run of versions by precedence, prereleases included.
type Interval struct {
	Low, High         Version
	LowOpen, HighOpen bool // the bound itself is excluded
	NoHigh            bool // there is no upper bound
}

// Lowest is the version that no other one comes before: 0.0.0-0.
var Lowest = Version{pre: "0"}

// Intervals returns the range as runs of versions, one for each alternative
// that contains a version, with prereleases included: what an advisory's
// "vulnerable_versions" means to npm audit.
func (r Range) Intervals() []Interval {
	out := make([]Interval, 0, len(r.prerelease))
	for _, set := range r.prerelease {
		if run := set.interval(); !run.empty() {
			out = append(out, run)
		}
	}
	return out
}

func (set comparators) interval() Interval {
	run := Interval{Low: Lowest, NoHigh: true}
	for _, c := range set {
		switch c.op {
		case opEqual:
			run.raise(c.v, false)
			run.lower(c.v, false)
		case opGreater, opGreaterEqual:
			run.raise(c.v, c.op == opGreater)
		case opLess, opLessEqual:
			run.lower(c.v, c.op == opLess)
		}
	}
	return run
}

func (i *Interval) raise(v Version, open bool) {
	if c := v.Compare(i.Low); c > 0 || c == 0 && open {
		i.Low, i.LowOpen = v, open
	}
}

func (i *Interval) lower(v Version, open bool) {
	if c := v.Compare(i.High); i.NoHigh || c < 0 || c == 0 && open {
		i.High, i.HighOpen, i.NoHigh = v, open, false
	}
}

func (i *Interval) empty() bool {
	if i.NoHigh {
		return false
	}
	c := i.Low.Compare(i.High)
	return c > 0 || c == 0 && (i.LowOpen || i.HighOpen)
}

// Intersect reports whether some version is in both ranges, prereleases
// included. Text that is no range, such as a tag, intersects every range.
func Intersect(a, b string) bool {
	x, err := ParseRange(a)
	y, err2 := ParseRange(b)
	if err != nil || err2 != nil {
		return true
	}
	for _, i := range x.Intervals() {
		for _, j := range y.Intervals() {
			j.raise(i.Low, i.LowOpen)
			if !i.NoHigh {
				j.lower(i.High, i.HighOpen)
			}
			if !j.empty() {
				return true
			}
		}
	}
	return false
}

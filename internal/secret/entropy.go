package secret

import (
	"math"
	"unicode/utf8"
)

// entropy returns Shannon's entropy in bits per character. The length counts bytes,
// as in gitleaks (detect/utils.go).
func entropy(value []byte) float64 {
	var ascii [utf8.RuneSelf]int
	var other map[rune]int
	for _, r := range string(value) {
		if r < utf8.RuneSelf {
			ascii[r]++
			continue
		}
		if other == nil {
			other = map[rune]int{}
		}
		other[r]++
	}
	e := 0.0
	add := func(n int) {
		f := float64(n) / float64(len(value))
		e -= f * math.Log2(f)
	}
	for _, n := range ascii {
		if n > 0 {
			add(n)
		}
	}
	for _, n := range other {
		add(n)
	}
	return e
}

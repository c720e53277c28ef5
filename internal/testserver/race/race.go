// Package race leaves tests out of a build with the race detector. It is imported
// by tests only.
package race

import "testing"

// Left is why such a test is skipped. .ci/run accepts it under the race detector,
// and then runs every test that gave it without the detector, where nobody does.
const Left = "left to the step without the race detector"

// Leave skips a test where the race detector is: it makes a computation up to ten
// times as slow, and of one goroutine it sees nothing. by says which tests show it
// the goroutines of the same room.
func Leave(t testing.TB, by string) {
	t.Helper()
	if Detector {
		t.Skip(Left + ": the goroutines are looked at by " + by)
	}
}

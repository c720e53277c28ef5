//go:build race

package race

// Detector reports whether the race detector is in this build.
const Detector = true

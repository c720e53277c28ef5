package race

import "testing"

// TestLeave shows that a test is left out where the detector is, and nowhere else.
func TestLeave(t *testing.T) {
	ran := false
	left := !t.Run("left", func(t *testing.T) {
		t.Cleanup(func() {
			if t.Skipped() != Detector {
				t.Errorf("skipped: %t, with the detector: %t", t.Skipped(), Detector)
			}
		})
		Leave(t, "nothing: this is its own test")
		ran = true
	})
	if ran == Detector || left {
		t.Errorf("ran: %t, failed: %t", ran, left)
	}
}

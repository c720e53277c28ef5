package publish

import "time"

// Age makes what was looked at older.
func (f *Preflight) Age(by time.Duration) { f.at = f.at.Add(-by) }

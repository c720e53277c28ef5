package disk

import "errors"

// ErrLocked is the error of a lock that somebody else has.
var ErrLocked = errors.New("somebody else has the lock")

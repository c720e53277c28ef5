package registry

import (
	"bytes"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
)

// ReadHistory is History of a body.
func ReadHistory(name string, body []byte) (*History, error) {
	h := &History{Name: name}
	r := &reading{Stream: strict.NewStream(bytes.NewReader(body)), name: name, full: true, times: map[string]time.Time{},
		each: func(p *part) error { return h.add(p, words{}) }}
	if err := r.read(); err != nil {
		return nil, err
	}
	h.end(r)
	return h, nil
}

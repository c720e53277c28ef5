package cli

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/web"
)

// recordedAt is the file of a recording that says when it was made: what is looked at
// again is looked at as of then.
const recordedAt = "recorded-at.txt"

// carrier returns what carries the requests: the network, the network with the answers
// kept, or the kept answers and no network. done ends it.
func (r *monitorRun) carrier() (carrier http.RoundTripper, done func(), err error) {
	if r.from != "" {
		data, err := disk.ReadNamed(filepath.Join(r.from, recordedAt), 100)
		if err != nil {
			return nil, nil, fmt.Errorf("-from wants a folder that -record wrote: %w", err)
		}
		at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(data)))
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: it says no time", filepath.Join(r.from, recordedAt))
		}
		r.p.Now, r.net.Now = func() time.Time { return at }, func() time.Time { return at }
		kept, err := web.Replay(r.from)
		if err != nil {
			return nil, nil, err
		}
		return kept, func() { _ = kept.Close() }, nil
	}
	transport, err := gate.NewTransport(r.net)
	if err != nil || r.record == "" {
		return transport, transport.CloseIdleConnections, err
	}
	recorder, err := web.Record(r.record, transport)
	if err != nil {
		return nil, nil, err
	}
	folder, err := disk.Create(r.record)
	if err == nil {
		err = folder.Write(recordedAt, []byte(r.p.Now().UTC().Format(time.RFC3339)+"\n"))
		_ = folder.Close()
	}
	return recorder, func() { _ = recorder.Close(); transport.CloseIdleConnections() }, err
}

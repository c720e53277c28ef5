package gate

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/testserver/osv"
)

// The transport uses HTTP/2 if the server does. The details of many advisories
// then come over one connection in parallel, never more at once than the source
// intends to ask.
func TestTransportSpeaksHTTP2(t *testing.T) {
	api := osv.Start()
	defer api.Close()
	const records = 60
	for i := range records {
		if err := api.Add(fmt.Appendf(nil, `{"id":"GHSA-%d","affected":[{"package":{"ecosystem":"npm","name":"p%d"},`+
			`"versions":["1.0.0"]}]}`, i, i)); err != nil {
			t.Fatal(err)
		}
	}
	var old, connections, now, most atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			old.Add(1)
		}
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(2 * time.Millisecond)
		api.ServeHTTP(w, r)
	}))
	server.EnableHTTP2 = true
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	transport, err := NewTransport(Net{CAFile: ca})
	if err != nil {
		t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	sources, err := openSources(Net{Transport: transport, Now: time.Now}, nil, []SourceSpec{{Kind: "osv", Arg: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	var asked []advisory.Asked
	for i := range records {
		asked = append(asked, advisory.Asked{Name: fmt.Sprintf("p%d", i), Versions: []string{"1.0.0"}})
	}
	found, _, err := sources[0].Answer(t.Context(), asked)
	if err != nil || len(found) != records+1 {
		t.Fatalf("%d records, %v", len(found), err)
	}
	if old.Load() != 0 || connections.Load() != 1 || most.Load() < 2 || most.Load() > 16 {
		t.Errorf("%d requests without HTTP/2, %d connections, %d requests at once", old.Load(), connections.Load(), most.Load())
	}
}

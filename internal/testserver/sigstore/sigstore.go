// Package sigstore runs the real servers of a Sigstore for tests: Fulcio, Rekor
// v1 and v2, a timestamp authority, and a certificate log, with keys of their
// own made at run time, and a stand-in for the one thing that cannot be run, the
// token issuer of GitHub's runners.
//
// The servers come from a folder of binaries (.ci/sigstore builds them) named by
// the environment variable PUBLISHGATE_SIGSTORE. Unset: the test skips and says
// so. Set: it must run.
//
// Everything listens on loopback, but for three metrics endpoints whose servers
// offer no such choice: Fulcio's on a free port, and that of the TSA and Rekor v1
// on port 2112, for which stacks of several test binaries queue up. All of it is
// gone when the test ends, or dies. It is for tests only.
package sigstore

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/ports"
)

// Variable names the environment variable with the folder of server binaries.
const Variable = "PUBLISHGATE_SIGSTORE"

// A Stack is a running Sigstore.
type Stack struct {
	Fulcio  string // base addresses
	RekorV1 string
	RekorV2 string
	TSA     string // full address

	TrustedRoot []byte // trusted_root.json of all of them
	Issuer      *Issuer

	Dir string // keys and configurations; trusted_root.json is there too

	bin       string
	processes map[string]*process
}

// startUp is how long the servers may take, all together; on an idle machine it
// is less than a second.
const startUp = 60 * time.Second

// running says that this process runs the servers.
var running atomic.Bool

// Start runs the servers until the test ends. They run once at a time, so a test
// with them is not parallel to others: those would wait for the servers, and it,
// with parallel parts of its own, for those.
func Start(t testing.TB) *Stack {
	t.Helper()
	bin := os.Getenv(Variable)
	if bin == "" {
		t.Skipf("%s is not set: build the servers with .ci/sigstore and set it to their folder", Variable)
	}
	s := &Stack{Dir: t.TempDir(), bin: bin, processes: map[string]*process{}}
	if !running.CompareAndSwap(false, true) {
		t.Fatal("the servers run already: a test that starts them must not be parallel")
	}
	t.Cleanup(func() { running.Store(false) })
	t.Cleanup(lockMetricsPort(t)) // may take as long as another room's tests
	ctx, cancel := context.WithTimeout(context.Background(), startUp)
	defer cancel()
	t.Cleanup(s.stop)
	if err := s.start(ctx); err != nil {
		s.stop()
		t.Fatalf("start the local sigstore: %v", err)
	}
	return s
}

func (s *Stack) start(ctx context.Context) error {
	keys, err := newKeys(s.Dir)
	if err != nil {
		return err
	}
	if s.Issuer, err = newIssuer(s.Dir); err != nil {
		return err
	}
	port, err := ports.Free(9)
	if err != nil {
		return err
	}
	fulcio, fulcioGRPC, fulcioMetrics, ctLog, rekor1, rekor2, rekor2GRPC, rekor2Metrics, tsa :=
		port[0], port[1], port[2], port[3], port[4], port[5], port[6], port[7], port[8]
	s.Fulcio = "http://127.0.0.1:" + fulcio
	s.RekorV1 = "http://127.0.0.1:" + rekor1
	s.RekorV2 = "http://127.0.0.1:" + rekor2
	s.TSA = "http://127.0.0.1:" + tsa + "/api/v1/timestamp"

	trillian, err := s.run("tmem", nil)
	if err != nil {
		return err
	}
	line, err := trillian.line(ctx)
	if err != nil {
		return err
	}
	var trillianHost, trillianPort string
	fields := strings.Fields(line)
	if len(fields) == 3 {
		trillianHost, trillianPort, err = net.SplitHostPort(fields[0])
	}
	if len(fields) != 3 || err != nil {
		return fmt.Errorf("tmem said %q", line)
	}
	if err := s.write("ct.cfg", fmt.Sprintf(ctConfig, fields[1], s.path("fulcio-root.pem"), keys.ctConfigKey)); err != nil {
		return err
	}
	if err := s.write("fulcio.yaml", fulcioConfig); err != nil {
		return err
	}
	if _, err := s.run("ct_server", nil,
		"--http_endpoint=127.0.0.1:"+ctLog, "--log_config="+s.path("ct.cfg"),
		"--log_rpc_server="+fields[0]); err != nil {
		return err
	}
	if err := s.ready(ctx, "ct_server", "http://127.0.0.1:"+ctLog+"/test/ct/v1/get-sth"); err != nil {
		return err
	}

	if _, err := s.run("fulcio", []string{
		"HTTPS_PROXY=" + s.Issuer.proxy, "SSL_CERT_FILE=" + s.path("issuer-ca.pem"),
	}, "serve", "--host=127.0.0.1", "--port="+fulcio, "--grpc-host=127.0.0.1", "--grpc-port="+fulcioGRPC,
		"--metrics-port="+fulcioMetrics, "--legacy-unix-domain-socket="+s.path("fulcio.sock"),
		"--config-path="+s.path("fulcio.yaml"), "--ca=fileca", "--fileca-cert="+s.path("fulcio-chain.pem"),
		"--fileca-key="+s.path("fulcio.key"), "--fileca-watch=false",
		"--fileca-key-passwd=unused", // it insists on one; the key is not encrypted
		"--ct-log-url=http://127.0.0.1:"+ctLog+"/test", "--ct-log-public-key-path="+s.path("ct.pub"),
	); err != nil {
		return err
	}
	if _, err := s.run("posix", nil, "serve", "--hostname="+rekorV2Host,
		"--http-address=127.0.0.1", "--http-port="+rekor2, "--grpc-address=127.0.0.1", "--grpc-port="+rekor2GRPC,
		"--http-metrics-port="+rekor2Metrics, "--storage-dir="+s.path("tiles"),
		"--signer-filepath="+s.path("rekor2.key"), "--checkpoint-interval=200ms", "--batch-max-age=50ms",
	); err != nil {
		return err
	}
	if _, err := s.run("timestamp-server", nil, "serve", "--host=127.0.0.1", "--port="+tsa,
		"--timestamp-signer=file", "--file-signer-key-path="+s.path("tsa.key"),
		"--certificate-chain-path="+s.path("tsa-chain.pem"), "--disable-ntp-monitoring",
	); err != nil {
		return err
	}
	// Rekor v1 shrugs when port 2112 is taken, the TSA dies; so it comes second.
	if err := s.ready(ctx, "timestamp-server", "http://127.0.0.1:"+tsa+"/ping"); err != nil {
		return err
	}
	if _, err := s.run("rekor-server", nil, "serve", "--rekor_server.address=127.0.0.1", "--port="+rekor1,
		"--trillian_log_server.address="+trillianHost, "--trillian_log_server.port="+trillianPort,
		"--trillian_log_server.tlog_id="+fields[2], "--enable_retrieve_api=false",
		"--rekor_server.signer="+s.path("rekor1.key"), "--rekor_server.hostname="+rekorV1Host, "--redis_server.address=",
	); err != nil {
		return err
	}
	for name, address := range map[string]string{
		"fulcio":       s.Fulcio + "/healthz",
		"posix":        s.RekorV2 + "/healthz",
		"rekor-server": s.RekorV1 + "/api/v1/log",
	} {
		if err := s.ready(ctx, name, address); err != nil {
			return err
		}
	}
	s.TrustedRoot, err = keys.trustedRoot()
	if err != nil {
		return err
	}
	return s.write("trusted_root.json", string(s.TrustedRoot))
}

// Environ is what GitHub's runner gives a job that may ask for ID tokens, as
// NAME=VALUE.
func (s *Stack) Environ() []string {
	return []string{
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + s.Issuer.RequestURL,
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + s.Issuer.RequestToken,
	}
}

// Path is the path of a file of the stack, "trusted_root.json".
func (s *Stack) Path(name string) string { return s.path(name) }

func (s *Stack) path(name string) string { return filepath.Join(s.Dir, name) }

func (s *Stack) write(name, text string) error {
	return os.WriteFile(s.path(name), []byte(text), 0o600)
}

// ready waits until the server answers, or dies.
func (s *Stack) ready(ctx context.Context, name, address string) error {
	p := s.processes[name]
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
			if response.StatusCode < 500 {
				return nil
			}
			err = fmt.Errorf("answered %d", response.StatusCode)
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %s", name, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", name, err, p.tail())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Cosign is the path of cosign, which .ci/sigstore builds beside the servers.
func (s *Stack) Cosign(t testing.TB) string {
	t.Helper()
	path := filepath.Join(s.bin, "cosign")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: .ci/sigstore builds it", err)
	}
	return path
}

// MakeTrustedRoot makes the trusted_root.json of servers that do not run, for what
// must be known before any is asked. Their keys go into the folder.
func MakeTrustedRoot(dir string) ([]byte, error) {
	keys, err := newKeys(dir)
	if err != nil {
		return nil, err
	}
	return keys.trustedRoot()
}

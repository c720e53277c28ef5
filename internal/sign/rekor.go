package sign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	tilespb "github.com/sigstore/rekor-tiles/v2/pkg/generated/protobuf"
	"github.com/sigstore/rekor/pkg/generated/client"
	"github.com/sigstore/rekor/pkg/generated/client/entries"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"google.golang.org/protobuf/encoding/protojson"
)

// A Log is one transparency log and the version of its API: 1 (Rekor with
// Trillian) or 2 (Rekor on tiles).
type Log struct {
	URL     string
	Version int
}

// open returns a client of the log that uses the given transport.
func (l Log) open(ctx context.Context, base http.RoundTripper) (sign.Transparency, error) {
	options := &sign.RekorOptions{BaseURL: l.URL, Version: uint32(l.Version), Timeout: perAttempt * attempts}
	switch l.Version {
	case 1:
		// Rekor v1 answers 409 if it already has the entry, after a retry whose
		// first answer was lost. sigstore-go then fetches the entry, and the
		// verification that follows checks that it is ours.
		transport := &service{ctx: ctx, name: "rekor", base: base, pass: []int{http.StatusConflict}}
		at, err := url.Parse(l.URL)
		if err != nil {
			return nil, fmt.Errorf("rekor address: %w", err)
		}
		path := at.Path
		if path == "" {
			path = client.DefaultBasePath
		}
		rpc := httptransport.NewWithClient(at.Host, path, []string{at.Scheme}, httpClient(transport))
		rpc.Debug = false // else SWAGGER_DEBUG in the environment enables dumps
		rpc.Consumers["application/json"] = runtime.JSONConsumer()
		rpc.Consumers["application/x-pem-file"] = runtime.TextConsumer()
		rpc.Producers["application/json"] = runtime.JSONProducer()
		options.Client = wholeEntries{client.New(rpc, strfmt.Default).Entries}
	case 2:
		// A 409 of Rekor v2 does not include the entry. It becomes a
		// statusError, and signing starts over with a fresh key.
		transport := &service{ctx: ctx, name: "rekor", base: base}
		options.ClientV2 = tiles{strings.TrimSuffix(l.URL, "/"), httpClient(transport)}
	default:
		return nil, fmt.Errorf("rekor %s: API version %d is unknown, know 1 and 2", l.URL, l.Version)
	}
	return sign.NewRekor(options), nil
}

// wholeEntries checks the answers of a Rekor v1, because sigstore-go
// dereferences pointers in them without checking for nil.
type wholeEntries struct{ log sign.RekorClient }

// CreateLogEntry uploads an entry.
func (w wholeEntries) CreateLogEntry(params *entries.CreateLogEntryParams,
	opts ...entries.ClientOption) (*entries.CreateLogEntryCreated, error) {
	created, err := w.log.CreateLogEntry(params, opts...)
	if err != nil {
		return nil, err
	}
	if entry, ok := created.Payload[created.ETag]; !ok || !whole(entry) {
		return nil, errors.New("rekor answered without the entry it was given")
	}
	return created, nil
}

// GetLogEntryByUUID fetches an entry.
func (w wholeEntries) GetLogEntryByUUID(params *entries.GetLogEntryByUUIDParams,
	opts ...entries.ClientOption) (*entries.GetLogEntryByUUIDOK, error) {
	found, err := w.log.GetLogEntryByUUID(params, opts...)
	if err != nil {
		return nil, err
	}
	if len(found.Payload) != 1 {
		return nil, fmt.Errorf("rekor answered with %d entries where one was asked for", len(found.Payload))
	}
	for _, entry := range found.Payload {
		if !whole(entry) {
			return nil, errors.New("rekor answered with half an entry")
		}
	}
	return found, nil
}

func whole(e models.LogEntryAnon) bool {
	if e.LogID == nil || e.LogIndex == nil || e.IntegratedTime == nil || e.Body == nil || e.Verification == nil {
		return false
	}
	p := e.Verification.InclusionProof
	return p != nil && p.RootHash != nil && p.LogIndex != nil && p.TreeSize != nil && p.Checkpoint != nil
}

// tiles is a client of Rekor v2 (rekor-tiles, CLIENTS.md: one write API). The
// library's own client does not accept a transport.
type tiles struct {
	base   string
	client *http.Client
}

// Add uploads an entry and waits until a signed checkpoint of the log includes
// it.
func (t tiles) Add(ctx context.Context, entry any) (*protorekor.TransparencyLogEntry, error) {
	record, ok := entry.(*tilespb.HashedRekordRequestV002)
	if !ok {
		return nil, fmt.Errorf("rekor v2 takes no %T", entry)
	}
	body, err := protojson.Marshal(&tilespb.CreateEntryRequest{
		Spec: &tilespb.CreateEntryRequest_HashedRekordRequestV002{HashedRekordRequestV002: record},
	})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.base+"/api/v2/log/entries", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := t.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body) // limited by the transport
	if err != nil {
		return nil, err
	}
	var logged protorekor.TransparencyLogEntry
	if err := protojson.Unmarshal(answer, &logged); err != nil {
		return nil, fmt.Errorf("read the answer of rekor: %w", err)
	}
	return &logged, nil
}

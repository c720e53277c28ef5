package sign

import (
	"fmt"
	"slices"
	"time"

	prototrustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
)

// parseSigningConfig reads a signing configuration (SigningConfig v0.2 of
// protobuf-specs, as TUF and `cosign signing-config create` give it).
func parseSigningConfig(data []byte) (*root.SigningConfig, error) {
	if len(data) > maxSigningConfig {
		return nil, fmt.Errorf("signing configuration is larger than %d MB", maxSigningConfig>>20)
	}
	signing, err := root.NewSigningConfigFromJSON(data)
	if err != nil {
		return nil, fmt.Errorf("read signing configuration: %w", err)
	}
	return signing, nil
}

// choose selects what is valid now: one certificate authority, and logs and
// timestamp authorities as the configuration's selectors say. Of the logs those
// with the highest of the allowed API versions count. The choice is
// deterministic; the library's own is random.
func choose(signing *root.SigningConfig, versions []uint32, now time.Time) (*trust, error) {
	fulcio, err := root.SelectService(signing.FulcioCertificateAuthorityURLs(), sign.FulcioAPIVersions, now)
	if err != nil {
		return nil, fmt.Errorf("no Fulcio to sign with: %w", err)
	}
	t := &trust{fulcio: fulcio.URL}
	return t, t.chooseWitnesses(signing, versions, now)
}

// chooseWitnesses selects the logs and timestamp authorities.
func (t *trust) chooseWitnesses(signing *root.SigningConfig, versions []uint32, now time.Time) error {
	logs, selector := signing.RekorLogURLs(), signing.RekorLogURLsConfig()
	chosen, err := selectServices(logs, selector, versions, now)
	if err != nil {
		return fmt.Errorf("no Rekor to sign with: %w", err)
	}
	t.logs = asLogs(chosen)
	// Where there is none, nothing but provenance is the worse for it.
	if old, err := selectServices(logs, selector, []uint32{1}, now); err == nil {
		t.provenance = asLogs(old)
	}
	if stamps := signing.TimestampAuthorityURLs(); len(stamps) > 0 {
		chosen, err := selectServices(stamps, signing.TimestampAuthorityURLsConfig(), sign.TimestampAuthorityAPIVersions, now)
		if err != nil {
			return fmt.Errorf("no timestamp authority to sign with: %w", err)
		}
		t.tsa.need = chosen.need
		for _, s := range chosen.of {
			t.tsa.of = append(t.tsa.of, s.URL)
		}
	}
	return nil
}

func asLogs(services pick[root.Service]) pick[Log] {
	logs := pick[Log]{need: services.need}
	for _, s := range services.of {
		logs.of = append(logs.of, Log{s.URL, int(s.MajorAPIVersion)})
	}
	return logs
}

// selectServices picks, by protobuf-specs' rules for SigningConfig: the services
// valid now, of the highest allowed version that has any, at most one an
// operator (the newest), and of these as many as the selector says. ANY is one
// of them: the first, and the others stand in for it.
func selectServices(services []root.Service, selector root.ServiceConfiguration, versions []uint32,
	now time.Time) (pick[root.Service], error) {
	valid := slices.DeleteFunc(slices.Clone(services), func(s root.Service) bool {
		return !s.ValidAtTime(now) || !slices.Contains(versions, s.MajorAPIVersion)
	})
	slices.SortStableFunc(valid, func(a, b root.Service) int {
		if a.MajorAPIVersion != b.MajorAPIVersion {
			return int(b.MajorAPIVersion) - int(a.MajorAPIVersion)
		}
		return b.ValidityPeriodStart.Compare(a.ValidityPeriodStart)
	})
	var picked pick[root.Service]
	operators := map[string]bool{}
	for _, s := range valid {
		if s.MajorAPIVersion == valid[0].MajorAPIVersion && !operators[s.Operator] {
			operators[s.Operator] = true
			picked.of = append(picked.of, s)
		}
	}
	if len(picked.of) == 0 {
		return picked, fmt.Errorf("none of %d services is valid now and speaks version %v", len(services), versions)
	}
	switch selector.Selector {
	case prototrustroot.ServiceSelector_ALL:
		picked.need = len(picked.of)
	case prototrustroot.ServiceSelector_ANY:
		picked.need = 1
	case prototrustroot.ServiceSelector_EXACT:
		picked.need = int(selector.Count)
		if picked.need == 0 || picked.need > len(picked.of) {
			return picked, fmt.Errorf("exactly %d services are asked for, and there are %d of different operators",
				selector.Count, len(picked.of))
		}
	default:
		return picked, fmt.Errorf("the selector is %s, where ANY, ALL or EXACT is known", selector.Selector)
	}
	return picked, nil
}

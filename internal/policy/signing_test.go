package policy

import (
	"slices"
	"testing"
)

func TestSigningMissing(t *testing.T) {
	for name, test := range map[string]struct {
		require, signed, want []string
	}{
		"nothing asked":    {nil, nil, nil},
		"nothing signed":   {[]string{"tarball", "vsa"}, nil, []string{"tarball", "vsa"}},
		"all there":        {[]string{"vsa", "tarball"}, []string{"tarball", "sums", "vsa"}, nil},
		"one is not":       {[]string{"sbom", "sums"}, []string{"sums"}, []string{"sbom"}},
		"asked for twice":  {[]string{"sbom", "sbom"}, nil, []string{"sbom"}},
		"another's is not": {[]string{"provenance"}, []string{"vsa"}, []string{"provenance"}},
	} {
		if got := (Signing{Require: test.require}).Missing(test.signed); !slices.Equal(got, test.want) {
			t.Errorf("%s: missing %v, want %v", name, got, test.want)
		}
	}
	if e := Default().For("x", Flags{}); e.Signing.Degrade || len(e.Signing.Require) != 0 {
		t.Errorf("built in: %+v", e.Signing)
	}
}

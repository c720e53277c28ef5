package secret

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestWordy(t *testing.T) {
	for _, name := range []string{
		"keys_default2", "getAllKeysIn_default2", "noop_default3", "crypto_aead_aegis128l_keygen", "crypto_aead_aegis256_decrypt",
		"pbeWithSHAAnd3-KeyTripleDES-CBC", "pbewithSHAAnd40BitRC2-CBC", "asset-sources.media-library.image.title", "s.Eip1559NotSupportedError",
		"recurseExactlyOneLevel", "bearerToken", "foobared", "randompassword", "ctrl+shift+down", "Ipv6CidrAssociations", "v4-unsigned-body",
		"the sample nonce", "generatePkcs12Key", "FTS5_AVERAGES_ROWID",
	} {
		if !wordy([]byte(name)) {
			t.Errorf("%s is no word: %+v", name, shapeOf([]byte(name)))
		}
	}
	for _, value := range []string{"k7Jd9sLq2mXw" + "8vTz4BfQ", "k7Jd9+sLq2mXw8/" + "vTz4BfQ==", "Tr0ub4dor&3xyz9Q",
		"1d2129a1-3d38-460a-9756-e5b91fddb951", ""} {
		if wordy([]byte(value)) {
			t.Errorf("%s is a word: %+v", value, shapeOf([]byte(value)))
		}
	}
}

// TestRandomIsNotWordy makes sure that few random values are wordy.
func TestRandomIsNotWordy(t *testing.T) {
	const small, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		alphabet string
		length   int
		most     int // of 10,000
	}{
		{small + strings.ToUpper(small) + digits, 12, 40},
		{small + strings.ToUpper(small) + digits + "+/", 20, 4},
		{small + digits, 16, 90},
		{small + digits, 32, 5},
		{small, 12, 180},
		{digits + "abcdef", 32, 1},
	} {
		found := 0
		for range 10_000 {
			b := make([]byte, c.length)
			for i := range b {
				b[i] = c.alphabet[r.IntN(len(c.alphabet))]
			}
			if wordy(b) {
				found++
			}
		}
		t.Logf("%d of %q: %d of 10000", c.length, c.alphabet, found)
		if found > c.most {
			t.Errorf("%d characters of %s: %d of 10,000 read as words", c.length, c.alphabet, found)
		}
	}
}

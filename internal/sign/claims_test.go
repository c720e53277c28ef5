package sign

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestClaims(t *testing.T) {
	jwt := func(payload string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	}
	claim, err := Claims(jwt(`{"iss":"https://gitlab.com","runner_id":1,"ref_protected":"true","a":true,"b":[1],"c":null}`) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"iss": "https://gitlab.com", "runner_id": "1", "ref_protected": "true",
		"a": "true", "b": "", "c": "", "d": ""} {
		if got := claim(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	secret := strings.Repeat("s3", 9)
	for _, bad := range []string{"", secret, jwt(secret), jwt(`{"sub":"` + secret + `"}`), jwt(`{"iss":"a","iss":"` + secret + `"}`)} {
		if _, err := Claims(bad); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

package npm

import (
	"reflect"
	"strings"
	"testing"
)

func TestScopeRegistries(t *testing.T) {
	got, err := ScopeRegistries([]byte("\xef\xbb\xbfregistry=https://elsewhere.example/\n" +
		"@acme:registry=https://old.example/\r\n" +
		" @acme:registry = \"https://npm.acme.example/\" \n" +
		"; @no:registry=https://a.example/\n#@no:registry=https://b.example/\n" +
		"@corp:registry=https://npm.corp.example ; ours\n" +
		"//npm.acme.example/:_authToken=${NODE_AUTH_TOKEN}\nproxy=http://127.0.0.1:1\n@acme:other=1\n@lonely\n"))
	want := map[string]string{"@acme": "https://npm.acme.example/", "@corp": "https://npm.corp.example"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, bad := range []string{
		"@acme:registry=https://${HOST}/", "@acme:registry=", "@:registry=https://a.example/", "@a/b:registry=https://a.example/",
		"@acme:registry=" + strings.Repeat("x", MaxNPMRC),
	} {
		if got, err := ScopeRegistries([]byte(bad)); err == nil {
			t.Errorf("%.60q: got %v, want an error", bad, got)
		}
	}
}

func FuzzScopeRegistries(f *testing.F) {
	f.Add([]byte("@acme:registry=https://npm.acme.example/\n@b:registry='x'\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		scopes, err := ScopeRegistries(data)
		for scope, address := range scopes {
			if err != nil || ValidName(scope+"/x") != nil || address == "" || strings.ContainsAny(scope+address, "\n") {
				t.Errorf("%q: %q, %v", scope, address, err)
			}
		}
	})
}

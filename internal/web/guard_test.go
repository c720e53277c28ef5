package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/names"
	"github.com/publishgate/publishgate/internal/web"
)

// TestGuarded: the name of a guarded server leads to no address of this machine
// or its network, unless that is allowed or the address itself was given; other
// servers are not guarded.
func TestGuarded(t *testing.T) {
	reached := 0
	s := serve(t, func(http.ResponseWriter, *http.Request) { reached++ })
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resolver := names.Resolver(map[string]string{
		"private.example": "10.1.2.3", "here.example": "127.0.0.1", "metadata.example": "169.254.169.254", "alibaba.example": "100.100.100.200",
		"localhost": "127.0.0.1", "carrier.example": "100.64.0.1",
	})
	for _, c := range []struct {
		name, guarded, to string
		allow, proxy      bool
		reached, private  bool
	}{
		{"nobody is guarded", "", "here.example", false, false, true, false},
		{"this machine, by name", "here.example", "here.example", false, false, false, true},
		{"this machine, by name spelled otherwise", "Here.Example", "HERE.example.", false, false, false, true},
		{"this machine, allowed", "here.example", "here.example", true, false, true, false},
		{"this machine, by address", "127.0.0.1", "127.0.0.1", false, false, true, false},
		{"this machine, as itself", "localhost", "localhost", false, false, true, false},
		{"a private network", "private.example", "private.example", false, false, false, true},
		{"a carrier's network", "carrier.example", "carrier.example", false, false, false, true},
		{"a machine's secrets", "metadata.example", "metadata.example", false, false, false, true},
		{"a machine's secrets, allowed", "metadata.example", "metadata.example", true, false, false, true},
		{"those of another cloud, allowed", "alibaba.example", "alibaba.example", true, false, false, true},
		{"another server", "private.example", "here.example", false, false, true, false},
		{"no such name", "unknown.example", "unknown.example", false, false, false, false},
		{"by a proxy", "here.example", "here.example", false, true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := web.TransportOptions{Resolver: resolver, AllowPrivate: c.allow}
			if c.guarded != "" {
				o.Guarded = &url.URL{Scheme: "http", Host: c.guarded + ":" + at.Port()}
			}
			if c.proxy {
				o.Proxy = at
			}
			transport := web.NewTransport(o)
			defer transport.CloseIdleConnections()
			before := reached
			_, _, err := web.Exchange(&http.Client{Transport: transport}, get(t, "http://"+c.to+":"+at.Port()+"/"), 10)
			if (reached > before) != c.reached || (err == nil) != c.reached {
				t.Errorf("reached: %v, %v", reached > before, err)
			}
			var private *web.PrivateError
			if errors.As(err, &private) != c.private || c.private && !strings.Contains(err.Error(), "-allow-private-registry") {
				t.Errorf("private is %v: %v", private, err)
			}
			if _, _, again := web.Again(err); again && c.private {
				t.Errorf("would be tried again: %v", err)
			}
		})
	}
}

// TestPinned: a guarded name is resolved once; where it leads to later does not
// matter.
func TestPinned(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{"registry.example": "127.0.0.1", "other.example": "127.0.0.1"}
	transport := web.NewTransport(web.TransportOptions{
		Resolver: names.Resolver(known), Guarded: &url.URL{Host: "registry.example"}, AllowPrivate: true,
	})
	ask := func(host string, led ...string) error {
		transport.CloseIdleConnections() // the next request needs a new connection
		req := get(t, "http://"+host+":"+at.Port()+"/")
		for _, home := range led {
			req = req.WithContext(web.Onward(t.Context(), &url.URL{Host: home}))
		}
		_, _, err := web.Exchange(&http.Client{Transport: transport}, req, 10)
		return err
	}
	if err := ask("registry.example"); err != nil {
		t.Fatal(err)
	}
	delete(known, "registry.example")
	if err := ask("registry.example"); err != nil {
		t.Errorf("its name was resolved again: %v", err)
	}
	if err := ask("other.example", "registry.example"); err != nil {
		t.Errorf("its name was resolved again, to say whether it is in a private network: %v", err)
	}
	clear(known)
	if err := ask("other.example"); err == nil {
		t.Error("another name was not resolved again")
	}
	transport.CloseIdleConnections()
}

package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/names"
	"github.com/publishgate/publishgate/internal/web"
)

// TestOnward: a name that an answer gave is checked by the address that it
// resolves to, and no private address is reached. An address from the user is not
// checked, and neither is a request through a proxy.
func TestOnward(t *testing.T) {
	reached := 0
	s := serve(t, func(http.ResponseWriter, *http.Request) { reached++ })
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resolver := names.Resolver(map[string]string{
		"public.example": "93.184.216.34", "private.example": "10.1.2.3", "here.example": "127.0.0.1",
		"metadata.example": "169.254.169.254", "alibaba.example": "100.100.100.200",
	})
	for _, c := range []struct {
		name, home, to string
		proxy          bool
		reached, local bool
	}{
		{"nobody led", "", "here.example", false, true, false},
		{"home itself", "here.example", "here.example", false, true, false},
		{"home itself, spelled otherwise", "Here.example.", "HERE.example", false, true, false},
		{"from the internet to this machine, by name", "public.example", "here.example", false, false, true},
		{"from the internet to this machine", "public.example", "127.0.0.1", false, false, true},
		{"from the internet to a machine's secrets, by name", "public.example", "metadata.example", false, false, true},
		{"from a private network to this machine", "private.example", "here.example", false, true, false},
		{"from this machine to itself", "127.0.0.1", "here.example", false, true, false},
		{"from a private network to a machine's secrets", "private.example", "metadata.example", false, false, true},
		{"and to those of another cloud", "private.example", "alibaba.example", false, false, true},
		{"home has no address", "unknown.example", "here.example", false, false, false},
		{"by a proxy", "public.example", "here.example", true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := web.TransportOptions{Resolver: resolver}
			if c.proxy {
				options.Proxy = at
			}
			transport := web.NewTransport(options)
			defer transport.CloseIdleConnections()
			req := get(t, "http://"+c.to+":"+at.Port()+"/")
			if c.home != "" {
				req = req.WithContext(web.Onward(t.Context(), &url.URL{Host: c.home}))
			}
			before := reached
			_, _, err := web.Exchange(&http.Client{Transport: transport}, req, 10)
			if (reached > before) != c.reached || (err == nil) != c.reached {
				t.Errorf("reached: %v, %v", reached > before, err)
			}
			var local *web.LocalError
			if errors.As(err, &local) != c.local {
				t.Errorf("local is %v: %v", local, err)
			}
			if _, _, again := web.Again(err); again && c.local {
				t.Errorf("would be tried again: %v", err)
			}
		})
	}
}

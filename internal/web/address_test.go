package web_test

import (
	"net/url"
	"testing"

	"github.com/publishgate/publishgate/internal/web"
)

func TestPublic(t *testing.T) {
	for host, want := range map[string]struct{ public, loopback bool }{
		"example.com": {true, false}, "93.184.216.34": {true, false}, "[2001:4860::1]": {true, false},
		"192.0.1.1": {true, false}, "168.63.129.17": {true, false}, "[64:ff9a::1]": {true, false},
		"localhost": {false, true}, "LOCALHOST": {false, true}, "a.localhost": {false, true}, "localhost.": {false, true},
		"127.0.0.1": {false, true}, "127.9.9.9": {false, true}, "[::1]:8": {false, true}, "[::ffff:127.0.0.1]": {false, true},
		"10.0.0.1": {}, "172.16.0.1": {}, "192.168.1.1": {}, "[fd00::1]": {}, "[::ffff:10.0.0.1]": {}, "[::ffff:100.100.100.200]": {},
		"169.254.169.254": {}, "[fe80::1]": {}, "[fe80::1%25eth0]": {}, "[fd00:ec2::254]": {}, "100.100.100.200": {},
		"168.63.129.16": {}, "192.0.0.192": {}, "0.0.0.0": {}, "0.1.2.3": {}, "[::]": {}, "255.255.255.255": {},
		"240.0.0.1": {}, "224.0.0.1": {}, "[ff02::1]": {}, "198.18.0.1": {},
		"[64:ff9b::169.254.169.254]": {}, "[64:ff9b:1::1]": {}, "[2002:a9fe:a9fe::1]": {}, "[2001:db8::1]": {},
	} {
		u, err := url.Parse("https://" + host)
		if err != nil {
			t.Fatal(err)
		}
		if got := web.Public(u); got != want.public {
			t.Errorf("%s: public is %v", host, got)
		}
		if got := web.Loopback(u); got != want.loopback {
			t.Errorf("%s: loopback is %v", host, got)
		}
	}
}

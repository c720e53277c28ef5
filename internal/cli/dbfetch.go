package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/web"
)

// dbFetch downloads a database, unless the file with that digest already
// exists. The download replaces the file only if its digest matches and this
// version can read it.
func dbFetch(ctx context.Context, p Process, s *settings, args []string) error {
	if len(args) > 0 {
		s.mistake("fetch takes flags only, but %q was given", args[0])
	}
	address, file := s.download(s.required("url")), s.required("o")
	want := s.digest(address, file)
	c := gate.Net{Proxy: s.address("https-proxy"), CAFile: s.text("ca-file"), Observe: newVoice(p).log(p).Sent}
	limit := s.span("deadline")
	if err := s.usage(); err != nil {
		return err
	}
	if have, _, err := digestOf(file); err == nil && have == want {
		newPrinter(p.Stderr).Printf("%s has the digest already: nothing was fetched", file)
		return tellFetched(ctx, p, s, file)
	}
	transport, err := gate.NewTransport(c)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the deadline of %s has passed", limit))
	defer cancel()
	by := advisory.Web{Client: &http.Client{Transport: transport}, Now: p.Now}
	err = writeFile(file, func(f *os.File) error {
		if err := by.Download(ctx, address, want, f); err != nil {
			return fmt.Errorf("fetch %s: %w", address, err)
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		_, err = advisory.OpenDatabase(f, info.Size())
		return err
	})
	if err != nil {
		return err
	}
	return tellFetched(ctx, p, s, file)
}

func tellFetched(ctx context.Context, p Process, s *settings, file string) error {
	d, err := describe(ctx, file)
	if err != nil {
		return err
	}
	return d.print(p.Stdout, s.text("format"))
}

// download refuses addresses from which a database must not be fetched. The
// digest is known, so the server need not be trusted; but the request itself
// should not be readable by others.
func (s *settings) download(address string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !web.Loopback(u)) {
		s.mistake("-url wants an https address without credentials; http only on this machine")
		return ""
	}
	return address
}

// digest returns the digest given by -sha256 or -digest.
func (s *settings) digest(address, file string) (want [sha256.Size]byte) {
	text, from := s.text("sha256"), s.text("digest")
	switch {
	case len(s.mistakes) > 0:
		return want
	case (text == "") == (from == ""):
		s.mistake("either -sha256 or -digest says which bytes are wanted")
		return want
	case from != "":
		data, err := disk.ReadNamed(from, 1<<20)
		if err != nil {
			s.mistake("-digest: %v", err)
			return want
		}
		if text = sumOf(string(data), address, file); text == "" {
			s.mistake("-digest: %s names no SHA-256 of %s", from, filepath.Base(file))
			return want
		}
	}
	sum, err := hex.DecodeString(strings.ToLower(text))
	if err != nil || len(sum) != len(want) {
		s.mistake("-sha256 wants 64 hexadecimal digits")
	}
	copy(want[:], sum)
	return want
}

// sumOf finds the digest of a file in the output of sha256sum: by its name in
// the address, else by the name of the local file. A digest alone is accepted
// too.
func sumOf(list, address, file string) string {
	if fields := strings.Fields(list); len(fields) == 1 {
		return fields[0]
	}
	names := []string{filepath.Base(file)}
	if u, err := url.Parse(address); err == nil {
		names = []string{path.Base(u.Path), names[0]}
	}
	for _, name := range names {
		for line := range strings.Lines(list) {
			sum, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
			if rest = strings.TrimLeft(rest, " *"); path.Base(rest) == name {
				return sum
			}
		}
	}
	return ""
}

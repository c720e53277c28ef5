package gate

import (
	"cmp"
	"errors"
	"strings"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/sign"
)

// A SigningError lists all mistakes in what the user asked about signing.
type SigningError struct{ Mistakes []string }

func (e *SigningError) Error() string { return "-sign: " + strings.Join(e.Mistakes, "\n-sign: ") }

// CheckSigner finds mistakes in what the user asked about signing, before
// anything is read or sent. It returns a *SigningError, or the error of a file
// that cannot be read. It does not open a key, because a run that only judges
// needs none.
func (c Acting) CheckSigner(n Net) error {
	if c.Sign == Never || c.Sign == Auto && c.IDToken == nil {
		return nil
	}
	conf, err := c.sigstore(n, false)
	if err != nil {
		return err
	}
	check := conf.Check
	if c.Sign == Key {
		check = conf.CheckKey
	}
	wrong := sign.Mistakes(check())
	if c.Sign == Key {
		wrong = append(wrong, sign.Mistakes(sign.CheckKMS(c.Key))...)
	}
	if len(wrong) == 0 {
		return nil
	}
	return &SigningError{wrong}
}

// signer makes the signer that the user asked for. restricted means that the
// package is not published for everybody.
func (c Acting) signer(n Net, restricted bool) (sign.Signer, error) {
	conf, err := c.sigstore(n, restricted)
	if err != nil {
		return nil, err
	}
	if c.Sign != Key {
		return sign.Keyless(conf)
	}
	if sign.IsKMS(c.Key) {
		return sign.KMS(c.Key, conf)
	}
	pem, password, err := c.keyFile()
	if err != nil {
		return nil, err
	}
	return sign.Key(pem, password, conf)
}

// keyFile reads the key. password is nil if none was given.
func (c Acting) keyFile() (pem, password []byte, err error) {
	pem, err = disk.ReadNamed(c.Key, maxKey)
	if c.Password.Given() {
		password = []byte(c.Password.Reveal())
	}
	return pem, password, err
}

// sigstore returns the configuration of the Sigstore servers to sign with.
func (c Acting) sigstore(n Net, restricted bool) (sign.Config, error) {
	s := c.Sigstore
	conf := sign.Config{
		Token: c.IDToken, Transport: n.Transport, Now: n.Now, Server: s.Server,
		Fulcio: s.Fulcio, RekorVersion: s.RekorVersion,
		PublicLog: s.PublicLog, Restricted: restricted, Identity: s.Identity,
	}
	switch c.Sign {
	case GitHub:
		conf.Instance = sign.GitHub
	case Auto:
		conf.Instance = sign.ByVisibility
	}
	if s.Rekor != "" {
		conf.Rekor = []sign.Log{{URL: s.Rekor, Version: cmp.Or(s.RekorVersion, 1)}}
	}
	if s.TSA != "" {
		conf.TSA = []string{s.TSA}
	}
	var unread []error
	for _, file := range []struct {
		path string
		data *[]byte
	}{{s.TrustedRoot, &conf.TrustedRoot}, {s.SigningConfig, &conf.SigningConfig}} {
		if file.path == "" {
			continue
		}
		data, err := disk.ReadNamed(file.path, maxRoot)
		if err != nil {
			unread = append(unread, err)
		}
		*file.data = data
	}
	return conf, errors.Join(unread...)
}

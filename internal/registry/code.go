package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/credential"
)

// MaxCodes is how many one-time codes a person is asked for by one Coder.
const MaxCodes = 3

// A Coder sends what the registry may want a one-time code for. It is not safe for
// concurrent use.
type Coder struct {
	Client *Client // with the last code that was given

	// Ask asks a person for a code. Nil: nobody is there.
	Ask func(context.Context) (credential.Secret, error)

	Asked int // codes that were given
}

// Do sends, and again with a code as often as the registry wants another one. Its
// error is that of the last send; where a code is wanted and there is none, a
// *StatusError with Code is in it.
func (c *Coder) Do(ctx context.Context, send func(*Client) error) error {
	for {
		err := send(c.Client)
		if !WantsCode(err) || c.Ask == nil || c.Asked >= MaxCodes {
			return err
		}
		code, none := c.Ask(ctx)
		if none != nil {
			return fmt.Errorf("%w (%w)", err, none)
		}
		c.Asked++
		c.Client = c.Client.WithCode(code)
	}
}

// WantsCode reports whether an error is the registry's wish for a one-time code.
func WantsCode(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code
}

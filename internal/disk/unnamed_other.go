//go:build !linux

package disk

import (
	"errors"
	"os"
)

func unnamed(*os.Root) (*os.File, error) { return nil, errors.ErrUnsupported }

func link(*os.File, *os.Root, string) error { return errors.ErrUnsupported }

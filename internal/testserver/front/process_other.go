//go:build !linux

package front

import (
	"os"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return nil }

func kill(p *os.Process) { _ = p.Kill() }

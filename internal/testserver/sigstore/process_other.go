//go:build !linux

package sigstore

import (
	"os"
	"syscall"
	"testing"
)

func attributes() *syscall.SysProcAttr { return nil }

func kill(p *os.Process) { _ = p.Kill() }

func lockMetricsPort(testing.TB) (unlock func()) { return func() {} }

func alive(*os.Process) bool { return false }

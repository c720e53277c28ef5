//go:build linux

// Costs runs a command and writes to FILE what it cost, as JSON:
//
//	costs FILE COMMAND [ARGUMENT…]
//
// It ends as the command ends. It is a program of its own because Linux counts
// into the memory of a process that of the one which started it, until exec; a
// test binary is larger than what it measures, this is not.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: costs FILE COMMAND [ARGUMENT…]")
		os.Exit(2)
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, "costs:", err)
		os.Exit(2)
	}
	data, err := json.Marshal(map[string]any{
		"wall":   took, // nanoseconds, as the next
		"cpu":    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		"memory": cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss, // KiB
	})
	if err == nil {
		err = os.WriteFile(os.Args[1], data, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "costs:", err)
		os.Exit(2)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// A cost is what one process took, as .ci/tools/costs writes it.
type cost struct {
	Wall, CPU time.Duration
	Memory    int64 // KiB, at its peak
}

func (a cost) and(b cost) cost {
	return cost{a.Wall + b.Wall, a.CPU + b.CPU, max(a.Memory, b.Memory)}
}

// A command is a process in a folder, with the exit codes by which it answers.
type command struct {
	dir   string
	codes []int // besides 0
	env   []string
	args  []string
}

// patience is how long one run of one command may take.
const patience = 2 * time.Minute

var errSlow = fmt.Errorf("stopped after %s", patience)

// measure runs a command as often as the comparison says, and returns its last
// output and the median of what it cost, by the wall.
func (c *comparison) measure(do command) ([]byte, cost, error) {
	var all []cost
	var out []byte
	for range c.rounds {
		file := filepath.Join(c.work, "cost.json")
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, filepath.Join(c.bin, "costs"), append([]string{file}, do.args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		cmd.Dir = do.dir
		cmd.Env = append(append(os.Environ(), "NO_UPDATE_NOTIFIER=1", "npm_config_update_notifier=false"), do.env...)
		var err error
		out, err = cmd.Output()
		if ctx.Err() != nil {
			return nil, cost{Wall: patience}, errSlow
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && slices.Contains(do.codes, exit.ExitCode()) {
			err = nil
		}
		if err != nil {
			text := ""
			if exit != nil {
				text = string(exit.Stderr)
			}
			return out, cost{}, fmt.Errorf("%w: %.300s", err, text)
		}
		var took cost
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &took)
		}
		if err != nil {
			return nil, cost{}, err
		}
		all = append(all, took)
	}
	slices.SortFunc(all, func(a, b cost) int { return int(a.Wall - b.Wall) })
	return out, all[len(all)/2], nil
}

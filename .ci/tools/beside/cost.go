package beside

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

// A Cost is what one process took, as .ci/tools/costs writes it.
type Cost struct {
	Wall, CPU time.Duration
	Memory    int64 // KiB, at its peak
}

// String is a cell of a table: milliseconds, MiB.
func (a Cost) String() string {
	if a.Wall == 0 {
		return "–"
	}
	return fmt.Sprintf("%d, %d", a.Wall.Milliseconds(), a.Memory>>10)
}

// And is the cost of two processes, one after the other.
func (a Cost) And(b Cost) Cost {
	return Cost{a.Wall + b.Wall, a.CPU + b.CPU, max(a.Memory, b.Memory)}
}

// Median returns the median of several runs, by the wall.
func Median(all []Cost) Cost {
	all = slices.SortedFunc(slices.Values(all), func(a, b Cost) int { return int(a.Wall - b.Wall) })
	return all[len(all)/2]
}

// A Command is a process in a folder, with the exit codes by which it answers.
type Command struct {
	Dir   string
	Codes []int // besides 0
	Env   []string
	Args  []string
}

// patience is how long one run of one command may take.
const patience = 2 * time.Minute

// ErrSlow is of a command that was stopped.
var ErrSlow = fmt.Errorf("stopped after %s", patience)

// Run runs a command once under the program costs in the folder bin, and returns
// its stdout and what it cost. It keeps a file in the folder work.
func Run(bin, work string, do Command) ([]byte, Cost, error) {
	file := filepath.Join(work, "cost.json")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "costs"), append([]string{file}, do.Args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Dir = do.Dir
	cmd.Env = append(append(os.Environ(), "NO_UPDATE_NOTIFIER=1", "npm_config_update_notifier=false"), do.Env...)
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, Cost{Wall: patience}, ErrSlow
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && slices.Contains(do.Codes, exit.ExitCode()) {
		err = nil
	}
	if err != nil {
		text := ""
		if exit != nil {
			text = string(exit.Stderr)
		}
		return out, Cost{}, fmt.Errorf("%s: %w: %.300s", do.Args[0], err, text)
	}
	var took Cost
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &took)
	}
	return out, took, err
}

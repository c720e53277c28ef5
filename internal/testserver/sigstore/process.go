package sigstore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// A process is one running server.
type process struct {
	name   string
	cmd    *exec.Cmd
	done   chan struct{} // closed when it has ended
	stdout io.Reader

	mu  sync.Mutex
	log []byte // the last of what it said on stderr
}

const logTail = 4096

// Write keeps the tail of the server's log.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, b...)
	if extra := len(p.log) - logTail; extra > 0 {
		p.log = p.log[extra:]
	}
	return len(b), nil
}

func (p *process) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.log)
}

// run starts a server. Its environment is PATH and HOME in the stack's folder,
// plus env.
func (s *Stack) run(name string, env []string, args ...string) (*process, error) {
	p := &process{name: name, done: make(chan struct{})}
	p.cmd = exec.Command(filepath.Join(s.bin, name), args...)
	p.cmd.Dir = s.Dir
	p.cmd.Env = append([]string{"HOME=" + s.Dir, "PATH=" + os.Getenv("PATH")}, env...)
	p.cmd.Stderr = p
	p.cmd.SysProcAttr = attributes()
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdout = stdout

	started := make(chan error)
	go func() {
		// The kernel kills the server when the thread that started it ends, so
		// this goroutine keeps its thread to itself until the server is gone.
		runtime.LockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_, _ = p.cmd.Process.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if name != "tmem" {
		go func() { _, _ = io.Copy(p, stdout) }()
	}
	s.processes[name] = p
	return p, nil
}

// line reads the first line the server prints.
func (p *process) line(ctx context.Context) (string, error) {
	type answer struct {
		text string
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		text, err := bufio.NewReader(p.stdout).ReadString('\n')
		read <- answer{text, err}
	}()
	select {
	case a := <-read:
		if a.err != nil {
			return "", fmt.Errorf("%s: %w: %s", p.name, a.err, p.tail())
		}
		return a.text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// stop kills every server and waits until all are gone.
func (s *Stack) stop() {
	for _, p := range s.processes {
		kill(p.cmd.Process)
	}
	for _, p := range s.processes {
		<-p.done
	}
	s.processes = nil
	if s.Issuer != nil {
		s.Issuer.close()
	}
}

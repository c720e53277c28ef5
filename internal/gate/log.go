package gate

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/web"
)

// A Log tells what a run does while it does it: which stage it is in, what it
// waits for, and which requests it sends. Nothing of it is in the report or the
// evidence, which are the same for the same input. A nil Log tells nobody, and
// so does each nil field.
type Log struct {
	Say    *display.Printer // is told what the run waits for
	Debug  *display.Printer // is told each request
	Runner *action.Runner   // gets a group of lines for each stage
	Now    func() time.Time // required with Runner

	mu     sync.Mutex
	member string // of the workspace, escaped; "": the package is none
	stage  string // that is open
	turn   int    // counts the stages, so that what is left of one is not told in the next
	ended  bool
	begun  time.Time // the stage
	times  []stageTime
}

// A stageTime is how long a stage took, in all members of a workspace together.
type stageTime struct {
	name string
	took time.Duration
}

// enter says that a stage begins, and that the one before is over. Stages have the
// names of the table in CONTRIBUTING.md, and of the acts that it does not name.
func (l *Log) enter(stage string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stage != stage { // else it goes on
		l.leave(stage)
	}
}

// of names the member of a workspace that the stages from here on are about.
func (l *Log) of(member string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.member = display.Cap(member, maxShownName)
}

// end says that the last stage is over, and how long each took. Nothing is told
// after that: what comes then is the report.
func (l *Log) end() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.leave("")
	l.ended = true
	if l.Runner == nil || l.Say == nil || len(l.times) == 0 {
		return
	}
	var all time.Duration
	var each []string
	for _, t := range l.times {
		all += t.took
		each = append(each, fmt.Sprintf("%s %.1f", t.name, t.took.Seconds()))
	}
	l.Say.Printf("took %.1f s: %s", all.Seconds(), strings.Join(each, ", "))
}

// leave ends the open stage, if there is one, and begins the next, if it has a
// name. That a runner cannot be told is no error: the exit code and the report
// say how the run ended.
func (l *Log) leave(next string) {
	l.turn++
	old := l.stage
	l.stage = next
	if l.Runner == nil {
		return
	}
	now := l.Now()
	last, title := "", next
	if old != "" {
		took := now.Sub(l.begun)
		l.add(old, took)
		last = fmt.Sprintf("%s took %.1f s", old, took.Seconds())
	}
	if next != "" && l.member != "" {
		title = next + " " + l.member
	}
	l.begun = now
	_ = l.Runner.Group(last, title)
}

// add adds to the time of a stage.
func (l *Log) add(stage string, took time.Duration) {
	for i := range l.times {
		if l.times[i].name == stage {
			l.times[i].took += took
			return
		}
	}
	l.times = append(l.times, stageTime{stage, took})
}

// current returns what tells the present stage from all others.
func (l *Log) current() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.turn
}

// Sent tells of a request: its method, host, path, status, time and size; of one
// without an answer why there is none. It tells no query and no header.
func (l *Log) Sent(s web.Sent) {
	if l == nil || l.Debug == nil {
		return
	}
	where := fmt.Sprintf("%s %s%s", s.Method, s.Host, display.Clip(bare(s.Path), maxShownName))
	l.mu.Lock()
	ended := l.ended
	l.mu.Unlock()
	switch took := s.Took.Milliseconds(); {
	case ended:
	case s.Status == 0:
		l.Debug.Printf("%s no answer: %s (%d ms)", where, display.Clip(s.Err.Error(), maxReason), took)
	case s.Err != nil:
		l.Debug.Printf("%s %d %d ms %d B, and broke off: %s", where, s.Status, took, s.Bytes, display.Clip(s.Err.Error(), maxReason))
	default:
		l.Debug.Printf("%s %d %d ms %d B", where, s.Status, took, s.Bytes)
	}
}

// maxReason is how much is told of why a request had no answer, in bytes.
const maxReason = 300

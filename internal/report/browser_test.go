package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A browser is a Chromium that a test drives through two pipes, by the DevTools
// protocol. It is given files of this machine only.
type browser struct {
	t       *testing.T
	send    io.Writer
	answers *bufio.Reader
	page    string   // the session of its one page
	last    int      // number of the last request
	asked   []string // addresses that pages asked for
	said    []string // what pages wrote to the console, and what went wrong in them
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on this machine: the page is looked at by its structure only")
	}
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	in, send, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--remote-debugging-pipe", "--user-data-dir="+profile, "about:blank")
	cmd.ExtraFiles = []*os.File{in, out}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = in.Close(), out.Close()
	b := &browser{t: t, send: send, answers: bufio.NewReaderSize(answers, 1<<20)}
	t.Cleanup(func() {
		_, _ = b.command("", "Browser.close", nil)
		_ = send.Close()
		_ = cmd.Wait()
		_ = answers.Close()
		for range 50 { // its helpers may end, and write, a little later
			if os.RemoveAll(profile) == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	var target struct{ TargetID, SessionID string }
	b.must("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.must("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.page = target.SessionID
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		b.must(b.page, domain+".enable", nil, nil)
	}
	return b
}

// A message is an answer or an event of the browser.
type message struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  json.RawMessage
}

func (b *browser) read() (m message, err error) {
	line, err := b.answers.ReadBytes(0)
	if err == nil {
		err = json.Unmarshal(line[:len(line)-1], &m)
	}
	switch m.Method {
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		_ = json.Unmarshal(m.Params, &p)
		b.asked = append(b.asked, p.Request.URL)
	case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown":
		b.said = append(b.said, string(m.Params))
	}
	return m, err
}

func (b *browser) command(session, method string, params any) (json.RawMessage, error) {
	b.last++
	request := map[string]any{"id": b.last, "method": method}
	if params != nil {
		request["params"] = params
	}
	if session != "" {
		request["sessionId"] = session
	}
	line, err := json.Marshal(request)
	if err == nil {
		_, err = b.send.Write(append(line, 0))
	}
	for err == nil {
		var m message
		if m, err = b.read(); err == nil && m.ID == b.last {
			if m.Error != nil {
				return nil, fmt.Errorf("%s: %s", method, m.Error)
			}
			return m.Result, nil
		}
	}
	return nil, err
}

func (b *browser) must(session, method string, params, result any) {
	b.t.Helper()
	answer, err := b.command(session, method, params)
	if err == nil && result != nil {
		err = json.Unmarshal(answer, result)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// open shows a file and waits until it is loaded.
func (b *browser) open(file string) {
	b.t.Helper()
	b.asked, b.said = nil, nil
	b.must(b.page, "Page.navigate", map[string]any{"url": (&url.URL{Scheme: "file", Path: file}).String()}, nil)
	for {
		if m, err := b.read(); err != nil {
			b.t.Fatal(err)
		} else if m.Method == "Page.loadEventFired" {
			return
		}
	}
}

// look sets width, colours and medium.
func (b *browser) look(width int, scheme, medium string) {
	b.t.Helper()
	b.must(b.page, "Emulation.setDeviceMetricsOverride",
		map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	b.must(b.page, "Emulation.setEmulatedMedia", map[string]any{"media": medium,
		"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// eval returns what a script gives, as text. It is run by the debugger, which the
// page's policy does not bind.
func (b *browser) eval(script string) string {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.must(b.page, "Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}, &answer)
	if answer.ExceptionDetails != nil {
		b.t.Fatalf("%.80s: %s", script, answer.ExceptionDetails)
	}
	return fmt.Sprint(answer.Result.Value)
}

// press presses a key.
func (b *browser) press(key, text string, code int) {
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.must(b.page, "Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key, "code": key, "text": text,
			"windowsVirtualKeyCode": code}, nil)
	}
}

// wideElement is a script that gives the first element outside of the window.
const wideElement = `[...document.querySelectorAll("*")].filter(e =>
	e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(e => e.outerHTML.slice(0, 200))[0]`

// In a real browser, the page asks for nothing, complains of nothing, fits its
// window, unfolds by keyboard, and axe-core finds nothing against it.
func TestPageInBrowser(t *testing.T) {
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: axe-core is not there")
	}
	axe, err := os.ReadFile(filepath.Join(managers, "axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	type look struct {
		width  int
		scheme string
		axe    bool // which takes its time
	}
	few := []look{{320, "light", false}, {390, "dark", true}, {1280, "light", true}}
	all := append(few, look{320, "dark", false}, look{390, "light", true}, look{820, "light", false}, look{1280, "dark", true})
	b := openBrowser(t)
	staged := passed()
	staged.Plan, staged.Tarball = blocked().Plan, blocked().Tarball
	staged.Run = &Run{Acts: []Act{{What: "stage", State: Done, Text: "at the registry"}}, Out: Staged, StageID: "1-2"}
	many := crowd(100)
	for i := range many.Members {
		many.Members[i].Folder = strings.Repeat("packages-with-a-long-name/", 1+i%5) + fmt.Sprint(strings.Repeat("m", 40), i)
	}
	workspaces := map[string]*Whole{"workspace": family(), "large workspace": many}
	policed := passed()
	policed.Written = writtenPolicy()
	for name, d := range map[string]*Document{"written": policed,
		"blocked": blocked(), "passed": staged, "undecided": undecided(), "groups": grouped(),
		"workspace": nil, "large workspace": nil, "hostile": poison("'\"><script>x</script>")} {
		write := HTML
		if d == nil {
			write = func(out io.Writer, _ *Document) error { return MembersHTML(out, workspaces[name]) }
		}
		file := filepath.Join(t.TempDir(), "report.html")
		if err := os.WriteFile(file, []byte(render(t, write, d)), 0o600); err != nil {
			t.Fatal(err)
		}
		looks := few
		if name == "blocked" {
			looks = all
		}
		for _, l := range looks {
			where := fmt.Sprint(name, ", ", l.width, ", ", l.scheme)
			b.look(l.width, l.scheme, "")
			b.open(file)
			if len(b.said) > 0 || len(b.asked) != 1 {
				t.Errorf("%s: the page said %q and asked for %q", where, b.said, b.asked)
			}
			b.eval(`document.querySelectorAll("details").forEach(d => d.open = true)`)
			if wide := b.eval(`document.documentElement.scrollWidth > document.documentElement.clientWidth`); wide != "false" {
				t.Errorf("%s: the page is wider than its window: %s", where, b.eval(wideElement))
			}
			if !l.axe {
				continue
			}
			b.eval(string(axe) + ";0")
			if found := b.eval(`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html)).join("\n"))`); found != "" {
				t.Errorf("%s: %s", where, found)
			}
		}
	}
}

// A row opens and closes by keyboard.
func TestPageByKeyboard(t *testing.T) {
	b := openBrowser(t)
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(render(t, HTML, grouped())), 0o600); err != nil {
		t.Fatal(err)
	}
	b.look(1280, "light", "")
	b.open(file)
	b.press("Tab", "", 9)
	if first := b.eval(`document.activeElement.className`); first != "skip" {
		t.Errorf("the first stop is %q, expected the link that skips the head", first)
	}
	const row = `document.querySelector("details > summary")`
	was := b.eval(row + `.focus(), ` + row + `.parentElement.open`)
	b.press("Enter", "\r", 13)
	if is := b.eval(row + `.parentElement.open`); is == was {
		t.Errorf("Enter leaves the row as it was, open %s", was)
	}
	b.press("Enter", "\r", 13)
	if is := b.eval(row + `.parentElement.open`); is != was {
		t.Errorf("Enter does not bring the row back: open %s, it was %s", is, was)
	}
	b.look(1280, "dark", "print")
	if ground := b.eval(`getComputedStyle(document.body).backgroundColor`); ground != "rgb(255, 255, 255)" {
		t.Errorf("on paper the ground is %s", ground)
	}
	if hidden := b.eval(`getComputedStyle(document.querySelector("nav")).display`); !strings.Contains(hidden, "none") {
		t.Errorf("on paper the contents are %s", hidden)
	}
}

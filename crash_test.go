package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// crashPoints are the eleven points at which a run is killed, in its order. A
// server holds the request meanwhile; the program knows nothing of it.
var crashPoints = []crashPoint{
	{name: "first read", meets: func(_ *crashWorld, server string, r *http.Request) bool {
		return server == "registry" && r.Method == http.MethodGet
	}},
	{name: "advisory query", meets: func(_ *crashWorld, server string, r *http.Request) bool {
		return server == "registry" && strings.HasSuffix(r.URL.Path, "/bulk")
	}},
	{name: "after the SBOM", meets: func(w *crashWorld, _ string, _ *http.Request) bool { return w.wrote("sbom.cdx.json") }},
	{name: "SARIF POST", upload: true, meets: func(_ *crashWorld, server string, r *http.Request) bool {
		return server == "github" && r.Method == http.MethodPost
	}},
	{name: "Fulcio", meets: func(_ *crashWorld, server string, _ *http.Request) bool { return server == "fulcio" }},
	{name: "Rekor, stored", how: stored, meets: func(_ *crashWorld, server string, r *http.Request) bool {
		return server == "rekor" && r.Method == http.MethodPost
	}},
	{name: "before PUT", meets: func(w *crashWorld, server string, _ *http.Request) bool {
		return server == "registry" && w.asked["rekor"] > 0
	}},
	{name: "PUT, half sent", how: half, large: true, meets: publishesPackage},
	{name: "PUT, stored", how: stored, meets: publishesPackage},
	{name: "after 201", meets: func(w *crashWorld, server string, _ *http.Request) bool {
		return server == "registry" && w.answers > 0
	}},
	{name: "summary", how: unread},
}

func publishesPackage(_ *crashWorld, server string, r *http.Request) bool {
	return server == "registry" && r.Method == http.MethodPut
}

var crashSignals = map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}

// TestCrash kills a run that signs and publishes at each point by each signal,
// and the run after it at the same point, and lets a third one end. What each
// said is in testdata/crash.txt; what must be so of all is here.
func TestCrash(t *testing.T) { crashTable(t, "testdata/crash.txt", crashPoints, "INT", "TERM", "KILL") }

// crashTable goes through all cells, and compares what each said with a file.
func crashTable(t *testing.T, file string, points []crashPoint, signals ...string) {
	job := newSigningJob(t)
	dir := t.TempDir()
	head := (&endWorld{T: t}).checkout(dir)
	job.stack.Issuer.Set(map[string]any{"sha": head, "workflow_sha": head, "job_workflow_sha": head})
	maps.Copy(job.env, map[string]string{"GITHUB_SHA": head, "GITHUB_WORKSPACE": dir, "INPUT_DIRECTORY": dir})
	rows := make([][]string, len(points)*len(signals))
	t.Run("at", func(t *testing.T) {
		for i, point := range points {
			for j, name := range signals {
				t.Run(point.name+"/"+name, func(t *testing.T) {
					t.Parallel()
					rows[i*len(signals)+j] = newCrashWorld(t, job, point).crash(name)
				})
			}
		}
	})
	var table bytes.Buffer
	for i, said := range rows {
		fmt.Fprintf(&table, "%s, %s\n", points[i/len(signals)].name, signals[i%len(signals)])
		for _, row := range said {
			fmt.Fprintf(&table, "  %s\n", row)
		}
	}
	golden(t, file, table.String())
}

// crash kills two runs and lets a third end, and returns a row for each.
func (w *crashWorld) crash(name string) (rows []string) {
	sig := crashSignals[name]
	fresh := w.run(sig)
	rows = append(rows, "fresh:  "+fresh.String())
	if !fresh.reached {
		w.Errorf("the first run never got there: %s\n%s", fresh, read(w.T, w.dir, "said"))
	}
	w.held("fresh", name, fresh)
	w.mu.Lock()
	if w.point.how == half && (w.length == 0 || w.partial >= w.length) {
		w.Errorf("%d of %d bytes were sent: that is not half", w.partial, w.length)
	}
	w.mu.Unlock()
	again := w.run(sig)
	rows = append(rows, "re-run: "+again.String())
	w.held("re-run", name, again)

	if w.point.staged != "" {
		return append(rows, w.approved())
	}
	last := w.run(nil)
	rows = append(rows, "last:   "+last.String())
	w.held("last", "", last)
	if last.end != "exit 0" {
		w.Errorf("the last run ended with %s\n%s", last.end, read(w.T, w.dir, "said"))
	}
	w.published()
	return rows
}

// held is what must be so after any run.
func (w *crashWorld) held(which, signal string, c crashed) {
	w.Helper()
	w.whole(signal == "KILL" && c.reached)
	switch {
	case signal == "KILL" && c.reached:
		// No later step of the job reads a result of a run that was killed.
		if c.end != "killed" || strings.Contains(c.outputs, "result") || c.run != "" && w.point.how != unread {
			w.Errorf("%s: %s", which, c)
		}
	case w.point.staged != "" && !c.reached:
		if c.end != "exit 3" && (c.end != "exit 0" || !strings.Contains(c.outputs, "published staged")) {
			w.Errorf("%s: %s", which, c)
		}
	case c.end == "exit 3" && w.point.how == unread:
		if !strings.Contains(c.outputs, "result unknown") || !strings.HasPrefix(c.run, "unknown") { // the summary was told before
			w.Errorf("%s: %s", which, c)
		}
	case c.end == "exit 3":
		if !strings.Contains(c.outputs, "result unknown signal") || c.run != "unknown signal" || !strings.HasPrefix(c.summary, "⚠️") {
			w.Errorf("%s: %s", which, c)
		}
	case c.end != "exit 0" || !strings.Contains(c.outputs, "result pass") || c.run != "pass" || !strings.HasPrefix(c.summary, "✅"):
		w.Errorf("%s: %s", which, c)
	}
	// Who says whether it is published is right.
	tarball, _ := w.npm.Published(endName, endVersion)
	staged := len(w.npm.Staged())
	says := func(word string) bool { return strings.Contains(c.outputs, "published "+word) }
	if (says("true") || says("already") || says("accepted")) && tarball == nil || says("false") && tarball != nil ||
		says("staged") && staged != 1 || says("true") && c.sent == 0 || says("already") && c.sent > 0 {
		w.Errorf("%s: %s, and it is there: %v, staged: %d", which, c, tarball != nil, staged)
	}
	if strings.Contains(c.outputs, "already") && c.signing+c.sent > 0 {
		w.Errorf("%s: it was there, and %d requests went to those that sign", which, c.signing)
	}
}

// published fails the test unless the registry has one version, of the bytes that
// were judged.
func (w *crashWorld) published() {
	w.Helper()
	tarball, _ := w.npm.Published(endName, endVersion)
	var v struct{ Tarball struct{ SHA256 string } }
	if err := json.Unmarshal(read(w.T, w.env["INPUT_OUT"], "verdict.json"), &v); err != nil || v.Tarball.SHA256 != sum(tarball) {
		w.Errorf("the registry has %s, judged was %s (%v)", sum(tarball), v.Tarball.SHA256, err)
	}
	if tags := w.npm.Tags(endName); len(tags) != 1 || tags["latest"] != endVersion {
		w.Errorf("dist-tags %v", tags)
	}
}

// String is a row of the table.
func (c crashed) String() string {
	parts := []string{c.end}
	if !c.reached {
		parts[0] += " by itself"
	}
	run := c.run
	if run == "" {
		run = "none"
	}
	summary := c.summary
	if summary == "" {
		summary = "none"
	}
	parts = append(parts, "outputs: "+c.outputs, "run.json: "+run, fmt.Sprintf("%d sent", c.sent), "summary: "+summary)
	return strings.Join(slices.Clip(parts), "; ")
}

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/matrix"
)

// evil is a file that the policy of a matrixWorld forbids.
var evil = map[string]string{"evil/x.js": "module.exports = 2\n"}

// TestMatrixBlocked has one package that must not be published: nothing is, and
// nothing more when the failed jobs are run again.
func TestMatrixBlocked(t *testing.T) {
	w := newMatrixWorld(t, 6, 1, map[string]map[string]string{"@acme/p003": evil})
	for range 2 {
		if well, err := w.run.Attempt(); err != nil || well {
			t.Fatalf("%v, %v\n%s", well, err, w.run.Log.String())
		}
		outputs, err := w.run.Outputs()
		if err != nil || outputs["result"] != "block" || w.run.Result("merge") != matrix.Failure || w.run.Result("publish") != matrix.Skipped {
			t.Errorf("outputs %v, %v, merge %s, publish %s\n%s", outputs, err, w.run.Result("merge"), w.run.Result("publish"), w.run.Log.String())
		}
	}
	w.nothing()
}

// nothing fails if anything was sent.
func (w *matrixWorld) nothing() {
	w.Helper()
	if all := w.sent(); len(all) > 0 {
		w.Errorf("%d packages were sent\n%s", len(all), w.run.Log.String())
	}
}

// TestMatrixHostile lets somebody else control one job, or what lies between two:
// nothing is published that was not built here and judged twice.
func TestMatrixHostile(t *testing.T) {
	bad := map[string]map[string]string{"@acme/p003": evil}
	for _, c := range []struct {
		name string
		at   string // the job that ends it
		why  string
		with map[string]map[string]string
		by   func(w *matrixWorld, at matrix.Place, result string, outputs map[string]string) string
	}{
		{"a shard judges by a policy of its own", "publish", "evil/x.js", bad, nil},
		{"a shard leaves evidence of another one's package", "merge",
			"there is no evidence of it, and the plan names it", bad,
			func(w *matrixWorld, at matrix.Place, result string, _ map[string]string) string {
				if at.Job == "judge" {
					whitewash(w.run.Store)
					for _, a := range w.run.Store.All {
						if strings.HasPrefix(a.Name, "judged-1-") {
							w.run.Store.All = append(w.run.Store.All, &matrix.Artifact{ID: a.ID + 1, Name: "judged-2-99", Attempt: 1, Files: a.Files})
							break
						}
					}
				}
				return result
			}},
		{"the merge says that all passed", "publish",
			"evil/x.js", bad,
			func(w *matrixWorld, at matrix.Place, result string, _ map[string]string) string {
				if at.Job != "judge" && at.Job != "merge" {
					return result
				}
				whitewash(w.run.Store)
				return matrix.Success
			}},
		{"the plan leaves a package out", "publish",
			"nothing was sent: @acme/p004@1.2.3 is not in it", nil,
			func(w *matrixWorld, at matrix.Place, result string, outputs map[string]string) string {
				if at.Job == "plan" {
					w.replan(outputs)
				}
				return result
			}},
		{"another plan under the same name", "judge",
			"there is no artifact", nil, func(w *matrixWorld, at matrix.Place, result string, _ map[string]string) string {
				if at.Job == "judge" && at.Part == 0 {
					again(w.run.Store, "plan-1")
				}
				return result
			}},
		{"other tarballs under the same name", "publish",
			"there is no artifact", nil, func(w *matrixWorld, at matrix.Place, result string, _ map[string]string) string {
				if at.Job == "merge" {
					again(w.run.Store, "packed-1")
				}
				return result
			}},
		{"another merged verdict under the same name", "publish",
			"there is no artifact", nil, func(w *matrixWorld, at matrix.Place, result string, _ map[string]string) string {
				if at.Job == "merge" {
					again(w.run.Store, "merged-1")
				}
				return result
			}},
		{"a tarball that was changed where it lies", "publish",
			"has other bytes there", nil, func(w *matrixWorld, at matrix.Place, result string, _ map[string]string) string {
				if at.Job == "merge" {
					files := w.run.Store.Named("packed-1").Files
					name := strings.ReplaceAll(w.names[len(w.names)-1], "/", "-") + ".tgz"
					files[name] = packedAgain(w.T, files[name])
				}
				return result
			}},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			w := newMatrixWorld(t, 6, 1, c.with)
			w.run.Kill = func(at matrix.Place) (<-chan struct{}, bool) {
				if at.Job == "judge" && c.by == nil { // nobody dies: the policy is another
					w.put(fmt.Sprintf("%s/%d-judge-%d/workspace", w.run.Dir, at.Attempt, at.Part), ".publishgate.yml", "version: 1\n")
				}
				return nil, false
			}
			if c.by != nil {
				w.run.After = func(at matrix.Place, result string, outputs map[string]string) string {
					return c.by(w, at, result, outputs)
				}
			}
			for range 2 {
				if well, err := w.run.Attempt(); err == nil && well {
					t.Errorf("all is well\n%s", w.run.Log.String())
				}
			}
			w.nothing()
			if w.run.Result(c.at) != matrix.Failure || !strings.Contains(w.run.Log.String(), c.why) {
				t.Errorf("%s: %s; it does not say %q\n%s", c.at, w.run.Result(c.at), c.why, w.run.Log.String())
			}
		})
	}
}

// packedAgain compresses a tarball anew: other bytes with the same files.
func packedAgain(t *testing.T, data []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	again, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(again, z); err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// whitewash makes all verdicts pass, wherever they lie.
func whitewash(s *matrix.Store) {
	for _, a := range s.All {
		for name := range a.Files {
			if strings.HasSuffix(name, "verdict.json") {
				rewrite(a.Files, name, whiten)
			}
		}
		for name := range a.Files {
			if dir, found := strings.CutSuffix(name, "run.json"); found {
				digest := sum(a.Files[dir+"verdict.json"])
				rewrite(a.Files, name, func(v any) {
					whiten(v)
					if verdict, found := v.(map[string]any)["verdict"].(map[string]any); found {
						verdict["sha256"] = digest
					}
				})
			}
		}
	}
}

// rewrite changes a file of JSON.
func rewrite(files map[string][]byte, name string, change func(any)) {
	var doc any
	if json.Unmarshal(files[name], &doc) != nil {
		return
	}
	change(doc)
	if data, err := json.Marshal(doc); err == nil {
		files[name] = data
	}
}

func whiten(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			switch key {
			case "result":
				v[key] = "pass"
			case "block":
				v[key] = 0
			case "reason":
				v[key] = ""
			case "exit":
				v[key] = 0
			case "findings":
				v[key] = []any{}
			default:
				whiten(v[key])
			}
		}
	case []any:
		for _, item := range v {
			whiten(item)
		}
	}
}

// again puts an artifact in the place of one, with the same name and files.
func again(s *matrix.Store, name string) {
	a := s.Named(name)
	s.All = append(s.All, &matrix.Artifact{ID: a.ID + 1, Name: a.Name, Attempt: a.Attempt, Files: maps.Clone(a.Files)})
	for i, b := range s.All {
		if b == a {
			s.All = append(s.All[:i:i], s.All[i+1:]...)
		}
	}
}

// replan leaves the last shard out of the plan, in the matrix and in the file.
func (w *matrixWorld) replan(outputs map[string]string) {
	var plan struct {
		Include []map[string]any `json:"include"`
	}
	a := w.run.Store.Named("plan-1")
	if err := json.Unmarshal(a.Files["plan.json"], &plan); err != nil || len(plan.Include) < 2 {
		w.Fatalf("%v, %s", err, a.Files["plan.json"])
	}
	plan.Include = plan.Include[:len(plan.Include)-1]
	data, err := json.Marshal(plan)
	if err != nil {
		w.Fatal(err)
	}
	a.Files["plan.json"], outputs["matrix"], outputs["shards"] = data, string(data), "3"
}

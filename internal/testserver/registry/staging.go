package registry

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// placeholder is the version that npm publishes when the first version of a
// package is staged (npm's documentation, "Staged publishing").
const placeholder = "0.0.0-stage"

// A Staged version waits for approval.
type Staged struct {
	ID, Name, Version, Tag, Access string
	Tarball                        []byte
	doc                            document
	body                           []byte
	by                             Grant
	at                             time.Time
}

// Staged returns what is staged, oldest first.
func (s *Server) Staged() []Staged {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inOrder()
}

func (s *Server) inOrder() (all []Staged) {
	for _, st := range s.staged {
		all = append(all, *st)
	}
	slices.SortFunc(all, func(a, b Staged) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Approve publishes what is staged, as a person does with a second factor.
func (s *Server) Approve(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.staged[id]
	if st == nil {
		return fmt.Errorf("nothing is staged as %s", id)
	}
	return s.approved(st)
}

// Reject removes what is staged.
func (s *Server) Reject(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.staged, id)
}

// Hold makes the next approvals wait for the registry's own review.
func (s *Server) Hold(approvals int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = approvals
}

func (s *Server) approved(st *Staged) error {
	if s.Behind != nil {
		if err := s.send(st.body); err != nil {
			return err
		}
	}
	delete(s.staged, st.ID)
	user := st.by.user()
	user["approver"] = map[string]any{"name": "approver", "email": "approver@example.com"}
	s.publish(st.Name, st.Version, st.Tag, st.doc, st.Tarball, user)
	return nil
}

// stagePost keeps a document until it is approved (npm's OpenAPI,
// stagePackageVersion).
func (s *Server) stagePost(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	by, ok := s.may(w, r, stage, name)
	if !ok {
		return
	}
	var d document
	if err := json.Unmarshal(body, &d); err != nil {
		refuse(w, http.StatusBadRequest, "Bad Request - cannot read the document")
		return
	}
	version, tag, tarball, err := d.check(name, s.URL)
	if err != nil {
		refuse(w, http.StatusBadRequest, "Bad Request - "+err.Error())
		return
	}
	if err := d.provenance(version, tarball); s.checks && err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	p := s.packages[name]
	if p != nil && p.Versions[version] != nil {
		refuse(w, http.StatusConflict, "Cannot stage previously published version")
		return
	}
	if s.isStaged(name, version) {
		refuse(w, http.StatusConflict, "Cannot publish over previously staged version \""+version+"\".")
		return
	}
	if p == nil && s.Behind == nil {
		manifest, _ := json.Marshal(map[string]any{"name": name, "version": placeholder, "dist": distOf(name, placeholder, nil, s.URL)})
		s.store(name, placeholder, "latest", d.Access, nil, manifest)
	}
	s.stages++
	st := &Staged{ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", s.stages, s.stages), Name: name, Version: version, Tag: tag,
		Access: cmp.Or(d.Access, "public"), Tarball: tarball, doc: d, body: body, by: by, at: s.now()}
	s.staged[st.ID] = st
	reply(w, http.StatusCreated, map[string]any{"message": "Package version staged successfully.", "stageId": st.ID})
}

func (s *Server) isStaged(name, version string) bool {
	for _, st := range s.staged {
		if st.Name == name && st.Version == version {
			return true
		}
	}
	return false
}

// stages answers the calls about what is staged: the list, and for one its
// entry, its tarball, its approval and its end.
func (s *Server) stageCalls(w http.ResponseWriter, r *http.Request, rest string) {
	what := see
	if r.Method != http.MethodGet {
		what = approve
	}
	if _, ok := s.may(w, r, what, ""); !ok {
		return
	}
	id, call, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	st := s.staged[strings.ToLower(id)]
	switch {
	case rest == "" && r.Method == http.MethodGet:
		items := []any{}
		for _, st := range s.inOrder() {
			if of := r.URL.Query().Get("package"); of == "" || of == st.Name {
				items = append([]any{s.entry(st)}, items...) // the newest first
			}
		}
		reply(w, http.StatusOK, map[string]any{"items": items, "page": 0, "perPage": 100, "total": len(items)})
	case st == nil:
		refuse(w, http.StatusNotFound, "Not Found - No staged package version found with the provided ID.")
	case call == "" && r.Method == http.MethodGet:
		reply(w, http.StatusOK, s.entry(*st))
	case call == "" && r.Method == http.MethodDelete:
		delete(s.staged, st.ID)
		w.WriteHeader(http.StatusNoContent)
	case call == "tarball" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(st.Tarball)
	case call == "approve" && s.hold != 0:
		s.hold--
		refuse(w, http.StatusConflict, "Conflict - the automated review of this version has not ended.")
	case call == "approve":
		if err := s.approved(st); err != nil {
			refuse(w, http.StatusInternalServerError, err.Error())
			return
		}
		reply(w, http.StatusCreated, map[string]any{"message": "Package version approved and published successfully."})
	default:
		refuse(w, http.StatusNotFound, "not found")
	}
}

// entry is a staged version as npm lists it; its status is "validating" while it
// cannot be approved (npm/cli#9898).
func (s *Server) entry(st Staged) map[string]any {
	status := "staged"
	if s.hold > 0 {
		status = "validating"
	}
	actor, kind := cmp.Or(st.by.Name, "somebody"), "user"
	if st.by.Kind == "oidc" {
		actor, kind = "GitHub Actions", "trusted automation"
	}
	access := st.Access
	if access == "restricted" {
		access = "private"
	}
	return map[string]any{
		"id": st.ID, "packageName": st.Name, "version": st.Version, "tag": st.Tag, "createdAt": st.at.UTC().Format(time.RFC3339),
		"actor": actor, "actorType": kind, "access": access, "status": status,
		"shasum": distOf(st.Name, st.Version, st.Tarball, "")["shasum"],
	}
}

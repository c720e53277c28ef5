package registry

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// A Profile is how another registry differs from npm's. A status of 0: as npm's.
// The document docs/registries.md tells users the same; a test compares them.
type Profile struct {
	Name string
	From []string // where it is known from

	Version    int    // of GET /NAME/VERSION
	Tags       int    // of reading dist-tags by their endpoint
	SetTag     int    // of setting one
	Whoami     int    // of asking whose token it is
	Attached   int    // of a document with a second attachment
	Over       int    // of a version that exists; 200: it says yes and keeps what it has
	OverText   string // what it says then
	NoSHA512   bool   // its metadata has a SHA-1 only
	TokenReads bool   // nobody reads without a token, not even what is public
	Others     int    // of npm's own calls: stage, exchange, status, visibility, tokens, attestations, keys
}

// Profiles are those that are known. What nothing is known about is as npm's in
// the first columns, and not there in the others.
var Profiles = []Profile{
	{Name: "GitHub Packages", From: []string{"dependabot/dependabot-core#9641", "iflytek/memflywheel#47", "npm/cli libnpmpublish"},
		Version: 405, Over: 409, OverText: "Cannot publish over existing version", TokenReads: true, Others: 404},
	{Name: "GitLab", From: []string{"gitlab-org/gitlab#587771", "gitlab-org/gitlab#36172"},
		Version: 404, Whoami: 404, Over: 200, NoSHA512: true, Others: 404},
	{Name: "Artifactory", From: []string{"jfrog/jfrog-cli#2212", "nodejs/corepack#537"},
		Over: 403, OverText: "Not enough permissions to overwrite the artifact that already exists", NoSHA512: true, Others: 404},
	{Name: "Verdaccio 6", From: []string{"run in the tests"},
		Attached: 400, Over: 409, OverText: "this package is already present", Others: 404},
	{Name: "Cloudsmith", From: []string{"agentjp/bdinfo-rs#80"},
		Version: 404, Whoami: 404, Over: 200, Others: 404},
	{Name: "CodeArtifact", From: []string{"AWS CodeArtifact user guide, npm command support", "cdklabs/construct-hub#451"},
		Version: 404, Whoami: 400, Over: 409, OverText: "EPUBLISHCONFLICT", Others: 404},
	{Name: "Azure Artifacts", From: []string{"Azure/typespec-azure#4813"},
		Whoami: 404, Over: 403, OverText: "The feed 'acme' already contains file 'demo-1.0.0.tgz' in package '@acme/demo 1.0.0'.", Others: 404},
	{Name: "Nexus 3", From: []string{"sonatype/nexus-public#224", "Elendev/composer-push#72"},
		Version: 400, Over: 400, OverText: "Repository does not allow updating assets: npm-hosted", Others: 404},
}

// Least has nothing that a registry can be without.
var Least = Profile{Name: "the least", Version: 501, Tags: 405, SetTag: 405, Whoami: 404, Attached: 400, Over: 409,
	OverText: "EPUBLISHCONFLICT", NoSHA512: true, TokenReads: true, Others: 404}

// Like makes the server answer like another registry from here on.
func (s *Server) Like(p Profile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = &p
}

// answerLike answers a request where the profile differs; false: it does not.
func (s *Server) answerLike(w http.ResponseWriter, r *http.Request, body []byte) bool {
	p, path := s.profile, r.URL.EscapedPath()
	refuse := func(status int) bool {
		if status != 0 {
			spoil.Fail(w, status, http.StatusText(status))
		}
		return status != 0
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch call, get := kind(r.Method, path), r.Method == http.MethodGet; {
	case p.TokenReads && get && bearer(r) == "":
		return refuse(http.StatusUnauthorized)
	case path == whoamiPath:
		return refuse(p.Whoami)
	case call == "tag":
		return refuse(p.SetTag)
	case call != "", strings.HasPrefix(path, "/-/npm/v1/attestations/"):
		return refuse(p.Others)
	case get && strings.HasSuffix(path, "/dist-tags"):
		return refuse(p.Tags)
	case get && len(parts) == 2 && !strings.Contains(path, "/-/"):
		return refuse(p.Version) || s.plainly(w, r, body)
	case get && len(parts) == 1:
		return s.plainly(w, r, body)
	case r.Method == http.MethodPut && p.Attached != 0 && strings.Contains(string(body), `.sigstore"`):
		return refuse(p.Attached)
	case r.Method == http.MethodPut:
		return s.putLike(w, r, body)
	}
	return false
}

// plainly answers a read of metadata without a SHA-512, if the profile has none.
func (s *Server) plainly(w http.ResponseWriter, r *http.Request, body []byte) bool {
	if !s.profile.NoSHA512 {
		return false
	}
	rec := httptest.NewRecorder()
	s.answerAsNPM(rec, r, body)
	w.WriteHeader(rec.Code)
	_, _ = w.Write(regexp.MustCompile(`"integrity":"[^"]*",?`).ReplaceAll(rec.Body.Bytes(), nil))
	return true
}

// putLike answers the publishing of a version that exists as the profile does.
func (s *Server) putLike(w http.ResponseWriter, r *http.Request, body []byte) bool {
	rec := httptest.NewRecorder()
	s.answerAsNPM(rec, r, body)
	switch p := s.profile; {
	case rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "cannot publish over"):
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	case p.Over == http.StatusOK:
		reply(w, http.StatusOK, map[string]any{"ok": true})
	default:
		spoil.Fail(w, p.Over, p.OverText)
	}
	return true
}

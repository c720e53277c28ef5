package publish

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/strict"
)

// judge collects the reasons against publishing a manifest with some options,
// and sets the plan's tag and access.
type judge struct {
	manifest strict.Value
	options  Options
	plan     *Plan
	reasons  []Reason
}

func (j *judge) add(kind Kind, id, format string, args ...any) {
	j.reasons = append(j.reasons, Reason{Kind: kind, ID: id, Text: fmt.Sprintf(format, args...)})
}

// addKey is add for a key of publishConfig that no publish may have so.
func (j *judge) addKey(key, format string, args ...any) {
	j.add(Blocked, "publish-config", format, args...)
	j.reasons[len(j.reasons)-1].Key = key
}

func (j *judge) all() {
	j.keys()
	j.identity()
	config := j.config()
	j.access(config["access"])
	j.tag(config["tag"])
	j.further()
	if h := j.options.GitHead; h != "" && !isCommit(h) {
		j.add(Misuse, "git-head", "the commit %s: expected 40 or 64 digits in lower-case hex", quoted(h))
	}
}

// keys refuses top-level keys that are instructions to the registry and not a
// description of the package: npm prefers `tag` to --tag and passes `dist` and
// `_…` on (libnpmpublish, lib/publish.js: manifest.tag || defaultTag).
func (j *judge) keys() {
	if j.manifest.Get("private").Truthy() { // npm's own rule: "false" is private, 0 is not
		j.add(Misuse, "private", "the package is marked private: remove `private` from its package.json to publish it")
	}
	for key, value := range j.manifest.Members() {
		k := key.Text()
		if k == "tag" || k == "dist" || strings.HasPrefix(k, "_") {
			j.add(Blocked, "manifest-key", "package.json line %d: the key %s steers the registry: remove it", key.Line(), quoted(k))
		}
		if k == "packageExtensions" { // npm 12: EPACKAGEEXTENSIONS
			j.add(Blocked, "manifest-key", "package.json line %d: packageExtensions is of a project alone and must not be published: remove it",
				key.Line())
		}
		if k == "gitHead" && j.options.GitHead != "" && value.Truthy() && value.Text() != j.options.GitHead {
			j.add(Blocked, "manifest-key", "package.json line %d: gitHead is %s, the commit that was judged is %s: remove it",
				key.Line(), quoted(value.Text()), j.options.GitHead)
		}
	}
}

// identity requires name and version to be as the registry stores them: npm
// would publish "01.2.7" as 1.2.7 and " sp" as sp.
func (j *judge) identity() {
	switch err := npm.ValidName(j.plan.Name); {
	case errors.Is(err, npm.ErrNodeModule):
		j.plan.mustExist = true
	case err != nil:
		j.add(Blocked, "name", "the name %s cannot be published: %v", quoted(j.plan.Name), err)
	}
	if _, ok := canonical(j.plan.Version); !ok {
		j.add(Blocked, "version", "the version %s is not in canonical form (1.2.3 or 1.2.3-rc.1, no build metadata)", quoted(j.plan.Version))
	}
}

// config reads publishConfig. In npm it can set any option, even the proxy and
// the CA, so only four keys are allowed, and they must not contradict the
// options. The registry of a scope is allowed too, if it is the one that this
// publishes to.
func (j *judge) config() map[string]string {
	config := map[string]string{}
	at := j.manifest.Get("publishConfig")
	if at.Exists() && at.Kind() != strict.Object {
		j.add(Blocked, "publish-config", "publishConfig is %s, expected an object", at.Kind())
	}
	for key, value := range at.Members() {
		k := key.Text()
		switch {
		case k == "provenance":
			if value.Truthy() && !j.options.Provenance {
				j.addKey(k, "publishConfig.provenance asks for provenance, and none would be attached")
			}
		case k == "browser" && j.manifest.Get(k).Text() == value.Text(): // yarn copies it; no browser is started
		case npm.InertPublishKey(k), npm.IsScopeRegistry(k) && j.isHere(value.Text()):
		case !slices.Contains([]string{"access", "tag", "registry"}, k):
			j.addKey(k, "package.json line %d: publishConfig.%s: only access, tag, registry and provenance may stand there", key.Line(), quoted(k))
		case value.Kind() != strict.String:
			j.addKey(k, "publishConfig.%s is %s, expected a string", k, value.Kind())
		default:
			config[k] = value.Text()
		}
	}
	if address, ok := config["registry"]; ok {
		if !j.isHere(address) {
			j.addKey("registry", "publishConfig.registry is %s, this publishes to %s: make them agree", quoted(address), j.plan.Registry)
		}
	}
	return config
}

// isHere reports whether an address is that of the registry this publishes to.
func (j *judge) isHere(address string) bool {
	scheme, rest, _ := strings.Cut(address, "://")
	host, path, found := strings.Cut(rest, "/")
	if found {
		path = "/" + path
	}
	u, err := registry.ParseURL(scheme + "://" + strings.ToLower(host) + path) // as npm does
	return err == nil && u.String() == j.plan.Registry
}

// access uses the option, else publishConfig. If the two differ, the stricter
// one is sent.
func (j *judge) access(configured string) {
	asked, configured := npm.AccessWord(j.options.Access), npm.AccessWord(configured)
	switch {
	case asked == "":
		asked = configured
	case asked == "public" && configured == "restricted":
		j.plan.notes = append(j.plan.notes, "-access public was asked for, and publishConfig.access is restricted: it is published restricted")
		asked = configured
	case configured != "" && configured != "public" && configured != "restricted":
		j.addKey("access", "publishConfig.access is %s: expected public or restricted", quoted(configured))
	}
	if asked == "" && strings.HasPrefix(j.plan.Name, "@") {
		asked = npm.AccessWord(j.options.Default)
	}
	switch asked {
	case "", "public", "restricted":
	default:
		kind := Misuse
		if j.options.Access == "" {
			kind = Blocked
		}
		j.add(kind, "access", "access %s: expected public or restricted", quoted(asked))
	}
	if asked == "restricted" && !strings.HasPrefix(j.plan.Name, "@") {
		j.add(Misuse, "access", "a package without a scope cannot be restricted")
	}
	j.plan.Access = asked
}

// tag uses the option, else publishConfig, else latest.
func (j *judge) tag(configured string) {
	asked := j.options.Tag
	if asked != "" && configured != "" && asked != configured {
		j.addKey("tag", "publishConfig.tag is %s, asked for was %s: make them agree", quoted(configured), quoted(asked))
	}
	kind := Misuse
	if asked == "" {
		asked, kind = configured, Blocked
	}
	j.plan.tagGiven = asked != ""
	if asked == "" {
		asked = "latest"
		if v, ok := canonical(j.plan.Version); ok && len(v.Prerelease()) > 0 {
			j.add(Misuse, "tag", "%s is a prerelease: say under which dist-tag with -tag (npm asks the same)", j.plan.Version)
		}
	}
	if !validTag(asked) {
		j.add(kind, "tag", "the dist-tag %s: expected a word that is no version range", quoted(asked))
	}
	j.plan.Tag = asked
}

// mayTakeLatest refuses the tag latest if there is a higher release, neither
// prerelease nor deprecated: a patch of an old release line must not become the
// version that everybody installs. Without a tag npm does the same; asked for it,
// npm moves latest back.
func (p *Plan) mayTakeLatest(highest string) error {
	if !p.isBelow(highest) {
		return nil
	}
	what := fmt.Sprintf("the registry has %s, which is higher than %s: ", quoted(highest), p.Version)
	if p.tagGiven {
		return refuse(Misuse, "tag", what+"say another dist-tag than latest; if everybody is to get the lower version, deprecate the "+
			"higher one first, or move latest afterwards with npm dist-tag")
	}
	return refuse(Misuse, "tag", what+"say under which dist-tag with -tag (npm asks the same)")
}

// isBelow reports whether the plan's version is lower than another.
func (p *Plan) isBelow(other string) bool {
	mine, ok := canonical(p.Version)
	theirs, err := npm.ParseVersion(other)
	return ok && err == nil && mine.Compare(theirs) < 0
}

// isCommit reports whether a text is the object ID of a commit, of SHA-1 or SHA-256.
func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

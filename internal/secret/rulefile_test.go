package secret

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// gitleaksConfig is the rule file of the gitleaks module. TestRulesAreGitleaks
// compares it with the module's.
//
//go:embed gitleaks.toml
var gitleaksConfig string

// The toml types describe gitleaks' rule file as far as it uses the format. An
// unknown key is an error, because it would change what a rule means.
type tomlConfig struct {
	Title      string
	MinVersion string `toml:"minVersion"`
	Allowlist  tomlAllowlist
	Rules      []tomlRule
}

type tomlRule struct {
	ID, Description, Regex, Path string
	SecretGroup                  int `toml:"secretGroup"`
	Entropy                      float64
	Keywords, Tags               []string
	Allowlists                   []tomlAllowlist
}

type tomlAllowlist struct {
	Description, Condition string
	RegexTarget            string `toml:"regexTarget"`
	Paths, Regexes         []string
	Stopwords              []string
}

// readTOML reads gitleaks' rule file.
func readTOML(text string) (*ruleFile, error) {
	d := toml.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	var c tomlConfig
	if err := d.Decode(&c); err != nil {
		return nil, err
	}
	list := func(t tomlAllowlist) listedAllow {
		return listedAllow{condition: t.Condition, target: t.RegexTarget, paths: t.Paths, regexes: t.Regexes, stopwords: t.Stopwords}
	}
	f := &ruleFile{allow: list(c.Allowlist)}
	for _, t := range c.Rules {
		r := listedRule{id: t.ID, description: t.Description, regex: t.Regex, path: t.Path, secretGroup: t.SecretGroup,
			entropy: t.Entropy, keywords: t.Keywords}
		for _, a := range t.Allowlists {
			r.allow = append(r.allow, list(a))
		}
		f.rules = append(f.rules, r)
	}
	return f, nil
}

// text writes the rules in the form of rulesText.
func (f *ruleFile) text() string {
	var b strings.Builder
	line := func(key string, values ...string) {
		if strings.Join(values, "") != "" {
			fmt.Fprintf(&b, "%s\t%s\n", key, strings.Join(values, "\t"))
		}
	}
	allow := func(a listedAllow) {
		fmt.Fprintf(&b, "allow\t%s\t%s\n", a.condition, a.target)
		line("allow-paths", a.paths...)
		line("allow-regexes", a.regexes...)
		line("allow-stopwords", a.stopwords...)
	}
	allow(f.allow)
	for _, r := range f.rules {
		line("rule", r.id)
		line("description", r.description)
		line("regex", r.regex)
		line("path", r.path)
		line("group", strings.TrimPrefix(fmt.Sprint(r.secretGroup), "0"))
		line("entropy", cmp.Or(map[float64]string{0: " "}[r.entropy], fmt.Sprint(r.entropy)))
		line("keywords", r.keywords...)
		for _, a := range r.allow {
			allow(a)
		}
	}
	return strings.ReplaceAll(b.String(), "entropy\t \n", "")
}

// TestRuleFile makes sure that rules.txt says what gitleaks.toml says: what is read
// from the one is what is read from the other.
func TestRuleFile(t *testing.T) {
	want, err := readTOML(gitleaksConfig)
	if err != nil || len(want.rules) < 200 {
		t.Fatal(len(want.rules), err)
	}
	if *update {
		if err := os.WriteFile("rules.txt", []byte(want.text()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := readRules(rulesText)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("rules.txt is not what gitleaks.toml says: go generate ./internal/secret")
	}
}

// TestRulesFileIsUnderstood: what a rule file says that we do not know is no rule.
func TestRulesFileIsUnderstood(t *testing.T) {
	for _, text := range []string{"", "[[rules]]\nid='a'\nregex='b'\nkeywords=['c']\nnews=1\n"} {
		if f, err := readTOML(text); err == nil && len(f.rules) > 0 {
			t.Errorf("%q is accepted", text)
		}
	}
	const rule = "rule\ta\nregex\tb\nkeywords\tc\n"
	for _, text := range []string{"", "x\t1\n", "allow\t\t\n", rule + "news\t1\n", rule + "group\tx\n", rule + "entropy\tx\n",
		rule + "allow-paths\ta\n", "regex\tb\n" + rule, "rule\ta\nregex\tb\n"} {
		f, err := readRules(text)
		if err == nil {
			_, err = newScanner(f, nil)
		}
		if err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

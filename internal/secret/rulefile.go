package secret

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:generate sh -c "go run -C ../../.ci/gitleaks . -rules >gitleaks.toml"
//go:generate go test -run TestRuleFile -update .

// rulesText are the rules of gitleaks.toml, the rule file of the gitleaks module,
// under its licence (see NOTICE). To read TOML takes longer than all else that a
// scanner needs to start, so this is the same in a plainer form, which a test writes
// and compares.
//
// A line has a word and what it means, separated by tabs. "rule" begins a rule and
// "allow" an allow-list, with its condition and what its expressions look at; that
// of all rules stands in front of the first rule.
//
//go:embed rules.txt
var rulesText string

// A ruleFile is what gitleaks' rule file says.
type ruleFile struct {
	allow listedAllow // for all rules
	rules []listedRule
}

type listedRule struct {
	id, description, regex, path string
	secretGroup                  int
	entropy                      float64
	keywords                     []string
	allow                        []listedAllow
}

type listedAllow struct {
	condition, target         string
	paths, regexes, stopwords []string
}

// readRules reads a text of the form of rulesText. What it does not know is an error,
// because it would change what a rule means.
func readRules(text string) (*ruleFile, error) {
	var f ruleFile
	allow := &f.allow
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		last := len(f.rules) - 1
		var err error
		switch {
		case key == "rule":
			f.rules, allow = append(f.rules, listedRule{id: value}), nil
		case key == "allow":
			if last >= 0 {
				f.rules[last].allow = append(f.rules[last].allow, listedAllow{})
				allow = &f.rules[last].allow[len(f.rules[last].allow)-1]
			}
			allow.condition, allow.target, _ = strings.Cut(value, "\t")
		case allow != nil && key == "allow-paths":
			allow.paths = strings.Split(value, "\t")
		case allow != nil && key == "allow-regexes":
			allow.regexes = strings.Split(value, "\t")
		case allow != nil && key == "allow-stopwords":
			allow.stopwords = strings.Split(value, "\t")
		case last < 0:
			err = strconv.ErrSyntax
		default:
			err = f.rules[last].set(key, value)
		}
		if err != nil {
			return nil, fmt.Errorf("rules for secrets: %q: %w", line, err)
		}
	}
	if len(f.rules) == 0 {
		return nil, fmt.Errorf("rules for secrets: there are none")
	}
	return &f, nil
}

// set sets what one line says of a rule itself.
func (r *listedRule) set(key, value string) (err error) {
	switch key {
	case "description":
		r.description = value
	case "regex":
		r.regex = value
	case "path":
		r.path = value
	case "group":
		r.secretGroup, err = strconv.Atoi(value)
	case "entropy":
		r.entropy, err = strconv.ParseFloat(value, 64)
	case "keywords":
		r.keywords = strings.Split(value, "\t")
	default:
		err = strconv.ErrSyntax
	}
	return err
}

package matrix

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A scope is what an expression sees: the contexts by name, and the status of
// what ran before it.
type scope struct {
	contexts map[string]any
	failed   bool // something before it did
	asked    bool // a function about the status was called
}

// text replaces each ${{ }} of a text.
func (s *scope) text(in string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(in, "${{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		code, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return "", fmt.Errorf("%q has no end", in)
		}
		v, err := s.value(code)
		if err != nil {
			return "", err
		}
		b.WriteString(asText(v))
		in = after
	}
}

// condition evaluates an if. Without a function about the status it holds only
// if nothing before it failed.
func (s *scope) condition(code string) (bool, error) {
	code = strings.TrimSpace(code)
	if inner, found := strings.CutPrefix(code, "${{"); found {
		code = strings.TrimSuffix(inner, "}}")
	}
	if strings.TrimSpace(code) == "" {
		return !s.failed, nil
	}
	s.asked = false
	v, err := s.value(code)
	return truth(v) && (s.asked || !s.failed), err
}

// value evaluates one expression.
func (s *scope) value(code string) (any, error) {
	p := &parser{scope: s, rest: code}
	v, err := p.or()
	if p.skip(); err == nil && p.rest != "" {
		err = fmt.Errorf("expression %q: cannot read %q", code, p.rest)
	}
	return v, err
}

// A parser reads and evaluates an expression at once. Both sides of && and || are
// evaluated: none has an effect.
type parser struct {
	*scope
	rest string
}

func (p *parser) skip() { p.rest = strings.TrimLeft(p.rest, " \n\t") }

func (p *parser) take(token string) bool {
	p.skip()
	rest, found := strings.CutPrefix(p.rest, token)
	if found {
		p.rest = rest
	}
	return found
}

func (p *parser) or() (any, error) {
	left, err := p.and()
	for err == nil && p.take("||") {
		var right any
		if right, err = p.and(); !truth(left) {
			left = right
		}
	}
	return left, err
}

func (p *parser) and() (any, error) {
	left, err := p.equal()
	for err == nil && p.take("&&") {
		var right any
		if right, err = p.equal(); truth(left) {
			left = right
		}
	}
	return left, err
}

func (p *parser) equal() (any, error) {
	left, err := p.not()
	for err == nil {
		same := p.take("==")
		if !same && !p.take("!=") {
			break
		}
		var right any
		right, err = p.not()
		left = strings.EqualFold(asText(left), asText(right)) == same
	}
	return left, err
}

func (p *parser) not() (any, error) {
	if p.take("!") {
		v, err := p.not()
		return !truth(v), err
	}
	if p.take("(") {
		v, err := p.or()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("no ) before %q", p.rest)
		}
		return v, err
	}
	return p.operand()
}

// operand reads a string, a number or a name with what follows it.
func (p *parser) operand() (any, error) {
	if p.take("'") {
		text, after, closed := strings.Cut(p.rest, "'")
		if !closed {
			return nil, fmt.Errorf("%q has no end", p.rest)
		}
		p.rest = after
		return text, nil
	}
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", r)
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	if n, err := strconv.ParseFloat(word, 64); err == nil {
		return n, nil
	}
	switch word {
	case "true", "false":
		return word == "true", nil
	case "null":
		return nil, nil
	case "":
		return nil, fmt.Errorf("nothing to read in %q", p.rest)
	}
	if p.take("(") {
		return p.call(word)
	}
	return p.look(strings.Split(word, "."))
}

// look finds a property. A context that is not there is an error, a property that
// is not is null, as in GitHub's.
func (p *parser) look(path []string) (any, error) {
	at, known := p.contexts[path[0]]
	if !known {
		return nil, fmt.Errorf("there is no context %s here", path[0])
	}
	for _, name := range path[1:] {
		properties, _ := at.(map[string]any)
		at = properties[name]
	}
	return at, nil
}

func (p *parser) call(function string) (any, error) {
	var args []any
	for !p.take(")") {
		v, err := p.or()
		if err != nil {
			return nil, err
		}
		args = append(args, v)
		p.take(",")
	}
	switch {
	case function == "always" && len(args) == 0:
		p.asked = true
		return true, nil
	case function == "success" && len(args) == 0:
		p.asked = true
		return !p.failed, nil
	case function == "failure" && len(args) == 0:
		p.asked = true
		return p.failed, nil
	case function == "cancelled" && len(args) == 0: // nobody does here
		p.asked = true
		return false, nil
	case function == "toJSON" && len(args) == 1:
		data, err := json.MarshalIndent(args[0], "", "  ")
		return string(data), err
	case function == "fromJSON" && len(args) == 1:
		var v any
		err := json.Unmarshal([]byte(asText(args[0])), &v)
		return v, err
	}
	return nil, fmt.Errorf("no function %s with %d arguments is known here", function, len(args))
}

func truth(v any) bool { return v != nil && v != false && v != "" && v != 0.0 }

func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return "Object"
}

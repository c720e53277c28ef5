package cireport

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// shape is what both JUnit.xsd of windyroad/JUnit-Schema and junit-10.xsd of
// Jenkins' xUnit plugin allow: for each element its children in order, and its
// attributes, of which none may be missing.
var shape = map[string]struct {
	children   []string
	attributes []string
	text       bool
}{
	"testsuites": {children: []string{"testsuite"}},
	"testsuite": {children: []string{"properties", "testcase", "system-out", "system-err"},
		attributes: []string{"name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"}},
	"properties": {children: []string{"property"}},
	"property":   {attributes: []string{"name", "value"}},
	"testcase":   {children: []string{"skipped", "error", "failure"}, attributes: []string{"classname", "name", "time"}},
	"skipped":    {attributes: []string{"message"}, text: true},
	"failure":    {attributes: []string{"type", "message"}, text: true},
	"error":      {attributes: []string{"type", "message"}, text: true},
	"system-out": {text: true},
	"system-err": {text: true},
}

// forms are what the values of some attributes must look like.
var forms = map[string]*regexp.Regexp{
	"timestamp": regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$`),
	"time":      regexp.MustCompile(`^\d+(\.\d+)?$`),
	"tests":     regexp.MustCompile(`^\d+$`), "id": regexp.MustCompile(`^\d+$`), "failures": regexp.MustCompile(`^\d+$`),
	"errors": regexp.MustCompile(`^\d+$`), "skipped": regexp.MustCompile(`^\d+$`),
	"name": regexp.MustCompile(`\S`), "classname": regexp.MustCompile(`\S\.\S`), "package": regexp.MustCompile(`\S`),
	"type": regexp.MustCompile(`\S`), "message": regexp.MustCompile(`\S`),
}

// A node is an element of the document.
type node struct {
	name       string
	attributes map[string]string
	children   []*node
	text       string
}

// all returns the elements of a name among the node and all below it.
func (n *node) all(name string) (found []*node) {
	if n.name == name {
		found = append(found, n)
	}
	for _, c := range n.children {
		found = append(found, c.all(name)...)
	}
	return found
}

// JUnit returns why a server would not take a JUnit report, or would show it other
// than it is meant, and else how many of its tests failed or erred.
func JUnit(data []byte) (red int, err error) {
	root, err := parse(data)
	if err != nil {
		return 0, err
	}
	if root.name != "testsuites" {
		return 0, fmt.Errorf("the root is %s", root.name)
	}
	if err := root.check(); err != nil {
		return 0, err
	}
	for _, s := range root.all("testsuite") {
		for _, once := range []string{"properties", "system-out", "system-err"} {
			if n := len(s.all(once)); n != 1 {
				return 0, fmt.Errorf("a suite has %d times %s", n, once)
			}
		}
	}
	suites := root.all("testsuite")
	if len(suites) == 0 {
		return 0, errors.New("there is no suite")
	}
	for i, s := range suites {
		cases := s.all("testcase")
		counted := map[string]int{"tests": len(cases), "failures": len(s.all("failure")), "errors": len(s.all("error")),
			"skipped": len(s.all("skipped")), "id": i}
		for name, n := range counted {
			if s.attributes[name] != strconv.Itoa(n) {
				return 0, fmt.Errorf("%s of %s is %s, and there are %d", name, s.attributes["name"], s.attributes[name], n)
			}
		}
		red += counted["failures"] + counted["errors"]
		seen := map[string]bool{}
		for _, c := range cases {
			key := c.attributes["classname"] + "\x00" + c.attributes["name"]
			if seen[key] {
				return 0, fmt.Errorf("two tests are called %q", key)
			}
			if seen[key] = true; len(c.children) > 1 {
				return 0, fmt.Errorf("%q has two results", key)
			}
		}
		if len(cases) == 0 {
			return 0, fmt.Errorf("%s has no test", s.attributes["name"])
		}
	}
	return red, nil
}

// check holds an element, and all below it, against its shape.
func (n *node) check() error {
	want, known := shape[n.name]
	if !known {
		return fmt.Errorf("there is no element %s", n.name)
	}
	if len(n.attributes) != len(want.attributes) {
		return fmt.Errorf("%s has the attributes %v", n.name, n.attributes)
	}
	for _, name := range want.attributes {
		value, has := n.attributes[name]
		if form := forms[name]; !has || form != nil && !form.MatchString(value) && !(n.name == "property" && name == "value") {
			return fmt.Errorf("%s of %s is %q", name, n.name, value)
		}
	}
	if !want.text && strings.TrimSpace(n.text) != "" {
		return fmt.Errorf("%s has the text %q", n.name, n.text)
	}
	if strings.Contains(n.text, "[[ATTACHMENT|") {
		return fmt.Errorf("%s names a file to attach", n.name)
	}
	at := 0
	for _, c := range n.children {
		next := slices.Index(want.children, c.name)
		if next < at {
			return fmt.Errorf("%s is not in its place in %s", c.name, n.name)
		}
		at = next
		if err := c.check(); err != nil {
			return err
		}
	}
	return nil
}

// parse reads a document. Unlike encoding/xml alone, it refuses what is no
// character of XML 1.0 where a reference names it.
func parse(data []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	root := &node{}
	open := []*node{root}
	for {
		token, err := d.Token()
		if err == io.EOF {
			if len(root.children) != 1 {
				return nil, fmt.Errorf("%d roots", len(root.children))
			}
			return root.children[0], nil
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attributes: map[string]string{}}
			for _, a := range t.Attr {
				n.attributes[a.Name.Local] = a.Value
			}
			top.children, open = append(top.children, n), append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
}

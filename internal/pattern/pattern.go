// Package pattern keeps the regular expressions of the program until they are
// used: to compile all of them at start would take longer than most runs take.
// Beyond that it does what package regexp does, and no more.
package pattern

import (
	"regexp"
	"sync"
)

// An Expr is a regular expression that is compiled when it is first used. Its
// methods are those of regexp.Regexp.
type Expr struct {
	text     string
	once     sync.Once
	compiled *regexp.Regexp
}

// New keeps an expression, which must be right: a test of the whole program
// compiles every one. Of a package's variable the compiler makes data, so that
// nothing runs at start.
func New(text string) *Expr { return &Expr{text: text} }

func (e *Expr) expr() *regexp.Regexp {
	e.once.Do(func() { e.compiled = regexp.MustCompile(e.text) })
	return e.compiled
}

// Match is Match of regexp.Regexp.
func (e *Expr) Match(b []byte) bool { return e.expr().Match(b) }

// MatchString is MatchString of regexp.Regexp.
func (e *Expr) MatchString(s string) bool { return e.expr().MatchString(s) }

// FindString is FindString of regexp.Regexp.
func (e *Expr) FindString(s string) string { return e.expr().FindString(s) }

// FindStringIndex is FindStringIndex of regexp.Regexp.
func (e *Expr) FindStringIndex(s string) []int { return e.expr().FindStringIndex(s) }

// FindStringSubmatch is FindStringSubmatch of regexp.Regexp.
func (e *Expr) FindStringSubmatch(s string) []string { return e.expr().FindStringSubmatch(s) }

// FindAllString is FindAllString of regexp.Regexp.
func (e *Expr) FindAllString(s string, n int) []string { return e.expr().FindAllString(s, n) }

// FindAllStringSubmatch is FindAllStringSubmatch of regexp.Regexp.
func (e *Expr) FindAllStringSubmatch(s string, n int) [][]string {
	return e.expr().FindAllStringSubmatch(s, n)
}

// FindAllStringIndex is FindAllStringIndex of regexp.Regexp.
func (e *Expr) FindAllStringIndex(s string, n int) [][]int { return e.expr().FindAllStringIndex(s, n) }

// FindSubmatchIndex is FindSubmatchIndex of regexp.Regexp.
func (e *Expr) FindSubmatchIndex(b []byte) []int { return e.expr().FindSubmatchIndex(b) }

// FindAllSubmatchIndex is FindAllSubmatchIndex of regexp.Regexp.
func (e *Expr) FindAllSubmatchIndex(b []byte, n int) [][]int {
	return e.expr().FindAllSubmatchIndex(b, n)
}

// ReplaceAllString is ReplaceAllString of regexp.Regexp.
func (e *Expr) ReplaceAllString(s, with string) string { return e.expr().ReplaceAllString(s, with) }

// ReplaceAllStringFunc is ReplaceAllStringFunc of regexp.Regexp.
func (e *Expr) ReplaceAllStringFunc(s string, with func(string) string) string {
	return e.expr().ReplaceAllStringFunc(s, with)
}

// Split is Split of regexp.Regexp.
func (e *Expr) Split(s string, n int) []string { return e.expr().Split(s, n) }

// Package watch looks at published packages: it asks the registry, the repository
// and the advisory sources what package monitor judges. What could not be looked at
// is told as that. It sends nothing but questions, and remembers what it was told in
// the one state file.
package watch

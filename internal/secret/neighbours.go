package secret

import (
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
)

//go:generate go test -run TestNeighbours -update .

// neighboursText says which bytes can stand next to a short keyword. It is derived
// from the expressions of the rules, which takes longer than all else that a scanner
// needs to start. A test derives it anew and compares.
//
// A line has a keyword and three sets, separated by tabs. A set is a list of ranges,
// each four hex digits: the first and the last byte. A star is any byte.
//
//go:embed neighbours.txt
var neighboursText string

// neighbours are the bytes next to a short keyword in the matches of its rules: the
// one before it and the first and second behind it; nil: any byte.
type neighbours struct{ before, after1, after2 *set }

// readNeighbours reads a text of the form of neighboursText.
func readNeighbours(text string) (map[string]neighbours, error) {
	all := map[string]neighbours{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 {
			return nil, fmt.Errorf("neighbours of keywords: %q has %d fields, not 4", line, len(fields))
		}
		var sets [3]*set
		for i, field := range fields[1:] {
			s, err := readSet(field)
			if err != nil {
				return nil, fmt.Errorf("neighbours of keywords: %q: %w", line, err)
			}
			sets[i] = s
		}
		all[fields[0]] = neighbours{sets[0], sets[1], sets[2]}
	}
	return all, nil
}

// readSet reads one set.
func readSet(text string) (*set, error) {
	if text == "*" {
		return nil, nil
	}
	ranges, err := hex.DecodeString(text)
	if err == nil && len(ranges)%2 == 1 {
		err = hex.ErrLength
	}
	if err != nil {
		return nil, err
	}
	s := &set{}
	for i := 0; i < len(ranges); i += 2 {
		for b := int(ranges[i]); b <= int(ranges[i+1]); b++ {
			s[b] = true
		}
	}
	return s, nil
}

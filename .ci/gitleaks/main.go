// The program gitleaks is what tests compare package secret with: the rules and
// the detector of the gitleaks module, in a module of its own, since the product
// needs neither.
//
//	gitleaks -rules          prints the module's rule file, internal/secret/gitleaks.toml
//	gitleaks <texts >found   reads {"path","text"} a line, writes [{"rule","value","line"}] a line
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
)

// Bytes are base64 in JSON: a text need not be UTF-8.
type text struct{ Path, Text []byte }

type found struct {
	Rule  string `json:"rule"`
	Value []byte `json:"value"`
	Line  int    `json:"line"` // 1-based; 0: the file's name
}

func main() {
	rules := flag.Bool("rules", false, "print the rule file")
	flag.Parse()
	if *rules {
		fmt.Print(config.DefaultConfig)
		return
	}
	if err := compare(); err != nil {
		fmt.Fprintln(os.Stderr, "gitleaks:", err)
		os.Exit(1)
	}
}

func compare() error {
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return err
	}
	d.IgnoreGitleaksAllow = true // ours has no comment that switches it off
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 256<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var t text
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return err
		}
		all := []found{}
		//lint:ignore SA1019 it is what the detector takes until v9
		for _, f := range d.Detect(detect.Fragment{Raw: string(t.Text), FilePath: string(t.Path)}) {
			if f.Match == "file detected: "+string(t.Path) {
				all = append(all, found{f.RuleID, t.Path, 0})
			} else {
				all = append(all, found{f.RuleID, []byte(f.Secret), f.StartLine + 1})
			}
		}
		if err := out.Encode(all); err != nil {
			return err
		}
	}
	return lines.Err()
}

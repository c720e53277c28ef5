package beside

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// Machine says what is measured on, and how busy it is.
func Machine() string {
	return fmt.Sprintf("%s, %d processors, load %s", processor(), runtime.NumCPU(), load())
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.SplitSeq(string(text), "\n") {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	return slices.Concat(strings.Fields(string(text)), []string{"unknown"})[0]
}

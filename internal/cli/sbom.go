package cli

import (
	"context"
	"slices"

	"github.com/publishgate/publishgate/internal/gate"
)

// sbomOptions are the flags of sbom: those of gate that say what is read, and
// the output file.
func sbomOptions() []option {
	only := []option{{name: "o", arg: "FILE", does: "where the SBOM goes; without it standard output"}}
	for _, o := range options {
		if slices.Contains([]string{"lockfile", "tarball", "sbom-version", "sbom-files"}, o.name) {
			only = append(only, o)
		}
	}
	return only
}

// runSBOM writes the SBOM; it judges nothing.
func runSBOM(ctx context.Context, p Process) error {
	v, dirs, mistakes := parseArgs(p.Args, sbomOptions())
	s := &settings{values: v, known: sbomOptions(), mistakes: mistakes}
	where := gate.Where{Dir: s.folder(dirs), Tarball: s.text("tarball"), Lockfile: s.text("lockfile")}
	how := gate.Writing{
		SBOMVersion: s.word("sbom-version", "1.4", "1.5", "1.6", "1.7"),
		SBOMFiles:   s.truth("sbom-files"), Epoch: s.epoch(p),
	}
	file := s.text("o")
	if len(s.mistakes) > 0 {
		return &UsageError{s.mistakes}
	}
	return gate.WriteSBOM(ctx, where, how, Version(), p.Stdout, file)
}

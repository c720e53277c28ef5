package tarball

// The limits of the canonical profile. Each is checked before anything of that size
// is allocated or read.
const (
	MaxPacked     = 100 << 20 // bytes of the .tgz
	MaxUnpacked   = 1 << 30   // bytes of all headers and contents
	MaxEntries    = 50_000    // files and directories
	MaxComponent  = 255       // bytes of one part of a path: the limit of file systems
	MaxDepth      = 64        // parts of a path
	MaxPath       = 4096      // bytes of a whole path
	MaxRatio      = 200       // unpacked bytes for one packed byte …
	ratioFrom     = 8 << 20   // … checked once this much is unpacked: a small file of spaces is no bomb
	MaxPax        = 64 << 10  // bytes of one extended header
	MaxManifest   = 1 << 20   // bytes of package.json
	MaxShrinkwrap = 64 << 20  // bytes of npm-shrinkwrap.json
	MaxReadme     = 256 << 10 // bytes of the README kept for checks
	MaxShown      = 4 << 20   // bytes of a file that npm sends with the manifest
	MaxLicence    = 64 << 10  // bytes of a licence file kept for checks
	MaxViolations = 200       // kept; a hostile archive must not fill the report
)

// block is the size of a block of a tar archive.
const block = 512

// blockPad returns how many bytes fill the last block of n bytes.
func blockPad(n int64) int64 { return -n & (block - 1) }

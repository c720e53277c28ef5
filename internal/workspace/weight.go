package workspace

// What judging costs on one core of a common machine, in microseconds, of which
// only the ratio matters: for each package, for each megabyte that is packed, and
// for each locked package that is audited for it. They are estimates: a shard that
// is a little heavier than another one is no harm.
const (
	costPackage  = 4_000
	costMegabyte = 60_000
	costLocked   = 12
)

// Weight returns what judging a package is expected to cost, in microseconds, by
// the bytes in its tarball and the packages that are locked for it.
func Weight(bytes int64, locked int) int64 {
	return costPackage + bytes*costMegabyte/1_000_000 + int64(locked)*costLocked
}

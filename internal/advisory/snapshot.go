package advisory

import (
	"context"
	_ "embed" // the snapshot
	"sync"
)

// The snapshot is made from public advisory data, see NOTICE. It costs nothing
// until it is asked.
//
//go:generate go run ./gen -o snapshot.cdb
//go:embed snapshot.cdb
var snapshotData []byte

var openSnapshot = sync.OnceValues(func() (*Database, error) { return openBytes(snapshotData) })

// Snapshot returns the database in the binary. It is partial: it does not have
// all advisories, and it is as old as the release.
func Snapshot() Source { return snapshot{} }

// SnapshotInfo describes the database in the binary.
func SnapshotInfo() (Info, error) {
	db, err := openSnapshot()
	if err != nil {
		return Info{}, err
	}
	return db.Info, nil
}

type snapshot struct{}

func (snapshot) Name() string { return "snapshot" }

func (snapshot) Answer(ctx context.Context, asked []Asked) ([]Record, Status, error) {
	db, err := openSnapshot()
	if err != nil {
		return nil, Status{}, err
	}
	return db.answer(ctx, asked)
}

package pack

import (
	"context"
	"fmt"
)

// Size returns how many files npm packs, and their bytes together, without
// reading them.
func Size(ctx context.Context, f Folder) (files int, bytes int64, err error) {
	l, err := list(ctx, f)
	if err != nil {
		return 0, 0, err
	}
	for _, file := range l.files {
		info, err := f.Root.Lstat(file.source)
		if err != nil {
			return 0, 0, fmt.Errorf("look at %s: %w", file.path, err)
		}
		bytes += info.Size()
	}
	return len(l.files), bytes, nil
}

package main

import (
	"context"
	"os"
	"slices"
	"time"
)

// followInterval is how often followed files are looked at: whoever renews a
// certificate or replaces a token does so hours before.
const followInterval = 10 * time.Second

// followed are files whose changes are followed.
type followed struct {
	files []string
	seen  []time.Time // When each was modified last; the zero time if it is missing.
}

// newFollowed returns files as they are now: what changes from here on is noticed.
func newFollowed(files ...string) *followed { return &followed{files, modified(files)} }

// follow calls reload whenever one of the files has changed, until ctx is done.
func (f *followed) follow(ctx context.Context, interval time.Duration, reload func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		}
		if now := modified(f.files); !slices.Equal(now, f.seen) {
			f.seen = now
			reload()
		}
	}
}

func modified(files []string) []time.Time {
	times := make([]time.Time, len(files))
	for i, name := range files {
		if info, err := os.Stat(name); err == nil {
			times[i] = info.ModTime()
		}
	}
	return times
}

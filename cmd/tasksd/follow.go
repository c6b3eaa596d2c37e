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

// follow calls reload whenever one of the files has changed, until ctx is done.
func follow(ctx context.Context, interval time.Duration, reload func(), files ...string) {
	seen := modified(files)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		}
		if now := modified(files); !slices.Equal(now, seen) {
			seen = now
			reload()
		}
	}
}

// modified returns when each file was modified last: the zero time for one that is
// missing.
func modified(files []string) []time.Time {
	times := make([]time.Time, len(files))
	for i, name := range files {
		if info, err := os.Stat(name); err == nil {
			times[i] = info.ModTime()
		}
	}
	return times
}

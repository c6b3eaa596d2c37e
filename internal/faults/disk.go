package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"example.com/tasks/internal/contract/live"
)

// fillDisk fills the disk that a SQLite database is on, keeps it full for three
// seconds, and makes space again.
func fillDisk(t *trial) {
	disk := t.SmallDisk()
	db, ballast := filepath.Join(disk, "tasks.db"), filepath.Join(disk, "ballast")
	l := newLoad(t, t.serve(t.Directory(), "tasksd", "sqlite:"+db))
	t.checkIntegrity(db)
	for range t.outages {
		l.outage(func() {
			err := live.Fill(ballast)
			time.Sleep(3 * time.Second)
			if err := errors.Join(err, os.Remove(ballast)); err != nil {
				t.Fatal(err)
			}
		})
		t.checkIntegrity(db)
	}
}

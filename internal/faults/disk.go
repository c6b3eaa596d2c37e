package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// fillDisk fills the disk that a SQLite database is on, keeps it full for three
// seconds, and makes space again.
func fillDisk(t *trial) {
	dir := t.directory()
	disk := t.smallDisk(dir)
	db, ballast := filepath.Join(disk, "tasks.db"), filepath.Join(disk, "ballast")
	l := newLoad(t, t.serve(dir, "tasksd", "sqlite:"+db))
	t.checkIntegrity(db)
	for range t.outages {
		l.outage(func() {
			err := fill(ballast)
			time.Sleep(3 * time.Second)
			if err := errors.Join(err, os.Remove(ballast)); err != nil {
				t.Fatal(err)
			}
		})
		t.checkIntegrity(db)
	}
}

// smallDisk mounts a small file system in dir until the trial ends, and returns
// its path.
func (t *trial) smallDisk(dir string) string {
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.ctx, "mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skip("a small file system cannot be mounted, which only root may do:", err, string(bytes.TrimSpace(out)))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil { //nolint:noctx // It ends by itself.
			t.Errorf("umount %s: %v %s", disk, err, out)
		}
	})
	return disk
}

// fill writes a file until there is no space left, to the last page.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for page := make([]byte, 4096); ; {
		if _, err := f.Write(page); err != nil {
			if errors.Is(err, syscall.ENOSPC) {
				return nil
			}
			return err
		}
	}
}

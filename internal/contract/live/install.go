package live

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Missing returns the first of the commands that is not installed, or "".
func Missing(commands ...string) string {
	for _, name := range commands {
		if _, err := exec.LookPath(name); err != nil {
			return name
		}
	}
	return ""
}

// Install writes files into the directory dir and runs command there in a shell,
// unless it did so before with the same contents of lock. Lock names one of the
// files, which must determine what the command installs.
func Install(ctx context.Context, dir string, files fs.FS, lock, command string) error {
	if err := place(dir, files); err != nil {
		return err
	}
	wanted, err := fs.ReadFile(files, lock)
	if err != nil {
		return err
	}
	stamp := filepath.Join(dir, "installed")
	if installed, err := os.ReadFile(stamp); err == nil && bytes.Equal(installed, wanted) {
		return nil
	}
	fmt.Println("install", dir)
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("install %s: %s: %w\n%s", dir, command, err, text)
	}
	return os.WriteFile(stamp, wanted, 0o666)
}

// place writes files into dir and overwrites those that exist.
func place(dir string, files fs.FS) error {
	return fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		target := filepath.Join(dir, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(target, 0o777)
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o666)
	})
}

package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// Open opens the store in the file at path, which it creates, for its owner
// alone, if there is none. It brings a database of an older version up to date,
// for as long as that takes or ctx allows. The error is one line that says what
// is wrong with the file and what to do about it.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", explained(path, err))
	}
	return s, nil
}

func open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := createFile(path); err != nil {
		return nil, err
	}
	w, err := openWriter(ctx, path)
	if err != nil {
		return nil, err
	}
	n := max(4, runtime.GOMAXPROCS(0)) // More than processors, since some wait for the disk.
	s := &Store{writer: w, idle: make(chan *reader, n)}
	for range n {
		r, err := openReader(ctx, path)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.idle <- r
	}
	return s, nil
}

// creating is held while a new file is open other than by SQLite: to close any
// descriptor of a file gives up all locks that the process has on it, those of
// another store, too (fcntl(2), under "Record locks").
var creating sync.Mutex

// createFile creates an empty file unless there is one.
func createFile(path string) error {
	creating.Lock()
	defer creating.Unlock()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // The operator names it.
	var cause *fs.PathError
	switch {
	case err == nil:
		return f.Close()
	case errors.Is(err, fs.ErrExist):
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return errors.New("is a directory: name a file in it")
		}
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("is in a directory that does not exist: create that")
	case errors.As(err, &cause):
		return fmt.Errorf("cannot be created (%w): allow writing to its directory", cause.Err)
	default:
		return err
	}
}

// useWAL has the database keep a write-ahead log, beside which it can be read
// while it is changed. That is a property of the file.
func useWAL(ctx context.Context, c *connection) error {
	var mode string
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		err := c.conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
		if err == nil && mode != "wal" {
			return fmt.Errorf("cannot have a write-ahead log, only %s: put it on a local disk", mode)
		}
		// SQLite does not wait here for others that open the file, too.
		if primaryCode(err) != sqlite3.SQLITE_BUSY || time.Since(start) > patience {
			return err
		}
	}
}

//go:embed migrations
var migrations embed.FS

// applicationID is what the first migration marks the database with.
const applicationID = 0x7461736b

// migrate applies the migrations that the database has not seen. It does all in
// one transaction, which closing the connection undoes if there is an error.
// Several programs may do that at once: each waits for the one before.
func migrate(ctx context.Context, c *connection) error {
	if err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	files, err := fs.Glob(migrations, "migrations/*.sql") // In the order of their numbers.
	if err != nil {
		return err
	}
	version, err := versionOf(ctx, c)
	if err != nil {
		return err
	}
	if version > len(files) {
		return fmt.Errorf("is of version %d, and this program knows versions up to %d: run a newer one", version, len(files))
	}
	for i, file := range files[version:] {
		step, err := migrations.ReadFile(file)
		if err != nil {
			return err
		}
		if err := c.exec(ctx, fmt.Sprintf("%s; PRAGMA user_version = %d", step, version+i+1)); err != nil {
			return fmt.Errorf("cannot be brought up to date by %s: %w", file, err)
		}
	}
	return c.exec(ctx, "COMMIT")
}

// versionOf returns how many migrations the database has seen. The error says so
// if it has those of another program.
func versionOf(ctx context.Context, c *connection) (version int, err error) {
	var application, tables int
	err = c.conn.QueryRowContext(ctx, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`).Scan(&version, &application, &tables)
	if err == nil && application != applicationID && (version > 0 || tables > 0) {
		err = errors.New("is the database of another program: name another file")
	}
	return version, err
}

// explained returns an error that says what SQLite's error means for the file of
// this name, and what to do about it.
func explained(name string, err error) error {
	advice := map[int]string{
		sqlite3.SQLITE_NOTADB:   "is not a SQLite database: name another file",
		sqlite3.SQLITE_CORRUPT:  "is damaged: restore a backup",
		sqlite3.SQLITE_BUSY:     "is locked by another program: end that",
		sqlite3.SQLITE_READONLY: "cannot be written: allow writing to it and to its directory",
		sqlite3.SQLITE_CANTOPEN: "cannot be opened: allow reading and writing it and its directory",
		sqlite3.SQLITE_FULL:     "has no space on its disk: make some",
	}[primaryCode(err)]
	if advice == "" {
		return fmt.Errorf("%s %w", name, err)
	}
	return fmt.Errorf("%s %s (%w)", name, advice, err)
}

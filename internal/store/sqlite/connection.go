package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
)

// A connection to the file is for one goroutine at a time.
type connection struct {
	db       *sql.DB // Of this connection alone.
	conn     *sql.Conn
	prepared []*sql.Stmt
	failed   error
}

// connect returns a connection that begins with the pragma. It waits for locks
// not quite as long as a call does, so that the error says what it waits for.
func connect(ctx context.Context, path, pragma string) (*connection, error) {
	wait := fmt.Sprintf("busy_timeout(%d)", (patience * 3 / 4).Milliseconds())
	query := url.Values{"_pragma": {wait, pragma}}
	dsn := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, err
	}
	return &connection{db: db, conn: conn}, nil
}

// prepare returns a statement, unless this one or one before cannot be prepared:
// c.failed says why.
func (c *connection) prepare(ctx context.Context, query string) *sql.Stmt {
	if c.failed != nil {
		return nil
	}
	var statement *sql.Stmt
	if statement, c.failed = c.conn.PrepareContext(ctx, query); c.failed == nil {
		c.prepared = append(c.prepared, statement)
	}
	return statement
}

func (c *connection) exec(ctx context.Context, statement string) error {
	_, err := c.conn.ExecContext(ctx, statement)
	return err
}

// close closes the statements, too, since SQLite keeps the file open for as long
// as there are any.
func (c *connection) close() error {
	var errs []error
	for _, statement := range c.prepared {
		errs = append(errs, statement.Close())
	}
	return errors.Join(append(errs, c.conn.Close(), c.db.Close())...)
}

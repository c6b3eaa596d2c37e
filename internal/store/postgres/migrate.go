package postgres

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// files are the migrations: the one that makes version n of the schema is the
// nth in the order of their names.
//
//go:embed migrations/*.sql
var files embed.FS

// migrate brings the schema to the version that this program needs. It changes
// nothing if it has that version: then a role without the right to create
// tables is enough. Of several programs at once one migrates, and the others
// wait.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	migrations, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return err
	}
	opening, cancel := context.WithTimeoutCause(ctx, openTimeout, fmt.Errorf("no answer within %s", openTimeout))
	defer cancel()
	conn, err := pool.Acquire(opening)
	if err != nil {
		return cmp.Or(context.Cause(opening), err)
	}
	defer conn.Release()
	if encoding := conn.Conn().PgConn().ParameterStatus("server_encoding"); encoding != "UTF8" {
		return fmt.Errorf("the database has the encoding %s, but titles need UTF8", encoding)
	}
	version, err := schemaVersion(opening, conn, len(migrations))
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code == "42P01" { // undefined_table
		err = nil
	}
	if err != nil || version == len(migrations) {
		return err
	}
	return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		return apply(ctx, tx, migrations)
	})
}

// apply applies the migrations that the schema lacks.
func apply(ctx context.Context, tx pgx.Tx, migrations []string) error {
	if _, err := tx.Exec(ctx, `
		SELECT pg_advisory_xact_lock(hashtext('tasks_migrations'));
		CREATE TABLE IF NOT EXISTS tasks_migrations (
			version integer PRIMARY KEY,
			applied timestamptz NOT NULL DEFAULT now()
		)`); err != nil {
		return err
	}
	version, err := schemaVersion(ctx, tx, len(migrations))
	if err != nil {
		return err
	}
	for ; version < len(migrations); version++ {
		statements, err := files.ReadFile(migrations[version])
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(statements)); err != nil {
			return fmt.Errorf("%s: %w", migrations[version], err)
		}
		if _, err := tx.Exec(ctx, "INSERT INTO tasks_migrations (version) VALUES ($1)", version+1); err != nil {
			return err
		}
	}
	return nil
}

// schemaVersion returns the version of the schema, and an error if it is newer
// than the newest that is known.
func schemaVersion(ctx context.Context, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, newest int,
) (version int, err error) {
	err = db.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM tasks_migrations").Scan(&version)
	if err == nil && version > newest {
		err = fmt.Errorf("the database has schema version %d, and this program knows only those up to %d: use a newer program", version, newest)
	}
	return version, err
}

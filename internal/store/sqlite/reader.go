package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// A reader is a connection for reads. A task or a page is read with a context
// that cannot end, since database/sql and the driver would each start a goroutine
// that waits for that: a get takes 5 µs without and 9 µs with them. There is no
// wait that they could end, as readers need no lock.
type reader struct {
	*connection
	get, count *sql.Stmt
	pages      map[pageKind]*sql.Stmt
}

func openReader(ctx context.Context, path string) (*reader, error) {
	c, err := connect(ctx, path, "query_only(true)")
	if err != nil {
		return nil, err
	}
	r := &reader{connection: c, get: c.prepare(ctx, getTask), count: c.prepare(ctx, countTasks), pages: map[pageKind]*sql.Stmt{}}
	for _, k := range pageKinds {
		r.pages[k] = c.prepare(ctx, k.query())
	}
	if c.failed != nil {
		c.close()
		return nil, c.failed
	}
	return r, nil
}

func (r *reader) task(id uuid.UUID) (t store.Task, err error) {
	err = r.get.QueryRowContext(context.Background(), id[:]).Scan(scan(&t)...)
	if errors.Is(err, sql.ErrNoRows) {
		return t, store.ErrNotFound
	}
	return t, failure(err)
}

// page returns the tasks that q selects, and the one that follows them.
func (r *reader) page(q store.Query) (page []store.Task, err error) {
	rows, err := r.pages[pageKind{q.Done != nil, q.Descending}].QueryContext(context.Background(), pageArgs(q)...)
	if err != nil {
		return nil, failure(err)
	}
	defer func() { err = failure(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		var t store.Task
		if err := rows.Scan(scan(&t)...); err != nil {
			return nil, err
		}
		page = append(page, t)
	}
	return page, rows.Err()
}

// len takes long where there are many tasks, so its context may end it.
func (r *reader) len(ctx context.Context) (n int, err error) {
	if err = r.count.QueryRowContext(ctx).Scan(&n); err != nil && ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return n, failure(err)
}

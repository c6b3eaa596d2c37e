package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// A writer makes all changes, in one goroutine.
type writer struct {
	*connection
	queue   chan *change // Unbuffered: changes wait with their callers.
	stopped chan struct{}

	getTask, createTask, updateTask, deleteTask *sql.Stmt
	findKey, addKey, forgetKeys                 *sql.Stmt
}

// openWriter starts a writer on the file, which is then ready to be read, too.
func openWriter(ctx context.Context, path string) (*writer, error) {
	c, err := connect(ctx, path, "synchronous(full)")
	if err != nil {
		return nil, err
	}
	err = migrate(ctx, c)
	if err == nil {
		err = useWAL(ctx, c)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	w := &writer{
		connection: c,
		queue:      make(chan *change),
		stopped:    make(chan struct{}),
		getTask:    c.prepare(ctx, getTask),
		createTask: c.prepare(ctx, createTask),
		updateTask: c.prepare(ctx, updateTask),
		deleteTask: c.prepare(ctx, deleteTask),
		findKey:    c.prepare(ctx, findKey),
		addKey:     c.prepare(ctx, addKey),
		forgetKeys: c.prepare(ctx, forgetKeys),
	}
	if c.failed != nil {
		c.close()
		return nil, c.failed
	}
	go w.run()
	return w, nil
}

// A change is what one call has the writer do.
type change struct {
	ctx   context.Context
	apply func(*tx) (store.Task, error)
	calls chan func()   // Callbacks, which the caller is to run.
	done  chan struct{} // Closed once the change is committed or has failed.

	task store.Task // What apply has returned.
	err  error
}

// submit returns what apply returns, once that is durable. apply runs in the
// goroutine of the writer, and may still do so after ctx has ended the call.
func (w *writer) submit(ctx context.Context, apply func(*tx) (store.Task, error)) (store.Task, error) {
	c := &change{ctx: ctx, apply: apply, calls: make(chan func()), done: make(chan struct{})}
	select {
	case w.queue <- c:
	case <-ctx.Done():
		return store.Task{}, ctx.Err()
	}
	for {
		select {
		case call := <-c.calls:
			call()
		case <-c.done:
			return c.task, c.err
		case <-ctx.Done():
			return store.Task{}, ctx.Err()
		}
	}
}

// run makes changes until the queue is closed.
func (w *writer) run() {
	defer close(w.stopped)
	for first := range w.queue {
		w.commit(first)
	}
}

// commit makes a change, and all that wait meanwhile, in one transaction. What a
// member has not found, or its callback refused, concerns that one alone. But a
// failure of the database fails all, since SQLite may have rolled back what the
// others did and saw.
func (w *writer) commit(first *change) {
	group := []*change{first}
	err := w.exec(first.ctx, "BEGIN IMMEDIATE")
	for i := 0; err == nil && i < len(group); i++ {
		if err = w.apply(group[i]); err == nil {
			group = w.appendWaiting(group)
		}
	}
	if err == nil {
		err = w.exec(context.Background(), "COMMIT")
	}
	if err != nil {
		_ = w.exec(context.Background(), "ROLLBACK") // Fails if SQLite has done that.
	}
	for _, c := range group {
		if err != nil {
			c.err = failure(err)
		}
		if c.err != nil {
			c.task = store.Task{}
		}
		close(c.done)
	}
}

// maxGroup bounds the changes of one transaction, so that the first need not wait
// for however many come.
const maxGroup = 1000

// appendWaiting appends the change that waits in the queue, if one does and the
// group has room.
func (w *writer) appendWaiting(group []*change) []*change {
	if len(group) == maxGroup {
		return group
	}
	select {
	case c, open := <-w.queue:
		if open {
			return append(group, c)
		}
	default:
	}
	return group
}

// apply makes a change, unless its caller has left, and returns an error if the
// database fails.
func (w *writer) apply(c *change) error {
	tx := &tx{writer: w, change: c}
	if c.err = c.ctx.Err(); c.err == nil {
		c.task, c.err = c.apply(tx)
	}
	return tx.failed
}

// close waits until the changes in the queue are made.
func (w *writer) close() error {
	close(w.queue)
	<-w.stopped
	return w.connection.close()
}

// A tx is what one change sees of the transaction. Its methods return
// store.ErrNotFound and store.ErrExists, or note that the database has failed.
type tx struct {
	*writer
	*change
	failed error
}

func (tx *tx) get(id uuid.UUID) (store.Task, error) { return tx.query(tx.getTask, id[:]) }

func (tx *tx) create(t store.Task) error {
	created, err := tx.exec(tx.createTask, values(t)...)
	if err == nil && created == 0 {
		return store.ErrExists
	}
	return err
}

func (tx *tx) update(t store.Task) error {
	_, err := tx.exec(tx.updateTask, values(t)...)
	return err
}

func (tx *tx) delete(id uuid.UUID) error {
	_, err := tx.exec(tx.deleteTask, id[:])
	return err
}

// find returns the task that was created with the key.
func (tx *tx) find(key store.Key) (store.Task, error) {
	return tx.query(tx.findKey, key.Owner, key.Value, oldest(key))
}

// createWith creates the task and notes the key, which must not be known.
func (tx *tx) createWith(key store.Key, t store.Task) error {
	if err := tx.create(t); err != nil {
		return err
	}
	if _, err := tx.exec(tx.forgetKeys, oldest(key)); err != nil {
		return err
	}
	_, err := tx.exec(tx.addKey, append(values(t), key.Owner, key.Value, key.Now.UnixMilli())...)
	return err
}

// oldest returns when the oldest key that is known at the time of key was used.
func oldest(key store.Key) int64 { return key.Now.Add(-store.KeyLife).UnixMilli() }

func (tx *tx) query(stmt *sql.Stmt, args ...any) (t store.Task, err error) {
	err = stmt.QueryRowContext(context.Background(), args...).Scan(scan(&t)...)
	if errors.Is(err, sql.ErrNoRows) {
		return t, store.ErrNotFound
	}
	tx.failed = err
	return t, err
}

func (tx *tx) exec(stmt *sql.Stmt, args ...any) (rows int64, err error) {
	var result sql.Result
	if result, err = stmt.ExecContext(context.Background(), args...); err == nil {
		rows, err = result.RowsAffected()
	}
	tx.failed = err
	return rows, err
}

// errGone is returned to a change whose caller is gone.
var errGone = errors.New("the caller is gone")

// callBack has the caller run f in its own goroutine, where f may panic, and
// returns f's error, or another if the caller has left.
func (c *change) callBack(f func() error) error {
	returned := make(chan error, 1)
	call := func() {
		err := errGone
		defer func() { returned <- err }()
		err = f()
	}
	select {
	case c.calls <- call:
		return <-returned
	case <-c.ctx.Done():
		return errGone
	}
}

package sqlite

import (
	"bytes"

	"github.com/google/uuid"

	"example.com/tasks/internal/store"
)

// The columns of a task, and the parameters of a statement that has their values,
// in the order of store.Task's fields.
const (
	columns     = "id, " + fields
	places      = "?1, " + fieldPlaces
	fields      = "title, done"
	fieldPlaces = "?2, ?3"
)

// scan returns where the values of the columns go.
func scan(t *store.Task) []any { return []any{&t.ID, &t.Title, &t.Done} }

// values returns the values of the columns.
func values(t store.Task) []any { return []any{t.ID[:], t.Title, t.Done} }

const (
	getTask    = "SELECT " + columns + " FROM tasks WHERE id = ?"
	countTasks = "SELECT count(*) FROM tasks"
	createTask = "INSERT INTO tasks (" + columns + ") VALUES (" + places + ") ON CONFLICT DO NOTHING"
	updateTask = "UPDATE tasks SET (" + fields + ") = (" + fieldPlaces + ") WHERE id = ?1"
	deleteTask = "DELETE FROM tasks WHERE id = ?"

	findKey = "SELECT " + columns + " FROM keys WHERE owner = ? AND value = ? AND created >= ?"
	addKey  = "INSERT OR REPLACE INTO keys (" + columns + ", owner, value, created) VALUES (" + places + ", ?, ?, ?)"
	// Forgets the oldest two, or a few more of the same millisecond, if they are
	// old enough. It precedes each addKey: so the old ones get fewer, and no call
	// has to wait until thousands are forgotten.
	forgetKeys = "DELETE FROM keys INDEXED BY keys_by_created WHERE created < min(?, (SELECT created + 1 FROM keys ORDER BY created LIMIT 1 OFFSET 1))"
)

// pageKind is what decides which statement selects a page.
type pageKind struct{ filtered, descending bool }

var pageKinds = []pageKind{{}, {descending: true}, {filtered: true}, {filtered: true, descending: true}}

// query returns a statement that selects such a page and the task that follows. It
// names the index, since SQLite would look for rare tasks among all others if
// ANALYZE had seen none.
func (k pageKind) query() string {
	from, where, order := "tasks", "id > ?", "id"
	if k.descending {
		where, order = "id < ?", "id DESC"
	}
	if k.filtered {
		from, where = "tasks INDEXED BY tasks_by_done", "done = ? AND "+where
	}
	return "SELECT " + columns + " FROM " + from + " WHERE " + where + " ORDER BY " + order + " LIMIT ? + 1"
}

// pageArgs returns the arguments of the statement of q's kind.
func pageArgs(q store.Query) (args []any) {
	if q.Done != nil {
		args = append(args, *q.Done)
	}
	switch {
	case q.After != nil:
		args = append(args, q.After[:])
	case q.Descending:
		args = append(args, afterAll)
	default:
		args = append(args, beforeAll)
	}
	return append(args, q.Limit)
}

// Every id follows the first of these, and precedes the second.
var beforeAll, afterAll = []byte{}, bytes.Repeat([]byte{0xff}, len(uuid.UUID{})+1)

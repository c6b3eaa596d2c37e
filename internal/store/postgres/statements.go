package postgres

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"example.com/tasks/internal/store"
)

// columns are the columns of a task in the tables tasks and idempotency_keys.
// Every statement is made from this list, and values and scan follow its order.
var columns = []string{"id", "title", "done"}

// values returns what a task has in the columns.
func values(t store.Task) []any {
	return []any{uuidColumn(t.ID), t.Title, t.Done}
}

// scan reads the columns into a task.
func scan(row pgx.Row, t *store.Task) error {
	return row.Scan((*uuidTarget)(&t.ID), &t.Title, &t.Done)
}

// uuidColumn returns an id as pgx sends it in all of its modes.
func uuidColumn(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: true} }

// uuidTarget has pgx store a column in a uuid.UUID.
type uuidTarget uuid.UUID

// ScanUUID implements pgtype.UUIDScanner.
func (u *uuidTarget) ScanUUID(v pgtype.UUID) error { *u = v.Bytes; return nil }

// The statements that change a task compare all columns with what was read; IS
// NOT DISTINCT FROM is equality that holds for NULL, too. id = $1 is for the
// index.
var (
	n    = len(columns)
	list = strings.Join(columns, ", ")
	is   = fmt.Sprintf("id = $1 AND (%s) IS NOT DISTINCT FROM (%s)", list, params(1, n))

	selectTask = fmt.Sprintf("SELECT %s FROM tasks WHERE id = $1", list)
	insertTask = fmt.Sprintf("INSERT INTO tasks (%s) VALUES (%s)", list, params(1, n))
	updateTask = fmt.Sprintf("UPDATE tasks SET (%s) = ROW(%s) WHERE %s", list, params(n+1, 2*n), is)
	deleteTask = fmt.Sprintf("DELETE FROM tasks WHERE %s", is)
)

// insertTaskOnce inserts a key with its task, and the task, unless the key is
// there and not too old. The arguments are the values of the task, then the
// owner, the value and the time of the key, and the time before which keys are
// too old.
var insertTaskOnce = fmt.Sprintf(`WITH used AS (
	INSERT INTO idempotency_keys (%[1]s) VALUES (%[2]s)
	ON CONFLICT (owner, value) DO UPDATE SET (%[1]s) = ROW(%[3]s) WHERE idempotency_keys.created < %[4]s
	RETURNING %[5]s
) INSERT INTO tasks (%[5]s) SELECT %[5]s FROM used`,
	keyColumns, params(1, n+3), "excluded."+strings.ReplaceAll(keyColumns, ", ", ", excluded."), params(n+4, n+4), list)

var keyColumns = list + ", owner, value, created"

// selectCreated selects the task that was created with a key, by its owner, its
// value and the time before which keys are too old.
var selectCreated = fmt.Sprintf("SELECT %s FROM idempotency_keys WHERE owner = $1 AND value = $2 AND created >= $3", list)

// deleteKeys removes keys from before a time, up to a number of them. It waits
// for no other server that does so, too.
const deleteKeys = `DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
	SELECT ctid FROM idempotency_keys WHERE created < $1 ORDER BY created LIMIT $2 FOR UPDATE SKIP LOCKED))`

// selectPage returns the statement that selects a page and one task more.
//
// A page is one range of an index, which is read up to the page's end only. That
// of a filter is a range of (done, id): written as "done = $3 ORDER BY id", it
// would be read from the index of id, past all other tasks, since PostgreSQL
// expects every second task to be done.
func selectPage(q store.Query) (sql string, args []any) {
	from, op, end, dir := uuid.Nil, ">", "<", "ASC"
	if q.Descending {
		from, op, end, dir = uuid.Max, "<", ">", "DESC"
	}
	if q.After != nil {
		from = *q.After
	} else {
		op += "="
	}
	args = []any{uuidColumn(from), q.Limit + 1}
	where, order := fmt.Sprintf("id %s $1", op), "id "+dir
	if q.Done != nil {
		args = append(args, *q.Done)
		where = fmt.Sprintf("(done, id) %s ($3, $1) AND done %s= $3", op, end)
		order = fmt.Sprintf("done %s, id %[1]s", dir)
	}
	return fmt.Sprintf("SELECT %s FROM tasks WHERE %s ORDER BY %s LIMIT $2", list, where, order), args
}

// planning has the planner make one plan of each statement, and have it use an
// index. All statements are such that the best plan is the same for all
// arguments and however many tasks there are, except for Len's, which reads all
// of an index. Left to itself, the planner plans each page anew, which takes 20
// of its 90 µs; and a plan that it made when there were few tasks reads all of
// them until it is made anew.
var planning = map[string]string{
	"plan_cache_mode": "force_generic_plan",
	"enable_seqscan":  "off",
}

// params returns the parameters from $first to $last.
func params(first, last int) string {
	var ps []string
	for i := first; i <= last; i++ {
		ps = append(ps, fmt.Sprintf("$%d", i))
	}
	return strings.Join(ps, ", ")
}

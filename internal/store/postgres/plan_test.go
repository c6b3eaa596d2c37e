package postgres

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/postgres/postgrestest"
)

// states are what a table of tasks goes through, as statements. A plan that is
// made in one of them may be used in those that follow.
var states = []string{
	"SELECT 'empty'",
	"INSERT INTO tasks VALUES (gen_random_uuid(), 'a task', false); ANALYZE tasks",
	"INSERT INTO tasks SELECT gen_random_uuid(), 'a task', false FROM generate_series(1, 10) i; ANALYZE tasks",
	"DELETE FROM tasks; INSERT INTO tasks SELECT lpad(to_hex(i), 32, '0')::uuid, 'a task', i % 100 = 0 FROM generate_series(1, 20000) i",
	"ANALYZE tasks",
	"UPDATE tasks SET done = NOT done",
	"UPDATE tasks SET done = false; ANALYZE tasks",
	"UPDATE tasks SET done = id > '00000000-0000-0000-0000-000000000010'",
}

// TestPagesAreIndexRanges reads the plans of all kinds of pages: each is an index
// range that a limit cuts, without a filter or a sort.
func TestPagesAreIndexRanges(t *testing.T) {
	conn := database(t)
	for _, state := range states {
		execute(t, conn, state)
		for _, after := range []*uuid.UUID{nil, {14: 1}} {
			for done, index := range map[*bool]string{nil: "tasks_pkey", new(true): "tasks_done_id", new(false): "tasks_done_id"} {
				for _, desc := range []bool{false, true} {
					for _, limit := range []int{1, 1000} {
						sql, args := selectPage(store.Query{Limit: limit, After: after, Done: done, Descending: desc})
						if p := explain(t, conn, sql, args...); p.Type != "Limit" || len(p.Plans) != 1 || !p.Plans[0].isRange(index) {
							t.Errorf("after %q:\n%s\nis read as %+v", state, sql, p)
						}
					}
				}
			}
		}
	}
}

// TestTaskIsFoundByIndex reads the plans of what finds one task.
func TestTaskIsFoundByIndex(t *testing.T) {
	conn := database(t)
	before, after := store.Task{Title: "before"}, store.Task{Title: "after"}
	for _, state := range states {
		execute(t, conn, state)
		for sql, args := range map[string][]any{
			selectTask: {uuidColumn(before.ID)},
			updateTask: append(values(before), values(after)...),
			deleteTask: values(before),
		} {
			p := explain(t, conn, sql, args...)
			if p.Type == "ModifyTable" && len(p.Plans) == 1 {
				p = p.Plans[0]
			}
			if p.Filter = ""; !p.isRange("tasks_pkey") { // The filter compares the one task.
				t.Errorf("after %q:\n%s\nis executed as %+v", state, sql, p)
			}
		}
	}
}

// plan is a node of what EXPLAIN tells.
type plan struct {
	Type      string `json:"Node Type"`
	Index     string `json:"Index Name"`
	Condition string `json:"Index Cond"`
	Filter    string
	Plans     []plan
}

// isRange reports whether the node reads a range of the index and nothing else.
func (p plan) isRange(index string) bool {
	scan := p.Type == "Index Scan" || p.Type == "Index Only Scan"
	return scan && p.Index == index && p.Condition != "" && p.Filter == "" && p.Plans == nil
}

// explain returns the plan of a statement as it is made for a prepared one.
func explain(t *testing.T, conn *pgx.Conn, sql string, args ...any) plan {
	t.Helper()
	literals := make([]string, len(args))
	for i, arg := range args {
		if value, ok := arg.(fmt.Stringer); ok {
			arg = value.String()
		}
		literals[i] = fmt.Sprintf("'%v'", arg)
	}
	execute(t, conn, "PREPARE statement AS "+sql)
	defer execute(t, conn, "DEALLOCATE statement")
	var out []byte
	query := fmt.Sprintf("EXPLAIN (FORMAT json) EXECUTE statement(%s)", strings.Join(literals, ", "))
	if err := conn.QueryRow(t.Context(), query).Scan(&out); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var plans []struct{ Plan plan }
	if err := json.Unmarshal(out, &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan
}

// database returns a connection of a store without tasks.
func database(t *testing.T) *pgx.Conn {
	t.Helper()
	s, err := Open(t.Context(), postgrestest.Shared(t).URL(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := s.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Release()
		_ = s.Close()
	})
	return conn.Conn()
}

func execute(tb testing.TB, conn *pgx.Conn, sql string) {
	tb.Helper()
	if _, err := conn.Exec(tb.Context(), sql); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

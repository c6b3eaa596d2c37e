package server_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"example.com/tasks/gen/client"
	"example.com/tasks/internal/server"
	"example.com/tasks/internal/store"
)

var nextLink = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

// walk calls each with every page from target to the last one. It follows Link
// unchanged and relative to the page (RFC 8288).
func (s *site) walk(target string, each func(client.TaskList)) {
	s.t.Helper()
	for been := map[string]bool{}; !been[target]; {
		been[target] = true
		a := s.get(target).is(http.StatusOK)
		each(decode[client.TaskList](a))
		link := a.Header.Get("Link")
		if link == "" {
			return
		}
		match := nextLink.FindStringSubmatch(link)
		if match == nil {
			s.t.Fatalf("Link is %q", link)
		}
		next, err := a.Request.URL.Parse(match[1])
		if err != nil {
			s.t.Fatal(err)
		}
		if got := "http://" + next.Host; got != s.URL {
			s.t.Fatalf("Link points to %s", got)
		}
		target = next.RequestURI()
	}
	s.t.Fatalf("the walk returns to %s", target)
}

func titles(tasks client.TaskList) (titles string) {
	for _, task := range tasks {
		titles += task.Title
	}
	return titles
}

// A walk returns every matching task once and in order. Every page but the last
// is full, and the last has no Link even if it is full.
func TestWalks(t *testing.T) {
	s := start(t)
	for i, task := range s.create("a", "b", "c", "d", "e", "f") {
		if i%3 == 0 {
			s.patch("/tasks/"+task.ID, `{"done": true}`).is(http.StatusOK)
		}
	}
	for _, test := range []struct {
		query string
		want  []string // The titles of each page.
	}{
		{"", []string{"abcdef"}},
		{"limit=1", []string{"a", "b", "c", "d", "e", "f"}},
		{"limit=2", []string{"ab", "cd", "ef"}},
		{"limit=3", []string{"abc", "def"}},
		{"limit=4", []string{"abcd", "ef"}},
		{"limit=5", []string{"abcde", "f"}},
		{"limit=6", []string{"abcdef"}},
		{"limit=7", []string{"abcdef"}},
		{"limit=1000", []string{"abcdef"}},
		{"order=asc&limit=4", []string{"abcd", "ef"}},
		{"order=desc", []string{"fedcba"}},
		{"order=desc&limit=4", []string{"fedc", "ba"}},
		{"limit=3&order=desc", []string{"fed", "cba"}},
		{"done=true", []string{"ad"}},
		{"done=true&limit=1", []string{"a", "d"}},
		{"done=true&limit=2", []string{"ad"}},
		{"done=false&limit=2", []string{"bc", "ef"}},
		{"done=false&limit=3&order=desc", []string{"fec", "b"}},
		{"limit=%32&order=%64esc", []string{"fe", "dc", "ba"}},
		{"after=" + noID, []string{"abcdef"}},
		{"after=ffffffff-ffff-ffff-ffff-ffffffffffff", []string{""}},
		{"after=00000000-0000-0000-0000-000000000000&order=desc", []string{""}},
	} {
		t.Run(test.query, func(t *testing.T) {
			s := *s
			s.t = t
			var got []string
			s.walk("/tasks?"+test.query, func(page client.TaskList) { got = append(got, titles(page)) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A page can start after any id, even one whose task is deleted or does not match.
func TestPagesStartAfterAnyID(t *testing.T) {
	s := start(t)
	tasks := s.create("a", "b", "c", "d")
	after := "/tasks?after=" + tasks[1].ID
	for _, step := range []struct {
		name string
		act  func()
		want map[string]string
	}{
		{"it exists", func() {}, map[string]string{"": "cd", "&order=desc": "a", "&done=false": "cd", "&limit=1": "c"}},
		{"it does not match", func() { s.patch("/tasks/"+tasks[1].ID, `{"done": true}`) }, map[string]string{"&done=false": "cd", "&done=true": ""}},
		{"it is deleted", func() { s.delete("/tasks/" + tasks[1].ID) }, map[string]string{"": "cd", "&order=desc": "a"}},
	} {
		step.act()
		for query, want := range step.want {
			got := titles(decode[client.TaskList](s.get(after + query).is(http.StatusOK)))
			equal(t, step.name+": the page after it with "+query, got, want)
		}
	}
	last := s.get("/tasks?after=" + tasks[3].ID).is(http.StatusOK)
	equal(t, "the page after the last task", strings.TrimSpace(last.body), "[]")
}

// Without limit, a page has at most 1000 tasks.
func TestPageSizeIsLimited(t *testing.T) {
	s := start(t)
	names := make([]string, 1001)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	s.create(names...)
	var got []string
	var sizes []int
	s.walk("/tasks", func(page client.TaskList) {
		sizes = append(sizes, len(page))
		for _, task := range page {
			got = append(got, task.Title)
		}
	})
	if want := []int{1000, 1}; !slices.Equal(sizes, want) {
		t.Errorf("the pages have %d tasks, want %d", sizes, want)
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("(-created +listed)\n%s", diff)
	}
}

// A walk returns exactly once every task that existed when it began and still
// exists, while others create and delete tasks.
func TestWalksDuringWrites(t *testing.T) {
	for _, query := range []string{"limit=3", "limit=3&order=desc", "limit=3&done=false"} {
		t.Run(query, func(t *testing.T) {
			const kept, others = 40, 3
			s := start(t)
			c, ctx := s.generated(), t.Context()
			var want, doomed []string
			for i := range kept {
				tasks := s.create(fmt.Sprintf("kept %d", i), "doomed")
				want, doomed = append(want, tasks[0].ID), append(doomed, tasks[1].ID)
			}
			done := make(chan struct{})
			var writers sync.WaitGroup
			stop := sync.OnceFunc(func() {
				close(done)
				writers.Wait()
			})
			defer stop()
			for i := range others {
				writers.Go(func() {
					for n := i; ; n += others {
						select {
						case <-done:
							return
						default:
						}
						_, err := c.CreateTaskWithResponse(ctx, nil, client.NewTask{Title: "new"})
						if err == nil && n < len(doomed) {
							_, err = c.DeleteTaskWithResponse(ctx, doomed[n], nil)
						}
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			met := map[string]int{}
			var order []string
			pages := 0
			s.walk("/tasks?"+query, func(page client.TaskList) {
				for _, task := range page {
					met[task.ID]++
					order = append(order, task.ID)
				}
				// In ascending order, new tasks keep the end out of reach.
				if pages++; pages == kept {
					stop()
				}
			})
			for _, id := range want {
				if met[id] == 0 {
					t.Errorf("task %s existed throughout and was not returned", id)
				}
			}
			for id, times := range met {
				if times > 1 {
					t.Errorf("task %s was returned %d times", id, times)
				}
			}
			if strings.Contains(query, "desc") {
				slices.Reverse(order)
			}
			if !slices.IsSorted(order) {
				t.Error("the walk was out of order")
			}
		})
	}
}

// A client that follows a growing list as the specification advises misses no task
// that is stored within a minute of the time in its id. A client that continues
// after the last task misses some.
func TestFollowingAGrowingList(t *testing.T) {
	st := newStore(t)
	s := serve(t, st, server.Config{})
	const minute, lateness, pause = 60, 59, 40 // In seconds.
	n := 0
	create := func(second int) {
		n++
		id := uuid.UUID{6: 0x70, 8: 0x80, 14: byte(n >> 8), 15: byte(n)}
		binary.BigEndian.PutUint32(id[2:], uint32(second*1000)) // RFC 9562, section 5.7: milliseconds.
		if err := st.Create(t.Context(), store.Task{ID: id, Title: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	read := func(after string, each func(id string)) {
		target := "/tasks?limit=10"
		if after != "" {
			target += "&after=" + after
		}
		s.walk(target, func(page client.TaskList) {
			for _, task := range page {
				each(task.ID)
			}
		})
	}
	var order []string // The ids in the order in which they were read.
	var counts []int   // The number of ids known at each second.
	known := map[string]bool{}
	naive, last := map[string]bool{}, ""
	for second := range 1000 {
		create(second)
		if second >= lateness {
			create(second - lateness)
		}
		if second%pause == 0 {
			from := ""
			if before := second - pause - minute; before >= 0 {
				from = order[counts[before]-1]
			}
			read(from, func(id string) {
				if !known[id] {
					known[id] = true
					order = append(order, id)
				}
			})
			read(last, func(id string) { naive[id], last = true, id })
		}
		counts = append(counts, len(order))
	}
	n -= 2 * (999 % pause) // Without those created since the last reading.
	equal(t, "the number of tasks", len(known), n)
	if len(naive) == n {
		t.Error("continuing after the last task missed none: no task was stored late")
	}
}

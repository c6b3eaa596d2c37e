package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"example.com/tasks/internal/gctune"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

const (
	pageSize = 100
	rounds   = 8 // Measurements of a cost.
)

// costs are what measure measures, in the order of the table.
var costs = []struct {
	symbol rune
	name   string
}{
	{'g', "get"},
	{'i', "create, in order"},
	{'c', "create, between others"},
	{'u', "update, the title"},
	{'t', "update, done"},
	{'d', "delete"},
	{'a', "page of 100, ascending"},
	{'z', "page of 100, descending"},
	{'h', "page of 100, a half matches"},
	{'r', "page of 100, one in n/400 matches"},
	{'w', "whole walk in pages of 1000, a task"},
}

// bench calls a store with the tasks 0 to n-1. A call that fails panics.
type bench struct {
	store *memory.Store
	n     int
	rand  *rand.PCG
}

func (b *bench) any() int { return int(b.rand.Uint64() % uint64(b.n)) }

// measure returns the ns of each cost with n tasks.
func measure(n int, slot time.Duration) map[string]float64 {
	ns := map[string]float64{}
	b := &bench{n: n, rand: rand.NewPCG(1, 1)}
	for range max(1, min(rounds, 1e6/n)) {
		began := time.Now()
		b.store = fill(n)
		note(ns, "create, in order", began, n)
	}
	ns["get"] = least(slot, b.get)
	ns["page of 100, ascending"] = least(slot, b.ascending)
	ns["page of 100, descending"] = least(slot, b.descending)
	ns["page of 100, a half matches"] = least(slot, b.half)
	ns["page of 100, one in n/400 matches"] = least(slot, b.rare)
	ns["whole walk in pages of 1000, a task"] = b.walk()
	ns["update, the title"] = least(slot, b.retitle)
	for range rounds {
		b.replace(ns)
	}
	ns["update, done"] = least(slot, b.toggle)
	return ns
}

// least returns the ns of one call, where call makes as many as it is told.
func least(slot time.Duration, call func(times int)) float64 {
	runtime.GC() // So that it does not run amid a large heap then.
	ns := map[string]float64{}
	for times, round := 1, 0; round < rounds; {
		began := time.Now()
		call(times)
		if time.Since(began) < slot/2 {
			times *= 2
			continue
		}
		note(ns, "", began, times)
		round++
	}
	return ns[""]
}

// note keeps the ns of one of the calls since began where it is the least.
func note(ns map[string]float64, name string, began time.Time, calls int) {
	v := float64(time.Since(began).Nanoseconds()) / float64(calls)
	if least, ok := ns[name]; !ok || v < least {
		ns[name] = v
	}
}

func (b *bench) get(times int) {
	for range times {
		_, err := b.store.Get(context.Background(), id(b.any()))
		must(err)
	}
}

func (b *bench) retitle(times int) {
	for i := range times {
		_, err := b.store.Update(context.Background(), id(b.any()), func(t store.Task) (store.Task, error) {
			t.Title = titles[i%len(titles)]
			return t, nil
		})
		must(err)
	}
}

func (b *bench) toggle(times int) {
	for range times {
		_, err := b.store.Update(context.Background(), id(b.any()), func(t store.Task) (store.Task, error) {
			t.Done = !t.Done
			return t, nil
		})
		must(err)
	}
}

// replace takes a tenth of the tasks away at most, and puts them back.
func (b *bench) replace(ns map[string]float64) {
	gone := map[int]bool{}
	for len(gone) < min(b.n/10, 1000) {
		gone[b.any()] = true
	}
	began := time.Now()
	for i := range gone {
		_, err := b.store.Delete(context.Background(), id(i), func(store.Task) error { return nil })
		must(err)
	}
	note(ns, "delete", began, len(gone))
	began = time.Now()
	for i := range gone {
		must(b.store.Create(context.Background(), task(b.n, i)))
	}
	note(ns, "create, between others", began, len(gone))
}

func (b *bench) ascending(times int)  { b.pages(times, 0, store.Query{}) }
func (b *bench) descending(times int) { b.pages(times, b.n/4, store.Query{Descending: true}) }
func (b *bench) half(times int)       { b.pages(times, 0, store.Query{Done: new(true)}) }
func (b *bench) rare(times int)       { b.pages(times, b.n/2, store.Query{Done: new(false)}) }

// pages reads pages that begin anywhere in the quarter of the tasks from one on.
func (b *bench) pages(times, from int, q store.Query) {
	q.Limit = pageSize
	for range times {
		q.After = new(id(from + b.any()/4))
		page, _, err := b.store.List(context.Background(), q)
		must(err)
		if len(page) < pageSize {
			panic(fmt.Sprintf("a page has %d tasks", len(page)))
		}
	}
}

// walk returns the ns a task of reading all.
func (b *bench) walk() float64 {
	began, seen := time.Now(), 0
	q := store.Query{Limit: 1000}
	for more := true; more; {
		var page []store.Task
		var err error
		page, more, err = b.store.List(context.Background(), q)
		must(err)
		seen += len(page)
		q.After = &page[len(page)-1].ID
	}
	if seen != b.n {
		panic(fmt.Sprintf("a walk has %d tasks of %d", seen, b.n))
	}
	return float64(time.Since(began).Nanoseconds()) / float64(seen)
}

// rate returns the calls a second that as many goroutines as there are
// processors make together, while others write: the most of several rounds.
func rate(s *memory.Store, n, readers, writers int, read func(*bench, int), slot time.Duration) (most float64) {
	for range rounds {
		var calls atomic.Int64
		var stop atomic.Bool
		var wg sync.WaitGroup
		began := time.Now()
		for i := range readers + writers {
			b := &bench{store: s, n: n, rand: rand.NewPCG(2, uint64(i))}
			wg.Go(func() {
				for !stop.Load() {
					if i >= readers {
						b.retitle(10)
						continue
					}
					read(b, 10)
					calls.Add(10)
				}
			})
		}
		time.Sleep(2 * slot)
		stop.Store(true)
		wg.Wait()
		most = max(most, float64(calls.Load())/time.Since(began).Seconds())
	}
	return most
}

// printMemory prints rows of a table: with n tasks, and with up to a million
// also once all have been retitled and toggled, in no order.
func printMemory(n int) {
	gctune.Apply()
	var empty, m runtime.MemStats
	runtime.ReadMemStats(&empty)
	s := fill(n)
	row := func(after string) {
		process := "unknown" // Where there is no such file.
		status, _ := os.ReadFile("/proc/self/status")
		if _, line, ok := strings.Cut(string(status), "VmHWM:"); ok {
			var kb float64
			if _, err := fmt.Sscan(line, &kb); err == nil {
				process = fmt.Sprintf("%.0f", kb/1024)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&m)
		fmt.Printf("| %s | %s | %.0f | %s |\n", magnitude(n), after, float64(m.HeapAlloc-empty.HeapAlloc)/float64(n), process)
	}
	row("creating all in order")
	if n > 1e6 {
		return
	}
	// This generator meets each number below a power of two once (Hull and Dobell).
	each := func(change func(store.Task) (store.Task, error)) {
		size := 1
		for size < n {
			size *= 2
		}
		for i, next := 0, 0; i < size; i++ {
			next = (next*5 + 12345) % size
			if next < n {
				_, err := s.Update(context.Background(), id(next), change)
				must(err)
			}
		}
	}
	each(func(t store.Task) (store.Task, error) { t.Title = strings.ToUpper(t.Title); return t, nil })
	row("retitling all in no order")
	each(func(t store.Task) (store.Task, error) { t.Done = !t.Done; return t, nil })
	row("toggling all in no order")
	runtime.KeepAlive(s)
}

var titles = [...]string{"a title of about thirty bytes", "another of about thirty bytes"}

// fill returns a store of n tasks, created in order.
func fill(n int) *memory.Store {
	s := memory.New()
	for i := range n {
		must(s.Create(context.Background(), task(n, i)))
	}
	return s
}

// task returns the task with the rank i of n.
func task(n, i int) store.Task {
	done := i%2 == 0
	if i >= n/2 {
		done = i%(n/400) != 0
	}
	return store.Task{ID: id(i), Title: "a task with the number " + strconv.Itoa(1e7+i), Done: done}
}

func id(i int) (u uuid.UUID) {
	binary.BigEndian.PutUint64(u[:], uint64(i))
	return u
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

package asynclog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tasks/internal/asynclog"
)

const patience = 20 * time.Second

// file is a file in memory. If write is set, it replaces Write.
type file struct {
	mu    sync.Mutex
	text  bytes.Buffer
	write func(text *bytes.Buffer, b []byte) (int, error)
}

func (f *file) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.write == nil {
		return f.text.Write(b)
	}
	return f.write(&f.text, b)
}

func (f *file) set(write func(text *bytes.Buffer, b []byte) (int, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.write = write
}

func (f *file) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

// until waits until the file contains text.
func (f *file) until(t *testing.T, text string) {
	t.Helper()
	for begin := time.Now(); !strings.Contains(f.String(), text); time.Sleep(time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatalf("the file lacks %q: %.500q", text, f.String())
		}
	}
}

func report(dropped int) []byte { return fmt.Appendf(nil, "dropped %d\n", dropped) }

// Every line is written completely, once, in the order of its writer and without
// waiting for Close.
func TestLinesAreWrittenInOrder(t *testing.T) {
	const writers, each = 8, 500
	var f file
	w := asynclog.New(&f)
	fmt.Fprintln(w, "first")
	f.until(t, "first\n")
	var wait sync.WaitGroup
	for who := range writers {
		wait.Go(func() {
			for n := range each {
				fmt.Fprintf(w, "%d %d\n", who, n)
			}
		})
	}
	wait.Wait()
	if !w.Close(patience) {
		t.Fatal("Close ran out of time")
	}
	next := map[int]int{}
	lines := strings.Split(strings.TrimSuffix(f.String(), "\n"), "\n")[1:]
	for _, line := range lines {
		var who, n int
		if _, err := fmt.Sscanf(line, "%d %d", &who, &n); err != nil || n != next[who] {
			t.Fatalf("line %q, want number %d: %v", line, next[who], err)
		}
		next[who]++
	}
	if len(lines) != writers*each {
		t.Errorf("%d lines, want %d", len(lines), writers*each)
	}
}

// A file that blocks blocks neither Write nor Close. Every line is written, or
// counted in the report that follows once the file accepts lines again.
func TestBlockedFileDoesNotBlock(t *testing.T) {
	const lines = 100_000
	reader, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer pipe.Close()
	w := asynclog.New(pipe)
	w.ReportDrops(report)
	for n := range lines { // 6 MB: more than the pipe and the Writer hold.
		fmt.Fprintf(w, "line %54d\n", n)
	}
	if w.Close(10 * time.Millisecond) {
		t.Error("Close reports that it wrote all lines")
	}
	// Now read the pipe.
	var text bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = text.ReadFrom(reader)
	}()
	if !w.Close(patience) {
		t.Fatal("the pending lines were not written")
	}
	pipe.Close()
	<-read
	written := strings.Count(text.String(), "line ")
	var dropped int
	last := text.String()[strings.LastIndex(strings.TrimSuffix(text.String(), "\n"), "\n")+1:]
	if _, err := fmt.Sscanf(last, "dropped %d", &dropped); err != nil || written == 0 || written+dropped != lines {
		t.Errorf("%d lines were written and %d dropped, want %d in all (%v)", written, dropped, lines, err)
	}
}

// A file that fails in the middle of a line loses the lines of that write and no
// others.
func TestFailedFileIsRetried(t *testing.T) {
	var f file
	w := asynclog.New(&f)
	w.ReportDrops(report)
	full := errors.New("no space left on device")
	f.set(func(text *bytes.Buffer, b []byte) (int, error) {
		n, _ := text.Write(b[:3])
		return n, full
	})
	fmt.Fprint(w, "one line\n")
	f.until(t, "one")
	f.set(func(*bytes.Buffer, []byte) (int, error) { return 0, full })
	fmt.Fprint(w, "two\nthree\n")
	time.Sleep(50 * time.Millisecond)
	f.set(nil)
	fmt.Fprint(w, "four\n")
	f.until(t, "dropped")
	fmt.Fprint(w, "five\n")
	if !w.Close(patience) {
		t.Fatal("Close ran out of time")
	}
	if got, want := f.String(), "one\nfour\ndropped 3\nfive\n"; got != want {
		t.Errorf("the file has %q, want %q", got, want)
	}
}

// Lines after Close are dropped, and a second Close is harmless.
func TestClosedWriterDropsLines(t *testing.T) {
	var f file
	w := asynclog.New(&f)
	fmt.Fprint(w, "last\n")
	for range 2 {
		if !w.Close(patience) {
			t.Error("Close ran out of time")
		}
	}
	fmt.Fprint(w, "too late\n")
	if got := f.String(); got != "last\n" {
		t.Errorf("the file has %q", got)
	}
}

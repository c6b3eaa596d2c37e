// Package asynclog keeps a log from delaying, blocking or killing the process that
// writes it: the disk of a log file may be full, and the reader of a pipe may
// stop reading or exit.
package asynclog

import (
	"bytes"
	"io"
	"sync"
	"time"
)

const (
	// maxPendingBytes is the most bytes of lines that may be pending: some 4,000
	// requests, which a busy server serves in a tenth of a second.
	maxPendingBytes = 1 << 20

	// pause follows each write, so that a busy server writes its lines by the
	// hundred. A process that is killed loses the lines of one pause.
	pause = 5 * time.Millisecond
)

// A Writer writes lines to a file from a goroutine of its own. Its methods are safe
// for concurrent use. Write never waits for the file, and Close waits at most as
// long as its caller allows.
//
// Lines are dropped, and counted, while too many are pending or the file fails.
// The Writer reports their number once the file accepts lines again.
type Writer struct {
	file io.Writer
	wake chan struct{} // Holds a value while lines are pending.
	done chan struct{} // Closed once the goroutine has returned.
	torn bool          // Whether the last write ended in the middle of a line.

	mu      sync.Mutex // Guards the fields below.
	report  func(dropped int) []byte
	pending []byte // Lines to be written.
	spare   []byte // The buffer of the lines written last, for reuse.
	dropped int    // Lines dropped since the last report.
	total   int    // Lines ever dropped.
	closed  bool
}

// New returns a Writer that writes to file. It calls file.Write from one goroutine,
// which Close ends.
func New(file io.Writer) *Writer {
	w := &Writer{file: file, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run()
	return w
}

// ReportDrops sets the function that returns the line to write after dropped lines.
// It is called from another goroutine. Without it, drops are not reported.
func (w *Writer) ReportDrops(report func(dropped int) []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.report = report
}

// Dropped returns how many lines have been dropped.
func (w *Writer) Dropped() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

// Write copies one or more complete lines. It never fails and never waits for the
// file: it drops lines for which there is no room, and all lines after Close.
func (w *Writer) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.pending)+len(lines) > maxPendingBytes {
		w.dropped += count(lines)
		w.total += count(lines)
		return len(lines), nil
	}
	w.pending = append(w.pending, lines...)
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return len(lines), nil
}

// Close writes the pending lines and reports whether that took at most patience,
// after which it returns in any case. It may be called again, to wait longer.
func (w *Writer) Close(patience time.Duration) bool {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.wake)
	}
	w.mu.Unlock()
	select {
	case <-w.done:
		return true
	case <-time.After(patience):
		return false
	}
}

func (w *Writer) run() {
	defer close(w.done)
	for range w.wake {
		w.flush()
		time.Sleep(pause)
	}
	w.flush()
}

// flush writes the pending lines, and then reports those that were dropped.
func (w *Writer) flush() {
	w.mu.Lock()
	lines, dropped, report := w.pending, w.dropped, w.report
	w.pending, w.dropped = w.spare[:0], 0
	w.mu.Unlock()

	lost := w.write(lines)
	untold := dropped + lost
	if untold > 0 && lost == 0 && report != nil && w.write(report(untold)) == 0 {
		untold = 0
	}
	w.mu.Lock()
	w.dropped += untold
	w.total += lost
	w.spare = lines
	w.mu.Unlock()
}

// write writes lines to the file and returns how many of them were not written
// completely.
func (w *Writer) write(lines []byte) (lost int) {
	if len(lines) == 0 {
		return 0
	}
	if w.torn { // Start a new line.
		if _, err := w.file.Write([]byte{'\n'}); err != nil {
			return count(lines)
		}
		w.torn = false
	}
	n, err := w.file.Write(lines)
	if err == nil {
		return 0
	}
	w.torn = n > 0 && lines[n-1] != '\n'
	return count(lines[n:])
}

func count(lines []byte) int { return bytes.Count(lines, []byte{'\n'}) }

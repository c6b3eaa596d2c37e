// Package asynclog keeps a log from delaying, blocking or ending the process
// that writes it: a log file's disk may be full, and whatever reads a pipe may
// stop reading it or exit.
package asynclog

import (
	"bytes"
	"io"
	"sync"
	"time"
)

const (
	// maxPendingBytes bounds the lines that wait to be written: some 4,000
	// requests, all of a busy server's for a tenth of a second.
	maxPendingBytes = 1 << 20

	// pause follows each write, so that a busy server's lines are written by the
	// hundred. A process that is killed loses the lines of one pause.
	pause = 5 * time.Millisecond
)

// A Writer passes lines on to a file from a goroutine of its own. Its methods
// are safe for concurrent use, and neither Write nor Close waits for the file
// longer than it says.
//
// Lines are dropped, and counted, while too many wait or where the file takes
// none. The Writer reports how many as soon as the file takes lines again.
type Writer struct {
	file io.Writer
	wake chan struct{} // Holds a token while lines wait.
	done chan struct{} // Closed once the goroutine has returned.
	torn bool          // Whether the last write ended within a line.

	mu      sync.Mutex // Guards what follows.
	report  func(dropped int) []byte
	pending []byte // Lines that wait.
	spare   []byte // The memory of the lines that were written last.
	dropped int    // Lines dropped since the last report.
	closed  bool
}

// New returns a Writer that passes lines on to file. It calls file.Write from
// one goroutine, which Close ends.
func New(file io.Writer) *Writer {
	w := &Writer{file: file, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run()
	return w
}

// ReportDrops has w write the line that report returns where lines were
// dropped; report is called from another goroutine. Without it nothing tells of
// them.
func (w *Writer) ReportDrops(report func(dropped int) []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.report = report
}

// Write takes one or more whole lines, which it copies. It never fails and
// never waits for the file: what finds no room, or comes after Close, is
// dropped.
func (w *Writer) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.pending)+len(lines) > maxPendingBytes {
		w.dropped += count(lines)
		return len(lines), nil
	}
	w.pending = append(w.pending, lines...)
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return len(lines), nil
}

// Close writes the lines that wait, for which it takes at most patience, and
// reports whether that was enough. A second Close does nothing.
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

// flush writes the lines that wait, and after them the report of those that were
// dropped meanwhile.
func (w *Writer) flush() {
	w.mu.Lock()
	lines, dropped, report := w.pending, w.dropped, w.report
	w.pending, w.dropped = w.spare[:0], 0
	w.mu.Unlock()

	lost := w.write(lines)
	if total := dropped + lost; total > 0 && report != nil {
		if lost > 0 || w.write(report(total)) > 0 {
			w.mu.Lock()
			w.dropped += total
			w.mu.Unlock()
		}
	}
	w.mu.Lock()
	w.spare = lines
	w.mu.Unlock()
}

// write passes lines on to the file and returns how many of them it did not
// take whole.
func (w *Writer) write(lines []byte) (lost int) {
	if len(lines) == 0 {
		return 0
	}
	if w.torn { // What comes now is a line of its own.
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

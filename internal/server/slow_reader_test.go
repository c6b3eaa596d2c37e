package server_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/google/uuid"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
)

// A client that requests the largest page and does not read it holds one piece of
// the page in memory, not all of it.
func TestSlowReadersHoldLittleMemory(t *testing.T) {
	const (
		tasks   = 1000
		readers = 200
		most    = 192 << 10 // Per reader: a piece, 1000 tasks of 40 bytes, and net/http's connection.
	)
	st := memory.New()
	title := strings.Repeat("\U0001F422", 200) // A page of 0.9 MB.
	for i := range tasks {
		if err := st.Create(t.Context(), store.Task{ID: uuid.UUID{14: byte(i >> 8), 15: byte(i)}, Title: title}); err != nil {
			t.Fatal(err)
		}
	}
	s := httptest.NewUnstartedServer(server.New(service.New(st), server.Config{}))
	s.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew { // Otherwise the kernel holds what the server would.
			_ = conn.(*net.TCPConn).SetWriteBuffer(8 << 10)
		}
	}
	s.Start()
	defer s.Close()

	before := liveHeap()
	for range readers {
		conn, err := net.Dial("tcp", s.Listener.Addr().String()) //nolint:noctx // The server is the test's own.
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.(*net.TCPConn).SetReadBuffer(8 << 10); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET /tasks HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		// After the first byte, the server is writing the page. It cannot finish: the
		// page is many times as large as the buffers of both ends.
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if each := (liveHeap() - before) / readers; each > most {
		t.Errorf("a client that does not read its page holds %d KiB, want at most %d", each>>10, most>>10)
	}
}

// liveHeap returns the number of reachable bytes.
func liveHeap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // The first only empties the pools.
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

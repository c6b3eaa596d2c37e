//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns what this process has used of CPU, in user and system mode.
// Linux counts the sum in nanoseconds and only guesses at the two parts.
func cpuTime() (time.Duration, error) {
	var u unix.Rusage
	err := unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}

// socket is a TCP connection whose reads block the thread. That saves what
// net.Conn spends on trying, polling and waking up: measured, 8 instead of 13 µs
// a request, so that the load generator keeps the fastest server busy.
type socket struct {
	file *os.File
	fd   int
}

// dialSocket connects to a TCP address. A read that waits longer than patience
// fails.
func dialSocket(ctx context.Context, addr string, patience time.Duration) (*socket, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		return nil, err
	}
	s := &socket{file, int(file.Fd())}
	limit := unix.NsecToTimeval(patience.Nanoseconds())
	err = errors.Join(
		unix.SetNonblock(s.fd, false),
		unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit),
	)
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *socket) read(b []byte) (int, error) {
	for {
		n, err := unix.Read(s.fd, b)
		switch {
		case err == unix.EINTR: // A call with a limit is not restarted: signal(7).
		case err == unix.EAGAIN:
			return 0, os.ErrDeadlineExceeded
		case err == nil && n == 0:
			return 0, io.ErrUnexpectedEOF
		default:
			return max(n, 0), err
		}
	}
}

// write sends all of b, which is small enough to be taken at once.
func (s *socket) write(b []byte) error {
	for {
		n, err := unix.Write(s.fd, b)
		switch {
		case err == unix.EINTR:
		case err == nil && n < len(b):
			return io.ErrShortWrite
		default:
			return err
		}
	}
}

func (s *socket) close() { _ = s.file.Close() }

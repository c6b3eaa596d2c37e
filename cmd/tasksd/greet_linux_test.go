package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// At a terminal, the server says where to go, what becomes of the tasks, and how to
// stop it.
func TestGreetsAtATerminal(t *testing.T) {
	t.Parallel()
	master, terminal := openTerminal(t)
	cmd := exec.CommandContext(t.Context(), "tasksd", "-addr", "127.0.0.1:0")
	cmd.Env, cmd.Stderr = environment(), terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	if err := master.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	line := awaitLine(t, master, "Open http")
	if !strings.Contains(line, "Open http://localhost:") || !strings.Contains(line, "/docs/ in a browser. Ctrl-C stops the server.") {
		t.Errorf("the greeting is %q", line)
	}
	awaitLine(t, master, "Tasks are lost when it stops, unless -store keeps them.")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
}

// openTerminal returns both ends of a terminal (pty(7)).
func openTerminal(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	control, err := master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number, locked int32
	err = control.Control(func(fd uintptr) {
		for _, call := range []struct {
			request uintptr
			value   *int32
		}{{syscall.TIOCSPTLCK, &locked}, {syscall.TIOCGPTN, &number}} {
			if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, call.request, uintptr(unsafe.Pointer(call.value))); errno != 0 {
				t.Errorf("ioctl: %v", errno)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, terminal
}

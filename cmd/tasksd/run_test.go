package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"example.com/tasks/internal/asynclog"
	"example.com/tasks/internal/store/memory"
)

// defaults returns the options without flags and variables.
func defaults(t *testing.T) *options {
	t.Helper()
	o, err := parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Without flags and variables, only this machine reaches the server.
func TestDefaultAddressIsLoopback(t *testing.T) {
	t.Parallel()
	o := defaults(t)
	if o.addr != "127.0.0.1:8000" || o.source("addr") != "-addr" {
		t.Errorf("the address is %q from %s", o.addr, o.source("addr"))
	}
}

// A full disk under standard output is an error, not a success without output.
func TestUnwritableOutputFails(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	r.Close()
	for _, arg := range []string{"-help", "-version"} {
		if err := run(t.Context(), []string{arg}, nil, w, asynclog.New(io.Discard)); exitCode(err) != 1 {
			t.Errorf("%s: error %v, want one with exit code 1", arg, err)
		}
	}
}

func TestDemoReportsFailure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := addDemoTasks(ctx, memory.New()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the store", err)
	}
}

// With -check, the checker is between the server and its clients.
func TestCheckWrapsServer(t *testing.T) {
	defer func(before func(http.Handler, *slog.Logger) http.Handler) { checked = before }(checked)
	var wrapped http.Handler
	checked = func(h http.Handler, _ *slog.Logger) http.Handler {
		wrapped = h
		return h
	}
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{[]string{"-addr", "127.0.0.1:0"}, false},
		{[]string{"-addr", "127.0.0.1:0", "-check"}, true},
	} {
		wrapped = nil
		ctx, stop := context.WithCancel(t.Context())
		log := asynclog.New(onListening(stop))
		if err := run(ctx, tt.args, nil, io.Discard, log); err != nil {
			t.Errorf("%q: %v", tt.args, err)
		}
		log.Close(logPatience)
		if got := wrapped != nil; got != tt.want {
			t.Errorf("%q: whether the server is checked is %t, want %t", tt.args, got, tt.want)
		}
	}
}

// onListening is a log whose function is called once the server listens.
type onListening func()

func (f onListening) Write(lines []byte) (int, error) {
	if bytes.Contains(lines, []byte("msg=listening")) {
		f()
	}
	return len(lines), nil
}

//go:build !unix

package main

import (
	"context"
	"errors"
	"time"
)

func cpuTime() (time.Duration, error) { return 0, errors.ErrUnsupported }

type socket struct{}

func dialSocket(context.Context, string, time.Duration) (*socket, error) {
	return nil, errors.ErrUnsupported
}

func (*socket) read([]byte) (int, error) { return 0, errors.ErrUnsupported }

func (*socket) write([]byte) error { return errors.ErrUnsupported }

func (*socket) close() {}

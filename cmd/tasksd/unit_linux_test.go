package main

import (
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

// systemd starts a server that has crashed again: its exit code is not the one of
// wrong settings, with which the unit has it stay down. SIGQUIT ends a program of Go
// as a crash does.
func TestUnitRestartsAfterCrash(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile("tasksd.service")
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for _, v := range regexp.MustCompile(`(?m)^Environment=(GO\w+=.*)$`).FindAllStringSubmatch(string(unit), -1) {
		env = append(env, v[1])
	}
	stays := regexp.MustCompile(`(?m)^RestartPreventExitStatus=(\d+)$`).FindStringSubmatch(string(unit))
	if stays == nil {
		t.Fatal("the unit does not say with which exit code the server stays down")
	}
	p := start(t, env, "-addr", "127.0.0.1:0")
	p.signal(syscall.SIGQUIT)
	if code := p.wait(); strconv.Itoa(code) == stays[1] {
		t.Errorf("a crash exits with %d, after which systemd leaves the server down", code)
	}
}

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/tasks/internal/store/memory"
)

const (
	manyTasks = 1_000_000
	starts    = 11
)

// measureMemory prints the memory of a process with many tasks. It is a process of
// its own, so that it holds nothing else.
func (b *bench) measureMemory() error {
	b.progress("memory: %d tasks", manyTasks)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "-fill") //nolint:noctx // It ends by itself.
	cmd.Stderr = b.stderr
	row, err := cmd.Output()
	if err != nil {
		return err
	}
	fmt.Fprintf(b.stdout, "\n## Memory\n\n%d tasks with titles of 30 bytes, created by requests; in MiB.\n\n", manyTasks)
	_, err = fmt.Fprintf(b.stdout, "| resident, at most | alive on the heap | alive, bytes a task |\n|---:|---:|---:|\n%s", row)
	return err
}

// createTasks creates tasks by requests and prints the row of measureMemory's
// table.
func (b *bench) createTasks() error {
	var empty, full runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&empty)
	post := newWorkloads()[1]
	h, err := newTasks(memory.New(), post, io.Discard)
	if err != nil {
		return err
	}
	c := connect(h, post)
	defer close(c.begin)
	if _, err := c.run(manyTasks); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status") // Only Linux has it.
	if err != nil {
		return err
	}
	var kib uint64
	_, most, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(most, &kib); err != nil {
		return err
	}
	runtime.GC()
	runtime.ReadMemStats(&full)
	runtime.KeepAlive(h)
	alive := full.HeapAlloc - empty.HeapAlloc
	_, err = fmt.Fprintf(b.stdout, "| %d | %d | %d |\n", kib>>10, alive>>20, alive/manyTasks)
	return err
}

// measureStart prints the time from the start of a tasksd process to its first
// answer, an empty list.
func (b *bench) measureStart() error {
	b.progress("start: %d times", starts)
	var took []time.Duration
	for range starts {
		t, err := startOnce(b.tasksd)
		if err != nil {
			return err
		}
		took = append(took, t)
	}
	slices.Sort(took)
	_, err := fmt.Fprintf(b.stdout, "\n## Start\n\nThe first answer came %.1f ms after the start, median of %d; %.1f ms at best.\n",
		1e3*took[len(took)/2].Seconds(), starts, 1e3*took[0].Seconds())
	return err
}

// startOnce sends requests until one is answered, for at most a second. It does
// not learn the address from the log, since that is written with a delay.
func startOnce(tasksd string) (took time.Duration, err error) {
	free, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It does not wait.
	if err != nil {
		return 0, err
	}
	addr := free.Addr().String()
	if err := free.Close(); err != nil {
		return 0, err
	}
	cmd := exec.Command(tasksd, "-addr", addr) //nolint:noctx // It is killed below.
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w; make build makes it", err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	for {
		answer, err := http.Get("http://" + addr + "/tasks") //nolint:noctx // The server is killed.
		took := time.Since(began)
		if err == nil {
			return took, answer.Body.Close()
		}
		if took > time.Second {
			return 0, err
		}
		time.Sleep(100 * time.Microsecond)
	}
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"time"

	"example.com/tasks/internal/store/memory"
)

// measureMemory prints what a process with many tasks says of itself. It is one
// of its own, so that nothing else is in that.
func (b *bench) measureMemory() error {
	b.progress("memory: %d tasks", b.tasks)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "-fill", "-tasks", strconv.Itoa(b.tasks)) //nolint:noctx // It ends by itself.
	cmd.Stderr = b.stderr
	row, err := cmd.Output()
	if err != nil {
		return err
	}
	fmt.Fprintf(b.stdout, "\n## Memory\n\n%d tasks with titles of 30 bytes, created by requests; in MiB.\n\n", b.tasks)
	_, err = fmt.Fprintf(b.stdout, "| resident, at most | alive on the heap | alive, bytes a task |\n|---:|---:|---:|\n%s", row)
	return err
}

// createTasks creates tasks by requests, and prints a row of measureMemory's
// table.
func (b *bench) createTasks() error {
	var empty, full runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&empty)
	var post workload
	for _, w := range newWorkloads() {
		if w.name == "post" {
			post = w
		}
	}
	h, err := newTasks(memory.New(), post, io.Discard)
	if err != nil {
		return err
	}
	c := connect(h, post)
	defer close(c.begin)
	if _, err := c.run(b.tasks); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fmt.Errorf("only Linux tells what is resident: %w", err)
	}
	resident := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if resident == nil {
		return errors.New("/proc/self/status has no VmHWM")
	}
	kib, err := strconv.Atoi(string(resident[1]))
	if err != nil {
		return err
	}
	runtime.GC()
	runtime.ReadMemStats(&full)
	runtime.KeepAlive(h)
	alive := full.HeapAlloc - empty.HeapAlloc
	_, err = fmt.Fprintf(b.stdout, "| %d | %d | %d |\n", kib>>10, alive>>20, alive/uint64(b.tasks))
	return err
}

// measureStart prints how long it takes from the start of cmd/tasksd's process to
// its first answer, an empty list.
func (b *bench) measureStart() error {
	b.progress("start: %d times", b.starts)
	var took []time.Duration
	for range b.starts {
		t, err := startOnce(b.tasksd)
		if err != nil {
			return err
		}
		took = append(took, t)
	}
	slices.Sort(took)
	_, err := fmt.Fprintf(b.stdout, "\n## Start\n\nThe first answer came %.1f ms after the start, median of %d; %.1f ms at best.\n",
		1e3*took[len(took)/2].Seconds(), len(took), 1e3*took[0].Seconds())
	return err
}

var listening = regexp.MustCompile(`msg=listening addr=\S+ url=(\S+)`)

func startOnce(tasksd string) (took time.Duration, err error) {
	cmd := exec.Command(tasksd, "-addr", "127.0.0.1:0") //nolint:noctx // It is killed below.
	log, err := cmd.StderrPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w; make build makes it", err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(log).ReadString('\n')
	if err != nil {
		return 0, err
	}
	url := listening.FindStringSubmatch(line)
	if url == nil {
		return 0, fmt.Errorf("its log begins with %q, want the address", line)
	}
	answer, err := http.Get(url[1] + "/tasks") //nolint:noctx // The server is this test's.
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	return time.Since(began), err
}

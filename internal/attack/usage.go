package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// usage is what a process uses.
type usage struct {
	resident    int64 // Bytes of memory.
	heap        int64 // Bytes of live objects.
	goroutines  int
	descriptors int
}

// What an attack may leave behind. Pools and the runtime keep some.
const (
	heapSlack       = 4 << 20
	goroutineSlack  = 4
	descriptorSlack = 1
)

func (u usage) megabytes() float64 { return float64(u.resident) / 1e6 }

// beyond returns what u has more than before, apart from the slack, or "".
// Resident memory does not count: the runtime returns it in its own time.
func (u usage) beyond(before usage) string {
	var more []string
	if u.heap > before.heap+heapSlack {
		more = append(more, fmt.Sprintf("%.1f MB of live objects were %.1f", float64(u.heap)/1e6, float64(before.heap)/1e6))
	}
	if u.goroutines > before.goroutines+goroutineSlack {
		more = append(more, fmt.Sprintf("%d goroutines were %d", u.goroutines, before.goroutines))
	}
	if u.descriptors > before.descriptors+descriptorSlack {
		more = append(more, fmt.Sprintf("%d descriptors were %d", u.descriptors, before.descriptors))
	}
	return strings.Join(more, ", ")
}

// measure returns what the server uses, live objects after a garbage collection.
func (x *assault) measure() usage {
	u, err := x.resident()
	if err == nil {
		u.goroutines, err = x.goroutines()
	}
	if err == nil {
		u.heap, err = x.ask("/debug/pprof/heap?gc=1&debug=1", `(?m)^# HeapAlloc = (\d+)$`)
	}
	if err != nil {
		x.Fatal(err)
	}
	return u
}

func (x *assault) goroutines() (int, error) {
	n, err := x.ask("/metrics", `(?m)^go_goroutines (\d+)$`)
	return int(n), err
}

// resident returns what the kernel knows of the server's usage.
func (x *assault) resident() (u usage, err error) {
	proc := filepath.Join("/proc", strconv.Itoa(x.server.PID))
	open, err := os.ReadDir(filepath.Join(proc, "fd"))
	if err != nil {
		return u, err
	}
	u.descriptors = len(open)
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		return u, err
	}
	kilobytes, err := number(string(status), `(?m)^VmRSS:\s*(\d+) kB$`)
	u.resident = kilobytes << 10
	return u, err
}

// administrator keeps no connection open, which would count.
var administrator = http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}

// ask returns the number that pattern finds in what the server tells its
// administrator at a path.
func (x *assault) ask(path, pattern string) (int64, error) {
	req, err := http.NewRequestWithContext(x.Context(), http.MethodGet, x.admin+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	r, err := administrator.Do(req)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err
	}
	return number(string(text), pattern)
}

// number returns the number in text that is the first group of pattern.
func number(text, pattern string) (int64, error) {
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("nothing matches %s in %.200q", pattern, text)
	}
	return strconv.ParseInt(m[1], 10, 64)
}

// sample samples what the server uses until stop is called, which returns the most,
// each figure on its own. Live objects are left out: to count them takes a garbage
// collection.
func (x *assault) sample() (stop func() usage) {
	done, peaks := make(chan struct{}), make(chan usage)
	go func() {
		var peak usage
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			if u, err := x.resident(); err == nil {
				peak.resident, peak.descriptors = max(peak.resident, u.resident), max(peak.descriptors, u.descriptors)
			}
			if n, err := x.goroutines(); err == nil {
				peak.goroutines = max(peak.goroutines, n)
			}
			select {
			case <-tick.C:
			case <-done:
				peaks <- peak
				return
			}
		}
	}()
	return func() usage {
		close(done)
		return <-peaks
	}
}

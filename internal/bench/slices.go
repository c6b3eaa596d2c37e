package main

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// sample is what a slice of requests to one server cost.
type sample struct {
	cpu     float64 // Microseconds of the server's CPU a request.
	rate    float64 // Requests a second.
	mallocs float64 // Objects allocated a request.
	busy    float64 // Part of the time for which the server was running.
}

// series is the samples of one server and kind of request.
type series struct {
	candidate
	kind    *kind
	samples []sample
}

// contender is a server under load.
type contender struct {
	*child
	clients []*client
}

const (
	mostRequests = 50_000 // In a slice, whose POSTs all stay in the server's store.
	calibration  = 2_000  // Requests from which the length of a slice is guessed.
)

// load measures what requests cost.
func (b *bench) load(ctx context.Context) error {
	var all []*contender
	defer func() {
		for _, c := range all {
			closeAll(c.clients)
			c.stop()
		}
	}()
	for _, c := range candidates {
		s, err := b.startChild(ctx, c)
		if err != nil {
			return err
		}
		all = append(all, &contender{child: s})
		if all[len(all)-1].clients, err = s.dial(ctx, connections); err != nil {
			return err
		}
	}
	counts, err := b.calibrate(all)
	if err != nil {
		return err
	}
	results := make([][]*series, len(kinds))
	for i, k := range kinds {
		for _, c := range all {
			results[i] = append(results[i], &series{candidate: c.candidate, kind: k})
		}
	}
	began := time.Now()
	for round := range b.slices {
		for i, k := range kinds {
			left := ""
			if done := round*len(kinds) + i; done > 0 {
				left = fmt.Sprintf(", %v left", (time.Since(began) / time.Duration(done) * time.Duration(b.slices*len(kinds)-done)).Round(time.Second))
			}
			b.progress("load: round %d of %d, %s%s", round+1, b.slices, k.title, left)
			for n := range all {
				at := (n + round) % len(all)
				if err := ctx.Err(); err != nil {
					return err
				}
				s, err := all[at].slice(k, counts[i])
				if err != nil {
					return err
				}
				results[i][at].samples = append(results[i][at].samples, s)
			}
		}
	}
	b.progress("")
	b.reportLoad(results, counts)
	return nil
}

// calibrate returns, for each kind of request, how many of them take the
// servers the time of a slice, on the average.
func (b *bench) calibrate(all []*contender) (counts []int, err error) {
	for _, k := range kinds {
		b.progress("load: trying %s", k.title)
		var took time.Duration
		for _, c := range all {
			s, err := c.slice(k, calibration)
			if err != nil {
				return nil, err
			}
			took += time.Duration(calibration / s.rate * float64(time.Second))
		}
		n := int(float64(calibration) * float64(b.slice) * float64(len(all)) / float64(took))
		counts = append(counts, min(max(n, 10*connections), mostRequests)/connections*connections)
	}
	return counts, nil
}

// slice measures n requests, after a tenth as many that fill the caches and
// pools which a reset, with its garbage collection, has emptied.
func (c *contender) slice(k *kind, n int) (sample, error) {
	if _, err := c.do(command{Do: "reset", Kind: k.name, Tasks: seeded}); err != nil {
		return sample{}, err
	}
	if _, err := load(c.clients, k, 0, n/10); err != nil {
		return sample{}, fmt.Errorf("%s: %s: %w", c.name, k.title, err)
	}
	runtime.GC() // Ours, so that it does not come in between.
	before, err := c.do(command{Do: "usage"})
	if err != nil {
		return sample{}, err
	}
	took, err := load(c.clients, k, n/10, n)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %s: %w", c.name, k.title, err)
	}
	after, err := c.do(command{Do: "usage"})
	if err != nil {
		return sample{}, err
	}
	cpu := after.CPU - before.CPU
	return sample{
		cpu:     float64(cpu.Nanoseconds()) / 1e3 / float64(n),
		rate:    float64(n) / took.Seconds(),
		mallocs: float64(after.Mallocs-before.Mallocs) / float64(n),
		busy:    cpu.Seconds() / took.Seconds(),
	}, nil
}

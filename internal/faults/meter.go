package main

import (
	"sync"
	"time"
)

// A meter measures how long service was out. It is safe for concurrent use.
type meter struct {
	mu           sync.Mutex
	last         time.Time          // When a change was acknowledged, or the measurement began.
	outage       time.Duration      // The longest time between two acknowledgements.
	slowest      time.Duration      // The longest time that a request has taken.
	acknowledged int                // Changes.
	unavailable  int                // Answers with the status 503.
	resumed      [workers]time.Time // When each worker's last acknowledged change began.
}

// begin begins a measurement.
func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last, m.outage, m.slowest, m.acknowledged, m.unavailable = time.Now(), 0, 0, 0, 0
}

// note notes a request of a worker that ends now.
func (m *meter) note(worker int, begun time.Time, acknowledged, unavailable bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.slowest = max(m.slowest, now.Sub(begun))
	if unavailable {
		m.unavailable++
	}
	if acknowledged {
		m.acknowledged++
		m.outage = max(m.outage, now.Sub(m.last))
		m.last, m.resumed[worker] = now, begun
	}
}

// serves reports whether each worker has begun a change after a time, and had it
// acknowledged.
func (m *meter) serves(after time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, begun := range m.resumed {
		if !begun.After(after) {
			return false
		}
	}
	return true
}

// Package metered times the calls of a store.
package metered

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"example.com/tasks/internal/store"
)

// Store implements store.Store by another one, whose calls it times.
type Store struct {
	store.Store
	create, createOnce, get, list, update, remove call
}

// call has the durations of one method's calls.
type call struct{ answered, unavailable prometheus.Observer }

// New returns a store whose calls of s r collects.
func New(s store.Store, r prometheus.Registerer) *Store {
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "tasksd_store_call_duration_seconds",
		Help:    "Time that a call of the store took, by call and result: answered, or unavailable if the store could not be reached, had no room on its disk or did not answer in time.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	}, []string{"call", "result"})
	r.MustRegister(duration)
	of := func(name string) call {
		return call{duration.WithLabelValues(name, "answered"), duration.WithLabelValues(name, "unavailable")}
	}
	return &Store{
		Store: s, create: of("Create"), createOnce: of("CreateOnce"), get: of("Get"),
		list: of("List"), update: of("Update"), remove: of("Delete"),
	}
}

// observe records a call that began at begin and ended with err.
func (c call) observe(begin time.Time, err error) {
	o := c.answered
	if errors.Is(err, store.ErrUnavailable) {
		o = c.unavailable
	}
	o.Observe(time.Since(begin).Seconds())
}

// Create implements store.Store.
func (s *Store) Create(ctx context.Context, t store.Task) (err error) {
	defer func(begin time.Time) { s.create.observe(begin, err) }(time.Now())
	return s.Store.Create(ctx, t)
}

// CreateOnce implements store.Store.
func (s *Store) CreateOnce(ctx context.Context, t store.Task, key store.Key) (created store.Task, err error) {
	defer func(begin time.Time) { s.createOnce.observe(begin, err) }(time.Now())
	return s.Store.CreateOnce(ctx, t, key)
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (t store.Task, err error) {
	defer func(begin time.Time) { s.get.observe(begin, err) }(time.Now())
	return s.Store.Get(ctx, id)
}

// List implements store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (page []store.Task, more bool, err error) {
	defer func(begin time.Time) { s.list.observe(begin, err) }(time.Now())
	return s.Store.List(ctx, q)
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, id uuid.UUID, change func(store.Task) (store.Task, error)) (t store.Task, err error) {
	defer func(begin time.Time) { s.update.observe(begin, err) }(time.Now())
	return s.Store.Update(ctx, id, change)
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, check func(store.Task) error) (t store.Task, err error) {
	defer func(begin time.Time) { s.remove.observe(begin, err) }(time.Now())
	return s.Store.Delete(ctx, id, check)
}

package server

import (
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/tasks/gen/api"
)

// metrics counts and times requests. Its methods are safe for concurrent use.
type metrics struct {
	inFlight atomic.Int64
	duration *prometheus.HistogramVec
	problems map[*problemType]prometheus.Counter
	other    *series // Of the requests that match no operation.
}

// newMetrics returns metrics that r collects, or nil if r is nil.
func newMetrics(r prometheus.Registerer) *metrics {
	if r == nil {
		return nil
	}
	m := &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "tasksd_http_request_duration_seconds",
			Help:    "Time from the end of a request's header to the end of its response, by method and path of the specification (HEAD as GET; other for what is not in it) and status (499 if the client went away).",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"}),
		problems: map[*problemType]prometheus.Counter{},
	}
	m.other = &series{duration: m.duration, method: "other", route: "other"}
	problems := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tasksd_http_problems_total",
		Help: "Responses that are problem documents, by the last segment of the problem's type: a failed attempt to authenticate is unauthorized.",
	}, []string{"problem"})
	for _, p := range problemTypes {
		m.problems[p] = problems.WithLabelValues(p.name)
	}
	r.MustRegister(m.duration, problems, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tasksd_http_requests_in_flight",
		Help: "Requests whose header has been read and whose response is not complete.",
	}, func() float64 { return float64(m.inFlight.Load()) }))
	return m
}

// seriesOf returns the series of an operation's requests, or nil if m is nil.
func (m *metrics) seriesOf(op api.Operation) *series {
	if m == nil {
		return nil
	}
	return &series{duration: m.duration, method: op.Method, route: op.Path}
}

// observe counts a request that has ended.
func (m *metrics) observe(x *exchange) {
	s := x.series
	if s == nil {
		s = m.other
	}
	s.of(x.status).Observe(x.took.Seconds())
	if x.problem != nil {
		m.problems[x.problem].Inc()
	}
}

// series has the durations of the requests for a route by status. Finding a status
// here takes 2 ns, by its labels 90.
type series struct {
	duration      *prometheus.HistogramVec
	method, route string
	byStatus      [600]atomic.Pointer[prometheus.Observer]
}

// of returns the observer of a status, which is below 600.
func (s *series) of(status int) prometheus.Observer {
	if o := s.byStatus[status].Load(); o != nil {
		return *o
	}
	o := s.duration.WithLabelValues(s.method, s.route, strconv.Itoa(status))
	s.byStatus[status].Store(&o)
	return o
}

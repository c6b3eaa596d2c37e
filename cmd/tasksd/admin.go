package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/tasks/internal/asynclog"
	"example.com/tasks/internal/connlimit"
	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/metered"
)

// admin serves metrics and profiles, on an address of its own.
type admin struct {
	registry *prometheus.Registry
	ln       net.Listener
}

// openAdmin listens on addr, which a flag or variable chooses. It returns nil if that is
// nil.
func openAdmin(ctx context.Context, addr *net.TCPAddr, source string) (*admin, error) {
	if addr == nil {
		return nil, nil
	}
	ln, err := listen(ctx, addr, source)
	if err != nil {
		return nil, err
	}
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	b := buildInfo()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "tasksd_build_info", Help: "Always 1; its labels say what is running.",
		ConstLabels: prometheus.Labels{"version": b.module, "commit": b.commit, "specification": specificationVersion()},
	})
	info.Set(1)
	r.MustRegister(info)
	return &admin{r, ln}, nil
}

// collect has a value asked for at each scrape, as a counter if its name ends in
// _total and as a gauge otherwise.
func (a *admin) collect(name, help string, value func() float64) {
	if strings.HasSuffix(name, "_total") {
		a.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
		return
	}
	a.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// measure returns s as it is to be used: one that keeps tasks elsewhere has its
// calls timed. Memory answers within a microsecond, and timing that would take
// another tenth.
func (a *admin) measure(s store.Store, name string) store.Store {
	a.registry.MustRegister(newTaskCount(s))
	if name == "memory" {
		return s
	}
	return metered.New(s, a.registry)
}

// collectAll collects what the log, the listener and the certificate, unless it is
// nil, say of themselves.
func (a *admin) collectAll(log *asynclog.Writer, l *connlimit.Listener, cert *certificate) {
	a.collect("tasksd_log_lines_dropped_total", "Log lines that standard error did not take in time.", func() float64 { return float64(log.Dropped()) })
	a.collect("tasksd_connections_open", "Open connections.", func() float64 { return float64(l.Open()) })
	a.collect("tasksd_connections_max", "The most connections that may be open; further ones wait.", func() float64 { return float64(l.Max()) })
	if cert != nil {
		a.collect("tasksd_tls_certificate_expiry_timestamp_seconds", "When the certificate expires, in seconds since 1970.", func() float64 { return float64(cert.notAfter().Unix()) })
	}
}

// taskCount collects the number of tasks. Counting can take time proportional to
// it, so that at most a hundredth of the time is spent on it.
type taskCount struct {
	store store.Store
	desc  *prometheus.Desc

	mu   sync.Mutex // Guards the fields below.
	next time.Time  // When to count again.
	last int        // The last count; -1 if it failed.
}

func newTaskCount(s store.Store) *taskCount {
	return &taskCount{store: s, last: -1, desc: prometheus.NewDesc("tasksd_tasks",
		"Tasks, as counted a while ago where counting takes long; absent if the store does not answer.", nil, nil)}
}

// Describe implements prometheus.Collector.
func (c *taskCount) Describe(descs chan<- *prometheus.Desc) { descs <- c.desc }

// Collect implements prometheus.Collector.
func (c *taskCount) Collect(metrics chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if begin := time.Now(); begin.After(c.next) {
		ctx, cancel := context.WithTimeout(context.Background(), countPatience)
		defer cancel()
		var err error
		if c.last, err = c.store.Len(ctx); err != nil {
			c.last = -1 // And is counted again at the next scrape.
		} else {
			c.next = begin.Add(100 * time.Since(begin))
		}
	}
	if c.last >= 0 {
		metrics <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(c.last))
	}
}

// handler returns what the address serves.
func (a *admin) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{Registry: a.registry}))
	mux.HandleFunc("GET /debug/pprof/", fromHere(pprof.Index))
	mux.HandleFunc("GET /debug/pprof/cmdline", fromHere(pprof.Cmdline))
	mux.HandleFunc("GET /debug/pprof/profile", fromHere(pprof.Profile))
	mux.HandleFunc("GET /debug/pprof/symbol", fromHere(pprof.Symbol))
	mux.HandleFunc("GET /debug/pprof/trace", fromHere(pprof.Trace))
	return mux
}

// serve begins to serve, until ctx is done.
func (a *admin) serve(ctx context.Context, log *slog.Logger) {
	srv := &http.Server{
		Handler:        a.handler(),
		ReadTimeout:    5 * time.Second, // For a body, too, which net/http awaits although nothing here needs one.
		WriteTimeout:   5 * time.Minute, // The longest profile.
		IdleTimeout:    time.Minute,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelError),
	}
	limited := connlimit.New(a.ln, adminConnections)
	srv.ConnState = limited.ConnState
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	log.Info("serving metrics and profiles", "url", homeURL("http", a.ln.Addr().(*net.TCPAddr))+"/metrics")
	go func() { _ = srv.Serve(limited) }()
}

// adminConnections is how many connections may be open to -admin-addr: enough for
// two Prometheus servers and a profile. They are among the spareDescriptors.
const adminConnections = 4

// fromHere returns a handler that serves clients on this machine only, and no page
// in a browser there, which could reach it by a name that leads here (DNS
// rebinding).
func fromHere(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !from.Addr().Unmap().IsLoopback() || !needsNoLookup(r.Host) {
			http.Error(w, "Profiles are only for clients on this machine.", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// needsNoLookup reports whether a Host header has localhost or an address, which no name
// service decides on.
func needsNoLookup(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost"
}

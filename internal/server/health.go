package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/tasks/internal/store"
)

// readyPatience is how long /readyz waits for the store: less than the second
// that Kubernetes gives a probe.
const readyPatience = 900 * time.Millisecond

// routeHealth routes the probes of load balancers and orchestrators, which need
// no token. /healthz answers as long as the process does. /readyz answers 200
// while the store does, and 503 once Drain has been called.
func (s *Server) routeHealth(ready func(context.Context) error) {
	s.get("/healthz", func(c echo.Context) error { return s.probed(c, nil) })
	s.get("/readyz", func(c echo.Context) error {
		if s.draining.Load() {
			return s.probed(c, fmt.Errorf("draining: %w", store.ErrUnavailable))
		}
		if ready == nil {
			return s.probed(c, nil)
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), readyPatience)
		defer cancel()
		if err := ready(ctx); err != nil {
			return s.probed(c, fmt.Errorf("%w: %w", store.ErrUnavailable, err))
		}
		return s.probed(c, nil)
	})
}

// probed answers a probe. One that succeeds is not logged.
func (s *Server) probed(c echo.Context, err error) error {
	if err != nil {
		return err
	}
	exchangeOf(c.Response(), c.Request()).unlogged = true
	return c.String(http.StatusOK, "ok\n")
}

// Drain has /readyz answer 503 from now on, so that load balancers send no more
// requests, and has every connection end with its next response: one that is closed
// while it is idle may be closed as a request arrives. All else is served as before.
func (s *Server) Drain() { s.draining.Store(true) }

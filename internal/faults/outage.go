package main

import (
	"math/rand/v2"
	"strings"
	"time"

	"example.com/tasks/internal/store/postgres/postgrestest"
)

func stopPostgres(t *trial) {
	database := postgrestest.Start(t)
	t.cutOff(database.URL(t), func() {
		database.Stop(t)
		time.Sleep(time.Second)
		database.Restart(t)
	})
}

func restartPostgres(t *trial) {
	database := postgrestest.Start(t)
	t.cutOff(database.URL(t), func() {
		database.Stop(t)
		database.Restart(t)
	})
}

func killPostgres(t *trial) {
	database := postgrestest.Start(t)
	t.cutOff(database.URL(t), func() {
		database.Kill(t)
		database.Restart(t)
	})
}

func closeConnections(t *trial) {
	t.cutOffByProxy(func(p *postgrestest.Proxy) {
		p.Close()
		time.Sleep(time.Second)
		p.Forward()
	})
}

// These are longer than tasksd's patience with its database, 4 s.
func stallConnections(t *trial) {
	t.cutOffByProxy(func(p *postgrestest.Proxy) {
		p.Stall()
		time.Sleep(5*time.Second + rand.N(2*time.Second))
		p.Forward()
	})
}

// These are, too, since requests under way have to wait for it in any case: nothing
// else tells that their connection is dead.
func dropConnections(t *trial) {
	t.cutOffByProxy(func(p *postgrestest.Proxy) {
		p.Drop()
		time.Sleep(4*time.Second + rand.N(3*time.Second))
		p.Forward()
	})
}

func (t *trial) cutOffByProxy(cause func(*postgrestest.Proxy)) {
	database := postgrestest.Start(t)
	p := postgrestest.NewProxy(t, database.Addr)
	t.cutOff(strings.Replace(database.URL(t), database.Addr, p.Addr, 1), func() { cause(p) })
}

// cutOff has a server lose its database again and again.
func (t *trial) cutOff(url string, cause func()) {
	l := newLoad(t, t.serve(t.Directory(), "tasksd", url))
	for range t.outages {
		l.outage(cause)
	}
}

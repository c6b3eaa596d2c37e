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

func severConnections(t *trial) {
	t.cutOffByProxy(func(p *proxy) {
		p.doom(sever)
		time.Sleep(time.Second)
		p.doom(pass)
	})
}

// Some of these are shorter than tasksd's patience with its database, 4 s, and
// some longer.
func stallConnections(t *trial) {
	t.cutOffByProxy(func(p *proxy) {
		p.stall()
		time.Sleep(2*time.Second + rand.N(5*time.Second))
		p.resume()
	})
}

// All of these are longer than tasksd's patience, which requests under way have
// to wait for in any case: nothing else tells that a connection is dead.
func dropConnections(t *trial) {
	t.cutOffByProxy(func(p *proxy) {
		p.doom(drop)
		time.Sleep(4*time.Second + rand.N(3*time.Second))
		p.doom(pass)
	})
}

func (t *trial) cutOffByProxy(cause func(*proxy)) {
	database := postgrestest.Start(t)
	p := newProxy(t, database.Addr)
	t.cutOff(strings.Replace(database.URL(t), database.Addr, p.addr, 1), func() { cause(p) })
}

// cutOff has a server lose its database again and again.
func (t *trial) cutOff(url string, cause func()) {
	l := newLoad(t, t.serve(t.directory(), "tasksd", url))
	for range t.outages {
		l.round(cause)
	}
}

package main

import (
	"net/http"
	"strings"
	"time"
)

const (
	// slowClients is how many slow clients there are at once.
	slowClients = 500
	// slowReading is how many of them read slowly: each has the kernel take 4 MB, five
	// large pages, before the server notices.
	slowReading = 100
	// slack is added to what is promised, since the machine is busy.
	slack = 3 * time.Second
	// asJSON are the header lines of a request with a body.
	asJSON = "Host: localhost\r\nContent-Type: application/json\r\n"
	plain  = "Host: localhost\r\n\r\n"
)

// slowHeaders sends a byte of a header now and then, and wants the server to close
// each connection in time.
func slowHeaders(x *assault) {
	crowd(slowClients, func(i int) {
		w := x.mustDial()
		defer w.Close()
		begun := time.Now()
		err := w.trickle("GET /tasks HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", headerTimeout+slack)
		x.note(0)
		if took := time.Since(begun); err == nil {
			x.wrong("a header took %v, and the connection is open", took)
		}
	})
}

// slowBodies sends a byte of a body now and then, every other one after
// Expect: 100-continue, and wants the server to answer, without creating anything,
// or close each connection in time.
func slowBodies(x *assault) {
	crowd(slowClients, func(i int) {
		w := x.mustDial()
		defer w.Close()
		head := "POST /tasks HTTP/1.1\r\n" + asJSON + "Content-Length: 1000\r\n"
		if i%2 == 0 {
			head += "Expect: 100-continue\r\n"
		}
		_ = w.send(head + "\r\n")
		err := w.trickle(`{"title": "`, readTimeout+slack)
		if err == nil {
			x.wrong("a body took more than %v, and the connection is open", readTimeout+slack)
		}
		switch status, _, err := w.read(head); {
		case err != nil:
			x.note(0) // It is cut.
		case status != http.StatusBadRequest && status != http.StatusRequestTimeout:
			x.wrong("an unfinished body is answered with %d", status)
		}
	})
}

// trickle sends text and then a byte now and then, and returns the error when the
// server has closed the connection, or nil if that takes longer than limit.
func (w *wire) trickle(text string, limit time.Duration) error {
	err := w.send(text)
	for end := time.Now().Add(limit); err == nil && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		err = w.send("x")
	}
	return err
}

// largePage is how many tasks with long titles there are for slow readers: a page
// of 0.8 MB.
const largePage = 1000

var longTitle = strings.Repeat("\U0001F422", 200)

// slowReaders requests large pages, again and again on each connection, and does
// not read them. The server must close each connection in time, but a client that
// reads slowly gets its page.
func slowReaders(x *assault) {
	request := "GET /tasks HTTP/1.1\r\n" + plain
	for range slowReading { // One after the other: this is not a flood.
		w := x.mustDial()
		defer w.Close()
		_ = w.SetReadBuffer(4 << 10)
		_ = w.send(strings.Repeat(request, 20))
		x.note(0)
		time.Sleep(20 * time.Millisecond)
	}
	crowd(8, func(int) {
		w := x.mustDial()
		defer w.Close()
		_ = w.send(request)
		time.Sleep(time.Second)
		_, body, err := w.read(request)
		if found := strings.Count(body, longTitle); err != nil || found < largePage-10 { // Of watchers, there are some tasks, too.
			x.wrong("a page that is read slowly has %d tasks: %v", found, err)
		}
	})
	// A client that does not read cannot see that its connection is closed.
	if !within(writeTimeout+slack, func() bool {
		u, err := x.resident()
		return err == nil && u.descriptors <= x.result.before.descriptors+descriptorSlack
	}) {
		x.wrong("connections that are not read are open after %v", writeTimeout+slack)
	}
}

// idle opens n connections, half of them with a request. The server must answer
// those that it accepts, close them in time when they are idle, and serve a newcomer
// when all have gone.
func idle(n int) func(*assault) {
	return func(x *assault) {
		var open []*wire
		served := 0 // The first of these have been accepted.
		request := "GET /tasks/x HTTP/1.1\r\n" + plain
		for i := range n {
			w := x.mustDial()
			defer w.Close()
			open = append(open, w)
			x.note(0)
			if i%2 == 0 && served >= i-2 {
				_ = w.send(request)
				_ = w.SetReadDeadline(time.Now().Add(time.Second))
				if _, _, err := w.read(request); err == nil {
					served = i + 1
				}
			}
		}
		x.Logf("%d connections, %d of them accepted", n, served)
		for _, w := range open[:served] {
			if !w.closes(idleTimeout + slack) {
				x.wrong("an idle connection is open after %v", idleTimeout+slack)
			}
		}
		for _, w := range open {
			_ = w.Close()
		}
		if statuses, _ := x.exchange(request); len(statuses) != 1 || statuses[0] != http.StatusNotFound {
			x.wrong("a newcomer gets %v", statuses)
		}
	}
}

// silent opens n connections and sends nothing. The server must serve a newcomer
// when they have gone.
func silent(n int) func(*assault) {
	return func(x *assault) {
		for range n {
			w := x.mustDial()
			defer w.Close()
			x.note(0)
		}
		time.Sleep(max(x.length, headerTimeout))
	}
}

// resets sends requests, some of them in part, and resets the connections.
func resets(x *assault) {
	requests := []string{
		"GET /tasks HTTP/1.1\r\n" + plain,
		"GET /tas",
		"POST /tasks HTTP/1.1\r\n" + asJSON + "Content-Length: 100\r\n\r\n{",
		"",
	}
	crowd(8, func(i int) {
		for x.attacking() {
			w, err := x.dial()
			if err != nil {
				x.wrong("%v", err)
				return
			}
			_ = w.send(requests[i%len(requests)])
			_ = w.SetLinger(0)
			_ = w.Close()
			x.note(0)
		}
	})
}

// largePages requests large pages as fast as it can.
func largePages(x *assault) { x.overwhelm(ok, "GET /tasks HTTP/1.1\r\n"+plain) }

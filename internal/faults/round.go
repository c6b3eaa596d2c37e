package main

import (
	"math/rand/v2"
	"time"
)

const (
	// answerTime is how soon each request is answered, if only by 503.
	answerTime = 5 * time.Second
	// recovery is how soon service resumes when the cause of an outage is over.
	recovery = 2 * time.Second
	// slack is added to both, since the machine is busy.
	slack = time.Second
	// despair is when a trial gives up to wait for service to resume.
	despair = 30 * time.Second
)

// round has the workers work, causes an outage meanwhile, waits until each worker
// is served again, and checks what became of all tasks. The outage's cause is over
// when cause returns.
func (l *load) round(cause func()) {
	stop := l.start()
	defer stop()
	time.Sleep(200*time.Millisecond + rand.N(300*time.Millisecond))
	begun := time.Now()
	cause()
	ended := time.Now()
	for !l.meter.serves(ended) {
		if l.ctx.Err() != nil {
			l.Fatal("interrupted")
		}
		if time.Since(ended) > despair {
			l.Fatalf("service has not resumed %v after the cause was over", despair)
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	l.verify()
	l.count(ended.Sub(begun))
}

// outage is a round in which tasksd runs, but cannot use its store, and says so.
func (l *load) outage(cause func()) {
	l.round(cause)
	if l.meter.unavailable == 0 {
		l.Fatalf("no request was answered with 503")
	}
}

// count adds a round to the result. The trial ends if anything is wrong, so that
// logs and databases are left as they are.
func (l *load) count(cause time.Duration) {
	m := &l.meter
	excess := max(0, m.outage-cause)
	l.result.rounds++
	l.result.acknowledged += m.acknowledged
	l.result.outage = max(l.result.outage, m.outage)
	l.result.excess = max(l.result.excess, excess)
	l.Logf("round %d: acknowledged %d, unavailable %d, outage %v of %v, slowest answer %v", l.result.rounds, m.acknowledged, m.unavailable,
		m.outage.Round(time.Millisecond), cause.Round(time.Millisecond), m.slowest.Round(time.Millisecond))
	if excess > recovery+slack {
		l.Errorf("an outage took %v, and its cause %v", m.outage, cause)
	}
	if m.slowest > answerTime+slack {
		l.Errorf("a request took %v", m.slowest)
	}
	if l.result.lost > 0 || l.result.doubled > 0 || l.Failed() {
		l.Fatalf("gave up after round %d", l.result.rounds)
	}
}

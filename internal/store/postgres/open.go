package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrURL is wrapped by what Open returns if the URL is wrong.
var ErrURL = errors.New("invalid PostgreSQL URL")

// maxConns is the maximum number of connections of a store, unless the URL has
// pool_max_conns. With 16 it creates two to three times as many tasks a second as
// with pgx's default of 4, since concurrent commits share a flush to disk; with
// 64, a third more. Five servers fit into PostgreSQL's default of 100.
const maxConns = 16

// connectTimeout is how long a host may take to accept a connection, unless the
// URL says otherwise with connect_timeout. Of several hosts one may hang, and
// another one still be tried while a call lasts.
const connectTimeout = 2 * time.Second

// openTimeout bounds Open, but for the migrations.
const openTimeout = 9 * time.Second

// Open returns a store of the tasks in a PostgreSQL database, which it migrates
// if need be. The URL is one of libpq, with pgxpool's parameters in addition:
//
//	postgres://user@host1,host2:5433/database?sslmode=verify-full&pool_max_conns=32
//
// What it does not say is taken from libpq's environment variables and files, so
// that a password need not stand in it. Of several hosts the one that can be
// written to is used, unless target_session_attrs says otherwise.
//
// The error wraps ErrURL if the URL is wrong; else its message tells in one line
// why the database cannot be used. It comes within 10 s, unless the time passes
// with a migration, and never has the password.
func Open(ctx context.Context, url string) (*Store, error) {
	cfg, err := config(url)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("postgres: %s", message(err))
	}
	if err := migrate(ctx, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("postgres: %s", message(err))
	}
	return &Store{pool: pool}, nil
}

// config returns the configuration of a pool.
func config(url string) (*pgxpool.Config, error) {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, fmt.Errorf("%w: it must begin with postgres://", ErrURL)
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrURL, reason(err))
	}
	if strings.Contains(cfg.ConnConfig.Database, "@") { // What follows a slash in the password would be shown.
		return nil, fmt.Errorf("%w: the database's name contains @; write / as %%2F in the password", ErrURL)
	}
	if !strings.Contains(url, "pool_max_conns=") {
		cfg.MaxConns = maxConns
	}
	if cfg.PingTimeout == 0 {
		cfg.PingTimeout = time.Second
	}
	c := cfg.ConnConfig
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
	}
	if c.ValidateConnect == nil {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	maps.Copy(c.RuntimeParams, planning)
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "tasksd"
	}
	setDial(cfg)
	return cfg, nil
}

// setDial makes connections fail soon when the network does.
//
// Every connection starts with a deadline, which is cleared once it is ready. pgx
// opens others to cancel statements, and would wait 15 s for an answer on these
// and then for the end of the connection that it gives up, which the pool counts
// meanwhile. A host that vanished is noticed within 8 s, on idle connections, too.
func setDial(cfg *pgxpool.Config) {
	timeout := cfg.ConnConfig.ConnectTimeout
	dialer := net.Dialer{
		Timeout:         timeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 3},
	}
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return hastyConn{conn}, conn.SetDeadline(time.Now().Add(timeout))
	}
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		return conn.PgConn().Conn().SetDeadline(time.Time{})
	}
}

// hastyConn is a connection on which no deadline can be set that is more than a
// second away.
type hastyConn struct{ net.Conn }

func (c hastyConn) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(time.Second); t.After(latest) {
		t = latest
	}
	return c.Conn.SetDeadline(t)
}

// reason returns why pgx refuses a URL. Where it cannot parse it, that does not
// quote any of it: what pgx masks may leave a part of the password.
func reason(err error) string {
	_, reason, _ := strings.Cut(err.Error(), "`: ")
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(reason, "failed to parse as URL") {
		return strings.TrimSuffix(reason, fmt.Sprintf(" (%s)", inner))
	}
	return reason
}

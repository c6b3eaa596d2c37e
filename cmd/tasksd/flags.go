package main

import (
	"errors"
	"flag"
	"io"
	"time"
)

const usage = `Usage:
    tasksd [-addr HOST:PORT] [-store STORE] [-log FORMAT] [-token-file PATH]
           [-insecure] [-drain DURATION] [-demo] [-check]
    tasksd [-store STORE] -migrate
    tasksd -version | -help

Serves a task list over HTTP, and its documentation at /docs/.

Options:
    -addr HOST:PORT     Listen on this address; the default is 127.0.0.1:8000.
                        HOST 0.0.0.0 means every IPv4 address of this machine;
                        [::], or no HOST, means every address. PORT 0 means a
                        free port, which the log reports.
    -store STORE        Keep tasks in STORE:
                        memory (the default): lost when the server exits;
                        sqlite:PATH: in the file at PATH, for one server;
                        postgres://USER@HOST/DATABASE: in PostgreSQL, for any
                        number of servers. The URL may name several hosts and
                        libpq's parameters; give the password by PGPASSWORD or
                        ~/.pgpass rather than in the URL, which ps shows.
    -migrate            Bring the store's database up to date and exit. Without
                        it, the server does so when it starts.
    -drain DURATION     After the signal to stop, keep serving for this long
                        while /readyz answers 503, such as 5s; the default is 0.
    -log FORMAT         Log to standard error as text (the default) or json; off
                        disables the log. Fatal errors are always printed.
    -token-file PATH    Require one of the tokens in the file at PATH.
    -insecure           Allow listening beyond this machine without a token.
    -demo               Start with a few tasks, for which the examples in the
                        documentation work unchanged.
    -check              For development: check each response against the
                        specification before it is sent. A 500 that says what is
                        wrong replaces one that breaks it. Requires a tasksd
                        that was built with go build -tags check.
    -version            Print the version and exit.
    -help               Print this text and exit.

A token file has one NAME TOKEN per line; blank lines and lines that begin with
# are ignored. The log has the names, never the tokens. A token consists of at
least 16 letters, digits and -._~+/ and may end in =. Only its owner may have
access to the file (chmod 600). SIGHUP reloads it; if it is invalid, the
previous tokens stay valid.

The log never delays the server. Lines that standard error does not accept are
dropped; their number is logged once it accepts lines again.

The first SIGINT or SIGTERM stops the server once the requests under way are
answered, or after 8 seconds and -drain. The second kills it.

The exit code is 0 after a clean stop, 1 after a failure, and 2 if the flags,
the environment or the token file must be corrected.

Environment:
    TASKSD_ADDR         Like -addr, which takes precedence.
    TASKSD_STORE        Like -store, which takes precedence.
    TASKSD_TOKEN        A token besides those of -token-file, with this name.

Examples:
    $ tasksd -demo
    $ tasksd -store sqlite:tasks.db
    $ PGPASSWORD=... tasksd -store postgres://tasks@db1,db2/tasks

    $ (umask 077 && echo "laptop $(openssl rand -base64 32)" > tokens)
    $ tasksd -addr :8000 -token-file tokens
    $ curl --oauth2-bearer TOKEN http://localhost:8000/tasks
`

// options holds what the command line and the environment ask for.
type options struct {
	addr      string // HOST:PORT, unchecked.
	addrFrom  string // The flag or variable that addr came from, for errors.
	store     string // As -store names it, unchecked.
	storeFrom string // The flag or variable that store came from, for errors.
	migrate   bool
	drain     time.Duration // At least 0.
	log       string        // text, json or off.
	tokenFile string        // Empty for none.
	token     *string       // From TASKSD_TOKEN, unchecked; nil if that is not set.
	insecure  bool
	demo      bool
	check     bool
	version   bool
}

// parse reads only args and the environment: addresses, files and tokens are
// checked where they are used. The error is flag.ErrHelp if help is requested,
// otherwise a usageError.
func parse(args []string, lookupEnv func(string) (string, bool)) (options, error) {
	opts := options{addr: "127.0.0.1:8000", addrFrom: "-addr", store: "memory", storeFrom: "-store", log: "text"}
	if addr, ok := lookupEnv("TASKSD_ADDR"); ok {
		opts.addr, opts.addrFrom = addr, "TASKSD_ADDR"
	}
	if name, ok := lookupEnv("TASKSD_STORE"); ok {
		opts.store, opts.storeFrom = name, "TASKSD_STORE"
	}
	if token, ok := lookupEnv("TASKSD_TOKEN"); ok {
		opts.token = &token
	}
	fs := opts.flags()
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return opts, err
	case err != nil:
		return opts, usagef("%w; see tasksd -help", err)
	case fs.NArg() > 0:
		return opts, usagef("unexpected argument %q; see tasksd -help", fs.Arg(0))
	}
	return opts, nil
}

// flags returns a flag set that sets o. Its usage texts are empty, because usage is
// laid out by hand.
func (o *options) flags() *flag.FlagSet {
	fs := flag.NewFlagSet("tasksd", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // The flag package would print each error and the usage.
	// An unset variable in a script must not open the server to everyone, so
	// neither address nor path may be empty.
	fs.Func("addr", "", func(s string) error {
		if s == "" {
			return errors.New("want HOST:PORT")
		}
		o.addr, o.addrFrom = s, "-addr"
		return nil
	})
	fs.Func("store", "", func(s string) error {
		if s == "" {
			return errors.New("want memory, sqlite:PATH or a postgres:// URL")
		}
		o.store, o.storeFrom = s, "-store"
		return nil
	})
	fs.BoolVar(&o.migrate, "migrate", false, "")
	fs.Func("drain", "", func(s string) (err error) {
		if o.drain, err = time.ParseDuration(s); err != nil || o.drain < 0 {
			return errors.New("want a duration, such as 5s")
		}
		return nil
	})
	fs.Func("log", "", func(s string) error {
		if s != "text" && s != "json" && s != "off" {
			return errors.New("want text, json or off")
		}
		o.log = s
		return nil
	})
	fs.Func("token-file", "", func(s string) error {
		if s == "" {
			return errors.New("want a path")
		}
		o.tokenFile = s
		return nil
	})
	fs.BoolVar(&o.insecure, "insecure", false, "")
	fs.BoolVar(&o.demo, "demo", false, "")
	fs.BoolVar(&o.check, "check", false, "")
	fs.BoolVar(&o.version, "version", false, "")
	return fs
}

package main

import (
	"errors"
	"flag"
	"io"
)

const usage = `Usage:
    tasksd [-addr HOST:PORT] [-log FORMAT] [-token-file PATH] [-insecure]
           [-demo] [-check]
    tasksd -version | -help

Serves a task list over HTTP, and its documentation at /docs/. Tasks are kept in
memory and lost when the server exits.

Options:
    -addr HOST:PORT     Listen here. The default is 127.0.0.1:8000. 0.0.0.0 is
                        every IPv4 address of this machine; no HOST, or [::],
                        every address. Port 0 takes a free port, which the log
                        names.
    -log FORMAT         Log to standard error as text (the default) or json, or
                        not at all: off. Fatal errors are printed all the same.
    -token-file PATH    Refuse requests without one of the tokens in PATH.
    -insecure           Listen beyond this machine without any token.
    -demo               Start with a few tasks, for which the examples in the
                        documentation work as they stand.
    -check              For development: hold each answer against the specification
                        before it leaves. One that breaks it becomes a 500 that
                        says what it breaks. Only a tasksd that was built with
                        go build -tags check can do this.
    -version            Print the version and exit.
    -help               Print this text and exit.

A token file has one NAME TOKEN a line; blank lines and lines that begin with #
are skipped. The log has the names, never the tokens. A token has at least 16
letters, digits and -._~+/ and may end in =. Nobody but its owner may have
access to the file (chmod 600). On SIGHUP the file is read again; where it is
not good, the tokens from before stay valid.

The log never delays the server. Lines that standard error does not take are
dropped; how many is logged as soon as it takes lines again.

The first SIGINT or SIGTERM ends the server once the requests under way are
answered, but after 10 seconds at the latest. The second kills it.

The exit code is 0 after a regular end, 1 after a failure, and 2 if the flags,
the environment or the token file must be corrected.

Environment:
    TASKSD_ADDR         As -addr, which wins.
    TASKSD_TOKEN        A token besides those of -token-file, with this name.

Examples:
    $ tasksd -demo
    $ tasksd -addr 127.0.0.1:0 -log json

    $ (umask 077 && echo "laptop $(openssl rand -base64 32)" > tokens)
    $ tasksd -addr :8000 -token-file tokens
    $ curl --oauth2-bearer TOKEN http://localhost:8000/tasks
`

// options is what the command line and the environment ask for.
type options struct {
	addr      string  // HOST:PORT, unchecked.
	addrFrom  string  // The flag or variable that addr came from, for errors.
	log       string  // text, json or off.
	tokenFile string  // Empty for none.
	token     *string // From TASKSD_TOKEN, unchecked; nil where that is not set.
	insecure  bool
	demo      bool
	check     bool
	version   bool
}

// parse reads args and the environment, and nothing else: whether addresses,
// files and tokens are good is found where they are used. The error is
// flag.ErrHelp where help is asked for, else a usageError.
func parse(args []string, lookupEnv func(string) (string, bool)) (options, error) {
	opts := options{addr: "127.0.0.1:8000", addrFrom: "-addr", log: "text"}
	if addr, ok := lookupEnv("TASKSD_ADDR"); ok {
		opts.addr, opts.addrFrom = addr, "TASKSD_ADDR"
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

// flags returns the flag set that fills in o. Its usage texts are empty, since
// usage is laid out by hand.
func (o *options) flags() *flag.FlagSet {
	fs := flag.NewFlagSet("tasksd", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // The flag package would print each error and the usage.
	// An unset variable in a start script must not open the server to all, so
	// neither address nor path may be empty.
	fs.Func("addr", "", func(s string) error {
		if s == "" {
			return errors.New("want HOST:PORT")
		}
		o.addr, o.addrFrom = s, "-addr"
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

package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options holds what the command line and the environment ask for.
type options struct {
	addr        string // HOST:PORT, unchecked.
	store       string // As -store names it, unchecked.
	migrate     bool
	healthcheck bool
	timeouts    timeouts
	adminAddr   string  // HOST:PORT, unchecked; empty for none.
	log         string  // text, json or off.
	tokenFile   string  // Empty for none.
	token       *string // From TASKSD_TOKEN, unchecked; nil if that is not set.
	insecure    bool
	origins     []string       // As -cors-origin names them.
	publicURL   string         // Without a slash at its end; empty for none.
	proxies     []netip.Prefix // Those that -trusted-proxy names.
	maxTasks    int
	maxOpen     int    // -max-connections
	tlsCert     string // Empty for none.
	tlsKey      string // Empty for none.
	demo        bool
	check       bool
	version     bool

	sources map[string]string // The flag or variable that each setting came from, by name, unless it has its default.
}

// setting is something that a flag or an environment variable sets.
type setting struct {
	name    string             // Of the flag. The variable is TASKSD_NAME, with _ for -.
	arg     string             // What the flag takes; empty for a switch.
	initial string             // Its value if neither sets it; empty for none.
	meaning string             // One paragraph for -help and the README.
	set     func(string) error // Sets it; the error says what is wanted. Nil for -help, which package flag knows.
	only    string             // "flag" or "variable" if there is just that.
}

// section is a group of settings in -help.
type section struct {
	title    string
	settings []setting
}

// sections returns all settings of o, the only list of them: the flags, the
// variables, -help and the README's table are made from it.
func (o *options) sections() []section {
	return []section{
		{"Serving", []setting{
			{name: "addr", arg: "HOST:PORT", initial: "127.0.0.1:8000", set: text(&o.addr, "HOST:PORT, such as 127.0.0.1:8000"), meaning: "Listen on this address. " +
				"HOST 0.0.0.0 means every IPv4 address of this machine; [::], or no HOST, means every address. PORT 0 means a free port, which the log reports."},
			{name: "tls-cert", arg: "PATH", set: text(&o.tlsCert, "a path"), meaning: "Serve HTTPS, HTTP/2 included, with the certificate chain in this PEM file. It is read again when it changes, and on SIGHUP."},
			{name: "tls-key", arg: "PATH", set: text(&o.tlsKey, "a path"), meaning: "The certificate's private key, in PEM."},
			{name: "drain", arg: "DURATION", initial: "0s", set: duration(&o.timeouts.drain, 0), meaning: "After the signal to stop, keep serving for this long while /readyz answers 503 and each connection ends with its next response."},
			{name: "grace", arg: "DURATION", initial: "8s", set: duration(&o.timeouts.grace, 0), meaning: "Then give the requests under way this long to end. Docker kills after 10 seconds."},
		}},
		{"Access", []setting{
			{name: "token-file", arg: "PATH", set: text(&o.tokenFile, "a path"), meaning: "Require one of the tokens in the file at PATH. It is read again when it changes, and on SIGHUP."},
			{name: "token", arg: "TOKEN", only: "variable", set: pointer(&o.token), meaning: "Require this token, or one of -token-file's; its name in the log is TASKSD_TOKEN."},
			{name: "insecure", set: boolean(&o.insecure), meaning: "Allow listening beyond this machine without a token."},
			{name: "cors-origin", arg: "ORIGIN,...", set: list(&o.origins, parseOrigin), meaning: "Let web pages of these origins, such as https://example.com, use the server. " +
				"Without tokens on a loopback address, those of http://localhost, with any port, can use it anyway. What pages of other sites would change gets 403."},
		}},
		{"Behind a proxy", []setting{
			{name: "public-url", arg: "URL", set: publicURL(&o.publicURL), meaning: "Clients reach the server at URL, such as https://example.com/api, whose path the proxy removes. " +
				"Links, redirects and the served specification lead there. A loopback address without tokens answers only for localhost and the host in URL, else with 421."},
			{name: "trusted-proxy", arg: "NETWORK,...", set: list(&o.proxies, parseNetwork), meaning: "Believe the X-Forwarded-For of proxies in these networks, such as 10.0.0.0/8 or 127.0.0.1: " +
				"the address in the log is then the client's."},
		}},
		{"Tasks", []setting{
			{name: "store", arg: "STORE", initial: "memory", set: text(&o.store, "memory, sqlite:PATH or a postgres:// URL"), meaning: "Keep tasks in STORE: " +
				"memory: lost when the server exits; sqlite:PATH: in the file at PATH, for one server; postgres://USER@HOST/DATABASE: in PostgreSQL, for any number of servers. " +
				"The URL may name several hosts and libpq's parameters; give the password by PGPASSWORD or ~/.pgpass rather than in the URL, which ps shows."},
			{name: "demo", set: boolean(&o.demo), meaning: "Start with a few tasks, for which the examples in the documentation work unchanged."},
		}},
		{"Bounds", []setting{
			{name: "max-tasks", arg: "N", initial: "1000000", set: number(&o.maxTasks, 1), meaning: "Keep at most N tasks in memory; further creations get 507. A task takes up to 1 KiB. A database has no such bound."},
			{name: "max-connections", arg: "N", initial: "4096", set: number(&o.maxOpen, 1), meaning: "Have at most N connections open, or as many as ulimit -n allows; further ones wait. " +
				"While one waits, the connection that has been idle for longest is closed, or else one whose request has taken longer than 6 seconds."},
			{name: "header-timeout", arg: "DURATION", initial: "5s", set: duration(&o.timeouts.header, time.Millisecond), meaning: "Close a connection whose request's header takes longer."},
			{name: "read-timeout", arg: "DURATION", initial: "30s", set: duration(&o.timeouts.read, time.Millisecond), meaning: "Close a connection whose request takes longer to arrive, header and body. The largest body, 64 KiB, makes it at 18 kbit/s."},
			{name: "write-timeout", arg: "DURATION", initial: "1m", set: duration(&o.timeouts.write, time.Millisecond), meaning: "Close a connection whose response is not written this long after the request's header. " +
				"What is left after -read-timeout suffices for the largest page, 0.9 MB, at 250 kbit/s."},
			{name: "idle-timeout", arg: "DURATION", initial: "2m", set: duration(&o.timeouts.idle, time.Millisecond), meaning: "Close a connection that waits for its next request for longer. " +
				"A proxy in front should keep its connections for less, so that it closes them first: if the server does, it may miss a request on its way."},
		}},
		{"Watching", []setting{
			{name: "log", arg: "FORMAT", initial: "text", set: oneOf(&o.log, "text", "json", "off"), meaning: "Log to standard error as text or json; off disables the log. Fatal errors are always printed."},
			{name: "admin-addr", arg: "HOST:PORT", set: text(&o.adminAddr, "HOST:PORT, such as 127.0.0.1:8001"), meaning: "Serve Prometheus metrics at /metrics on this address, to anyone who reaches it: they tell how much is done and how fast, and nothing of the tasks. " +
				"Go's profiles at /debug/pprof/ show more, and are only for clients on this machine."},
			{name: "check", set: boolean(&o.check), meaning: "For development: check each response against the specification before it is sent. A 500 that says what is wrong replaces one that breaks it. " +
				"Requires a tasksd that was built with go build -tags check."},
		}},
		{"Instead of serving", []setting{
			{name: "migrate", only: "flag", set: boolean(&o.migrate), meaning: "Bring the store's database up to date and exit. Without it, the server does so when it starts."},
			{name: "healthcheck", only: "flag", set: boolean(&o.healthcheck), meaning: "Ask the server that runs on this machine, with the same -addr and -tls-cert, or their variables, whether it is alive, and exit with 0 if it is."},
			{name: "version", only: "flag", set: boolean(&o.version), meaning: "Print the version and exit."},
			{name: "help", only: "flag", meaning: "Print this text and exit."},
		}},
	}
}

// text returns a function that sets p to a value that is not empty: an unset
// variable in a script must not open the server to everyone.
func text(p *string, want string) func(string) error {
	return func(s string) error {
		if s == "" {
			return errors.New("want " + want)
		}
		*p = s
		return nil
	}
}

func pointer(p **string) func(string) error {
	return func(s string) error {
		*p = &s
		return nil
	}
}

func boolean(p *bool) func(string) error {
	return func(s string) (err error) {
		if *p, err = strconv.ParseBool(s); err != nil {
			return errors.New("want true or false")
		}
		return nil
	}
}

// duration returns a function that sets p to a duration of at least least.
func duration(p *time.Duration, least time.Duration) func(string) error {
	return func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil {
			return errors.New("want a duration, such as 5s")
		}
		if d < least {
			return fmt.Errorf("want a duration of at least %v, such as 5s", least)
		}
		*p = d
		return nil
	}
}

// number returns a function that sets p to a number of at least least.
func number(p *int, least int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < least {
			return fmt.Errorf("want a number from %d", least)
		}
		*p = n
		return nil
	}
}

func oneOf(p *string, values ...string) func(string) error {
	return func(s string) error {
		if !slices.Contains(values, s) {
			last := len(values) - 1
			return errors.New("want " + strings.Join(values[:last], ", ") + " or " + values[last])
		}
		*p = s
		return nil
	}
}

// parse returns the options that args and, where they are silent, the variables of
// environ ask for. It reads nothing else: addresses, files and tokens are checked
// where they are used. The error is flag.ErrHelp if help is requested, otherwise a
// usageError. -help and -version ignore the environment.
func parse(args, environ []string) (*options, error) {
	o := &options{sources: map[string]string{}}
	fs := flag.NewFlagSet("tasksd", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // The flag package would print each error and the usage.
	for s := range o.settings() {
		if s.initial != "" {
			if err := s.set(s.initial); err != nil {
				panic(err) // The table is wrong.
			}
		}
		if s.only != "variable" && s.set != nil {
			o.define(fs, s)
		}
	}
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil, flag.ErrHelp
	case err != nil:
		return nil, usagef("%w; see tasksd -help", err)
	case fs.NArg() > 0:
		return nil, usagef("unexpected argument %q; see tasksd -help", fs.Arg(0))
	case o.version:
		return o, nil
	}
	return o, o.setVariables(environ)
}

// define defines the flag of a setting.
func (o *options) define(fs *flag.FlagSet, s setting) {
	set := func(value string) error {
		o.sources[s.name] = "-" + s.name
		return s.set(value)
	}
	if s.arg == "" {
		fs.BoolFunc(s.name, "", set)
	} else {
		fs.Func(s.name, "", set)
	}
}

// setVariables sets what the variables in environ set and no flag has set. It
// refuses one that begins with TASKSD_ and is none of them, since it would
// silently do nothing.
func (o *options) setVariables(environ []string) error {
	known := map[string]setting{}
	for s := range o.settings() {
		if s.only != "flag" {
			known[s.variable()] = s
		}
	}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, variablePrefix) {
			continue
		}
		s, ok := known[name]
		switch {
		case !ok:
			return usagef("%s: tasksd has no such variable; see tasksd -help%s", name, kubernetesHint(name))
		case o.sources[s.name] != "":
			continue
		}
		o.sources[s.name] = name
		if err := s.set(value); err != nil {
			return usagef("%s: %w; see tasksd -help", name, err)
		}
	}
	return nil
}

// kubernetesHint explains a variable that Kubernetes sets in every container for a
// Service named tasksd or, as tasksd-db, with more after that.
func kubernetesHint(name string) string {
	if strings.Contains(name, "_PORT") || strings.Contains(name, "_SERVICE_") {
		return "; if Kubernetes set it, add enableServiceLinks: false to the pod"
	}
	return ""
}

const variablePrefix = "TASKSD_"

// variable returns the name of the setting's variable.
func (s setting) variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// settings returns the settings of all sections.
func (o *options) settings() iter.Seq[setting] {
	return func(yield func(setting) bool) {
		for _, section := range o.sections() {
			for _, s := range section.settings {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// source returns the flag or variable that the named setting came from, for
// errors; it is the flag if the setting has its default.
func (o *options) source(name string) string {
	return cmp.Or(o.sources[name], "-"+name)
}

// Command browser uses a server in a real browser: its documentation, as a person
// does who reads it, runs the operations and meets errors, and the API, from pages
// of other origins, such as the one that README.md has.
//
// It must run in the module's root.
package main

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"example.com/tasks/internal/contract/live"
)

// files are the scripts that drive the browser, what they are installed with, and
// README.md, which has a page.
//
//go:embed package.json package-lock.json *.mjs README.md
var files embed.FS

// visitTimeout is how long the browser may take: several times what it needs.
const visitTimeout = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	tasksd := flag.String("tasksd", ".bin/tasksd", "the server to start")
	chromium := flag.String("chromium", "chromium", "the browser's command")
	dir := flag.String("dir", ".tools/browser", "the directory for the tools, the logs and the screenshots")
	flag.Parse()
	if err := run(ctx, *tasksd, *chromium, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, tasksd, chromium, dir string) error {
	r := live.Result{Tool: "Chromium", Checked: "the documentation, as a person uses it, and pages of other origins"}
	if missing := live.Missing("node", "npm", "curl", "python3", chromium); missing != "" {
		r.Skipped = missing + " is not installed"
	} else if err := visit(ctx, tasksd, chromium, dir, &r); err != nil {
		return err
	}
	fmt.Println()
	return live.Report(os.Stdout, []live.Result{r})
}

// A plan is the script's argument, as JSON.
type plan struct {
	Chromium    string `json:"chromium"`
	Open        string `json:"open"`    // The URL of a server that takes every request.
	Secured     string `json:"secured"` // The URL of one that demands the token.
	Token       string `json:"token"`
	Proxied     string `json:"proxied"`     // The URL of one behind a proxy, with the path that that removes.
	Page        int    `json:"page"`        // The port where every host has the same pages.
	Screenshots string `json:"screenshots"` // A directory.
}

// visit starts the servers and runs the script.
func visit(ctx context.Context, tasksd, chromium, dir string, r *live.Result) (err error) {
	if err := live.Install(ctx, dir, files, "package-lock.json", "npm ci --silent --no-audit --no-fund"); err != nil {
		return err
	}
	p := plan{Token: rand.Text(), Screenshots: "screenshots"}
	if p.Chromium, err = exec.LookPath(chromium); err != nil {
		return err
	}
	shots, tokens := filepath.Join(dir, p.Screenshots), filepath.Join(dir, "tokens")
	err = errors.Join(os.RemoveAll(shots), os.RemoveAll(tokens), os.MkdirAll(shots, 0o777),
		os.WriteFile(tokens, []byte("browser "+p.Token+"\n"), 0o600))
	if err != nil {
		return err
	}
	page, proxy := httptest.NewServer(pages(&p)), httptest.NewUnstartedServer(nil)
	defer page.Close()
	defer proxy.Close()
	p.Page, p.Proxied = port(page), fmt.Sprintf("http://localhost:%d/api", port(proxy))
	var behind string
	for _, s := range []struct {
		url  *string
		log  string
		args []string
	}{
		{&p.Open, "open.log", nil},
		{&p.Secured, "secured.log", []string{"-token-file", tokens, "-cors-origin", fmt.Sprintf("http://app.example:%d", p.Page)}},
		{&behind, "proxied.log", []string{"-public-url", p.Proxied}},
	} {
		server, failed := live.Start(ctx, tasksd, filepath.Join(dir, s.log), append(s.args, "-demo")...)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		*s.url = server.URL
	}
	target, err := url.Parse(behind)
	if err != nil {
		return err
	}
	proxy.Config.Handler = http.StripPrefix("/api", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	proxy.Start()
	return script(ctx, dir, p, r)
}

var html = regexp.MustCompile("(?ms)^```html\n(.*?)^```$")

// pages serves the page of README.md, at /open and /secured for the servers of the
// plan, and elsewhere an empty page for scripts to run in.
func pages(p *plan) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := files.ReadFile("README.md") // It is embedded.
		page := string(html.FindSubmatch(text)[1])
		switch r.URL.Path {
		case "/open":
			page = strings.ReplaceAll(page, "http://localhost:8000", p.Open)
		case "/secured":
			page = strings.ReplaceAll(page, "http://localhost:8000", p.Secured)
		default:
			page = `<!DOCTYPE html><title>A page</title><link rel="icon" href="data:,">`
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, page)
	})
}

func port(s *httptest.Server) int { return s.Listener.Addr().(*net.TCPAddr).Port }

// script runs the script, which prints what it does on standard error, and its
// result on standard output.
func script(ctx context.Context, dir string, p plan, r *live.Result) error {
	ctx, cancel := context.WithTimeout(ctx, visitTimeout)
	defer cancel()
	argument, err := json.Marshal(p)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", "visit.mjs", string(argument))
	cmd.Dir = dir
	cmd.Stderr = os.Stdout
	output, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("visit.mjs: %w", err)
	}
	var result struct {
		Version          string
		Checks, Findings int
	}
	if err := json.Unmarshal(output, &result); err != nil {
		return fmt.Errorf("the result of visit.mjs: %w\n%s", err, output)
	}
	r.Version, r.Cases, r.Findings = result.Version, result.Checks, result.Findings
	return nil
}

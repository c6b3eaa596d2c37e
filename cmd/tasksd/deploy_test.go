package main

import (
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/tasks/internal/store/postgres/postgrestest"
)

var binary = flag.String("binary", "", "the tasksd to try in an empty root")

// imageUser is the user of the Containerfile.
const imageUser = 65532

// image is a root file system that has what the image of the Containerfile has,
// and secrets. It is the root of a tasksd that runs as imageUser and can write to
// nothing but /data.
type image struct {
	t    *testing.T
	root string
	env  []string
}

// newImage returns an image with a token file and a certificate, which is returned,
// too. It skips the test without -binary.
func newImage(t *testing.T) (image, *x509.Certificate) {
	t.Helper()
	if *binary == "" {
		t.Skip("no -binary: make deploy runs this")
	}
	dir := t.TempDir()
	i := image{t, filepath.Join(dir, "root"), []string{"PATH=" + os.Getenv("PATH")}}
	for _, folder := range []string{i.root, i.path("data"), i.path("secrets")} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	i.copy(*binary, "tasksd", 0o755)
	files := certFiles{i.path("secrets/cert"), i.path("secrets/key")}
	cert := files.issue(t, "test", time.Now().Add(time.Hour))
	i.write("secrets/tokens", "laptop s3cret-long-enough\n")
	for _, secret := range []string{"tokens", "key"} { // As Kubernetes mounts a Secret.
		i.own("secrets/"+secret, 0, imageUser, 0o440)
	}
	i.own("secrets/cert", 0, 0, 0o444)
	i.own("data", imageUser, imageUser, 0o700)
	// The tests' folders are for root alone.
	for folder := dir; folder != os.TempDir(); folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return i, cert
}

func (i image) path(name string) string { return filepath.Join(i.root, name) }

func (i image) write(name, text string) {
	i.t.Helper()
	if err := os.WriteFile(i.path(name), []byte(text), 0o600); err != nil {
		i.t.Fatal(err)
	}
}

func (i image) own(name string, user, group int, mode os.FileMode) {
	i.t.Helper()
	if err := os.Chown(i.path(name), user, group); err != nil {
		i.t.Fatal(err)
	}
	if err := os.Chmod(i.path(name), mode); err != nil {
		i.t.Fatal(err)
	}
}

func (i image) copy(from, name string, mode os.FileMode) {
	i.t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		i.t.Fatal(err)
	}
	i.write(name, string(text))
	i.own(name, 0, 0, mode)
}

// inside runs a command in a root that is mounted read-only, but for data.
const inside = `mount --bind "$0" "$0" && mount --bind "$0/data" "$0/data" &&
mount -o remount,bind,ro "$0" && exec chroot --userspec="$1" --groups= "$0" /tasksd "${@:2}"`

// run starts tasksd in the image, with variables more.
func (i image) run(more []string, args ...string) *process {
	i.t.Helper()
	user := fmt.Sprintf("%d:%d", imageUser, imageUser)
	return launchAs(i.t, "", append(i.env, more...), "unshare", append([]string{"--mount", "--", "bash", "-c", inside, i.root, user}, args...)...)
}

// The static binary needs nothing of a root file system, to which it cannot
// write, nor a user with a name: it keeps tasks in /data, serves TLS, reads tokens
// and tells its health.
func TestDeployEmptyRoot(t *testing.T) {
	i, cert := newImage(t)
	env := []string{
		"TASKSD_ADDR=0.0.0.0:" + freePort(t), "TASKSD_STORE=sqlite:/data/tasks.db", "TASKSD_TOKEN_FILE=/secrets/tokens",
		"TASKSD_TLS_CERT=/secrets/cert", "TASKSD_TLS_KEY=/secrets/key",
	}
	for _, tasks := range []string{"tasks=0", "tasks=1"} { // The second finds the task of the first.
		p := i.run(env)
		p.url = urlIn(t, p.await("msg=listening"))
		if !strings.Contains(p.log, tasks) {
			t.Errorf("the log lacks %s:\n%s", tasks, p.log)
		}
		create(t, secureClient(t, 0, cert), strings.Replace(p.url, "localhost", "127.0.0.1", 1)) // As the certificate says.
		if check := i.run(env, "-healthcheck"); check.wait() != 0 {
			t.Errorf("-healthcheck: %s", check.log)
		}
		p.signal(syscall.SIGTERM)
		if code := p.wait(); code != 0 {
			t.Errorf("exit code %d, want 0; log:\n%s", code, p.log)
		}
		if check := i.run(env, "-healthcheck"); check.wait() != 1 {
			t.Error("-healthcheck without a server succeeds")
		}
	}
	if p := i.run([]string{"TASKSD_STORE=sqlite:/tasks.db"}); p.wait() != 1 || !strings.Contains(p.log, "/tasks.db") {
		t.Errorf("a store outside of /data: %s", p.log)
	}
}

// In an empty root, PostgreSQL is reached, too.
func TestDeployEmptyRootWithPostgreSQL(t *testing.T) {
	i, _ := newImage(t)
	p := i.run([]string{"TASKSD_ADDR=127.0.0.1:0", "TASKSD_TOKEN_FILE=/secrets/tokens", "TASKSD_STORE=" + postgrestest.Shared(t).URL(t)})
	p.url = urlIn(t, p.await("msg=listening"))
	create(t, http.DefaultClient, p.url)
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0; log:\n%s", code, p.log)
	}
}

// create creates a task with the image's token.
func create(t *testing.T, client *http.Client, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/tasks", strings.NewReader(`{"title": "here"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer s3cret-long-enough")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusCreated {
		t.Errorf("POST /tasks = %d %s, want 201", resp.StatusCode, text)
	}
}

// freePort returns a port that is free now.
func freePort(t *testing.T) string {
	t.Helper()
	ln := listenLocal(t)
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// The binary of the image is static: an empty image has no libraries.
func TestDeployBinaryIsStatic(t *testing.T) {
	if *binary == "" {
		t.Skip("no -binary: make deploy runs this")
	}
	text, err := exec.CommandContext(t.Context(), "go", "version", "-m", *binary).Output()
	if err != nil || !strings.Contains(string(text), "CGO_ENABLED=0") {
		t.Errorf("%s was built with cgo: %v\n%s", *binary, err, text)
	}
}

// Each variable that the files beside this one set exists, so that tasksd does not
// refuse it.
func TestDeployedVariablesExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for s := range new(options).settings() {
		known[s.variable()] = s.only != "flag"
	}
	for _, file := range []string{"Containerfile", "tasksd.service", "compose.yaml", "compose.postgres.yaml", "kubernetes-sqlite.yaml", "kubernetes-postgres.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bTASKSD_\w+`).FindAllString(string(text), -1) {
			if !known[name] && name != "TASKSD_PORT" { // Of Kubernetes.
				t.Errorf("%s has %s, which is no variable of tasksd", file, name)
			}
		}
	}
}

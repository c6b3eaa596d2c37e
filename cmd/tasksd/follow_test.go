package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// A file that is written again, replaced, removed or made anew is noticed each
// time, and one that stays as it is never.
func TestFollow(t *testing.T) {
	t.Parallel()
	name, other := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "other")
	files := newFollowed(other, name)
	var changes atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		files.follow(ctx, time.Millisecond, func() { changes.Add(1) })
	}()
	write := func(name string) func() error { return func() error { return os.WriteFile(name, nil, 0o600) } }
	for i, change := range []func() error{
		write(name), write(name),
		func() error { _ = write(name + ".new")(); return os.Rename(name+".new", name) },
		func() error { return os.Remove(name) }, write(name), write(other),
	} {
		time.Sleep(20 * time.Millisecond) // Longer than the resolution of file times.
		if err := change(); err != nil {
			t.Fatal(err)
		}
		for begin := time.Now(); changes.Load() < int64(i+1); time.Sleep(time.Millisecond) {
			if time.Since(begin) > patience {
				t.Fatalf("change %d was not noticed", i)
			}
		}
	}
	time.Sleep(20 * time.Millisecond)
	stop()
	<-ended
	if got := changes.Load(); got != 6 {
		t.Errorf("%d changes were noticed, want 6", got)
	}
}

// Tokens and a certificate that are replaced on the disk are put in use without a
// signal.
func TestReplacedFilesAreUsed(t *testing.T) {
	t.Parallel()
	files, tokens := newCertFiles(t), filepath.Join(t.TempDir(), "tokens")
	files.issue(t, "first", tomorrow)
	if err := os.WriteFile(tokens, []byte("laptop s3cret-long-enough-1"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, nil, append(files.args(), "-token-file", tokens)...)
	time.Sleep(20 * time.Millisecond) // Longer than the resolution of file times.
	if err := os.WriteFile(tokens, []byte("laptop s3cret-long-enough-2"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := files.issue(t, "second", tomorrow)
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(100 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/tasks", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer s3cret-long-enough-2")
		resp, err := secureClient(t, 0, second).Do(req)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
	t.Error("the new files were not put in use")
}

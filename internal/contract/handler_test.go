package contract_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/tasks/internal/contract"
)

// behind returns the response of a checking handler whose inner handler responds
// with resp, and its log.
func behind(t *testing.T, method, target string, resp *http.Response) (got *http.Response, body, logged string) {
	t.Helper()
	var log bytes.Buffer
	inner := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), resp.Header)
		w.Header().Del("Date")
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
	s := httptest.NewServer(contract.Handler(inner, slog.New(slog.NewTextHandler(&log, nil))))
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err = s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	s.Close() // So that the log is complete.
	return got, string(text), log.String()
}

func TestHandlerPassesValidResponsesOn(t *testing.T) {
	const path, etag, isJSON = "/tasks/" + id, `ETag: "x"`, "Content-Type: application/json"
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		good := answer(method, path, 200, task, etag, isJSON, "Cache-Control: private, no-cache")
		got, body, logged := behind(t, method, path, good())
		if want := map[string]string{"GET": task, "HEAD": ""}[method]; got.StatusCode != 200 || body != want || logged != "" {
			t.Errorf("%s: %s %s\n%s", method, got.Status, body, logged)
		}
		for name, values := range good().Header {
			if name != "Date" && got.Header.Get(name) != values[0] {
				t.Errorf("%s: %s is %q, want %q", method, name, got.Header.Get(name), values[0])
			}
		}
	}
}

func TestHandlerReplacesBrokenResponses(t *testing.T) {
	const path, etag, isJSON = "/tasks/" + id, `ETag: "x"`, "Content-Type: application/json"
	for name, broken := range map[string]*http.Response{
		"status":     answer(http.MethodGet, path, 202, task, etag, isJSON)(),
		"ETag":       answer(http.MethodGet, path, 200, task, isJSON)(),
		"text/plain": answer(http.MethodGet, path, 200, task, etag, "Content-Type: text/plain")(),
		"done":       answer(http.MethodGet, path, 200, strings.Replace(task, "false", `"no"`, 1), etag, isJSON)(),
		"required":   answer(http.MethodGet, "/tasks", 200, "["+strings.Repeat("{},", 500)+"{}]", etag, isJSON)(),
	} {
		got, body, logged := behind(t, http.MethodGet, broken.Request.URL.Path, broken)
		var problem struct{ Detail, Instance string }
		if err := json.Unmarshal([]byte(body), &problem); err != nil {
			t.Errorf("%s: %v: %s", name, err, body)
		}
		if !strings.Contains(problem.Detail, name) || !strings.Contains(logged, name) {
			t.Errorf("%s: the response or the log does not say what is broken:\n%s\n%s", name, body, logged)
		}
		if !strings.Contains(logged, "level=ERROR") || !strings.Contains(logged, "request_id="+id) {
			t.Errorf("%s: logged %q", name, logged)
		}
		if got.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: %s, want 500", name, got.Status)
		}
		got.Body = io.NopCloser(strings.NewReader(body))
		contract.Check(t, got.Request, got) // The replacement breaks nothing.
	}
}

// An aborted response stays aborted and is not reported.
func TestHandlerPassesAbortsOn(t *testing.T) {
	var log bytes.Buffer
	rec := httptest.NewRecorder()
	h := contract.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		panic(http.ErrAbortHandler)
	}), slog.New(slog.NewTextHandler(&log, nil)))
	defer func() {
		p, _ := recover().(error)
		if !errors.Is(p, http.ErrAbortHandler) || log.Len() > 0 || rec.Body.Len() > 0 {
			t.Errorf("panic %v\n%s\n%s", p, &log, rec.Body)
		}
	}()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/tasks", nil))
}

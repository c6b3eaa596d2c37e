package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"example.com/tasks/internal/server"
	"example.com/tasks/internal/service"
	"example.com/tasks/internal/store/memory"
)

func ExampleNew() {
	handler := server.New(service.New(memory.New()), server.Config{})
	s := httptest.NewServer(handler)
	defer s.Close()

	resp, err := http.Post(s.URL+"/tasks", "application/json", strings.NewReader(`{"titel": "Learn WSGI"}`)) //nolint:noctx // As short as can be.
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	_, faults, _ := strings.Cut(string(body), `"errors":`)
	faults, _, _ = strings.Cut(faults, `,"instance"`)
	fmt.Println(resp.Status)
	fmt.Println(faults)
	// Output:
	// 400 Bad Request
	// [{"detail":"title is required","pointer":"#/title"},{"detail":"titel is not a member of NewTask; did you mean title?","pointer":"#/titel"}]
}

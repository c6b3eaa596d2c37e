// Command stdhttp serves the guest book with net/http.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"time"

	"example.org/examples/stdhttp/api"
)

//go:generate go tool oapi-codegen -config api/settings.yaml openapi.yaml
//go:generate validatorgen -spec openapi.yaml -package api -output api/validate.gen.go -routes std-http -skip setSignature

func main() {
	s := &http.Server{
		Addr:        cmp.Or(os.Getenv("ADDR"), "127.0.0.1:8080"),
		Handler:     server(),
		ReadTimeout: time.Minute,
	}
	log.Fatal(s.ListenAndServe())
}

func server() http.Handler {
	mux := http.NewServeMux()
	api.Routes(mux, &book{entries: map[string]int{}}, fail)
	return mux
}

// fail answers a request that failed with a status and, if it is invalid, its faults.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	var invalid *api.InvalidRequest
	var mediaType *api.MediaTypeError
	var size *api.BodySizeError
	switch {
	case errors.As(err, &invalid):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(invalid.Faults) // The client is gone if this fails.
	case errors.As(err, &mediaType):
		http.Error(w, err.Error(), http.StatusUnsupportedMediaType)
	case errors.As(err, &size):
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
	default:
		log.Print(err)
		http.Error(w, "the server failed", http.StatusInternalServerError)
	}
}

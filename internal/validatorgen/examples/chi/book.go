package main

import (
	"context"
	"io"
	"sync"

	"example.org/examples/chi/api"
)

// book implements api.StrictServerInterface. It counts entries.
type book struct {
	mu      sync.Mutex
	entries map[string]int
}

func (b *book) AddEntry(_ context.Context, request api.AddEntryRequestObject) (api.AddEntryResponseObject, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries[request.Name]++
	return api.AddEntry201JSONResponse(*request.Body), nil
}

func (b *book) CountEntries(_ context.Context, request api.CountEntriesRequestObject) (api.CountEntriesResponseObject, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return api.CountEntries200JSONResponse(b.entries[request.Name]), nil
}

func (b *book) SetSignature(_ context.Context, request api.SetSignatureRequestObject) (api.SetSignatureResponseObject, error) {
	_, err := io.Copy(io.Discard, request.Body)
	return api.SetSignature204Response{}, err
}

package storetest_test

import (
	"testing"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
	"example.com/tasks/internal/store/storetest"
)

// This is all that the test of a store needs.
func ExampleRun() {
	TestStore := func(t *testing.T) { // Declared in the store's own package.
		storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
	}
	_ = TestStore
}

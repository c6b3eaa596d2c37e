package storetest_test

import (
	"testing"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
	"example.com/tasks/internal/store/storetest"
)

// A store that calls back more often than once passes.
func TestTwice(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return storetest.Twice(memory.New()) })
}

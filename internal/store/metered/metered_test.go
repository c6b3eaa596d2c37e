package metered_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"example.com/tasks/internal/store"
	"example.com/tasks/internal/store/memory"
	"example.com/tasks/internal/store/metered"
	"example.com/tasks/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return metered.New(memory.New(), prometheus.NewRegistry()) })
}

// down is a store that cannot be reached.
type down struct{ store.Store }

func (down) Get(context.Context, uuid.UUID) (store.Task, error) {
	return store.Task{}, fmt.Errorf("%w: refused", store.ErrUnavailable)
}

// Calls are counted by name and result, and an answer such as ErrNotFound is one.
func TestCallsAreCounted(t *testing.T) {
	t.Parallel()
	up, reachable := prometheus.NewRegistry(), prometheus.NewRegistry()
	s, broken := metered.New(memory.New(), up), metered.New(down{}, reachable)
	id := uuid.New()
	for range 3 {
		_, _ = s.Get(t.Context(), id)
		_, _ = broken.Get(t.Context(), id)
	}
	_, _ = s.Delete(t.Context(), id, nil)
	for _, tt := range []struct {
		registry *prometheus.Registry
		want     []string
	}{
		{up, []string{`{call="Get",result="answered"} 3`, `{call="Get",result="unavailable"} 0`, `{call="Delete",result="answered"} 1`}},
		{reachable, []string{`{call="Get",result="answered"} 0`, `{call="Get",result="unavailable"} 3`}},
	} {
		text, err := testutil.CollectAndFormat(tt.registry, expfmt.TypeTextPlain, "tasksd_store_call_duration_seconds")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(string(text), "tasksd_store_call_duration_seconds_count"+want) {
				t.Errorf("%s is missing in:\n%s", want, text)
			}
		}
	}
}

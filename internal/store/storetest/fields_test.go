package storetest_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"example.com/tasks/internal/store/storetest"
)

// A field that is the same in two fillings would let a store forget it.
func TestFilledDiffersInEveryField(t *testing.T) {
	type fields struct {
		Bool   bool
		Int8   int8
		Int    int
		Uint64 uint64
		Float  float32
		Text   string
		Named  time.Month
		Time   time.Time
		ID     uuid.UUID
		Nested struct {
			Text string
			Flag *bool
		}
		Pointer *string
		Other   **string
	}
	for n := 1; n < 3; n++ {
		from := storetest.Filled[fields](t, n)
		seen := 0
		for name, changed := range storetest.Changes(from, storetest.Filled[fields](t, n+1)) {
			if cmp.Equal(from, changed) {
				t.Errorf("%s is the same for %d and %d", name, n, n+1)
			}
			seen++
		}
		if want := reflect.TypeFor[fields]().NumField(); seen != want {
			t.Errorf("%d changes, want %d", seen, want)
		}
	}
	one := storetest.Filled[fields](t, 1)
	if one.Text == one.Nested.Text || one.Text == *one.Pointer || *one.Pointer == **one.Other {
		t.Errorf("fields of one type have equal values: %+v", one)
	}
	for field, value := range reflect.ValueOf(one).Fields() {
		if value.IsZero() {
			t.Errorf("%s is zero", field.Name)
		}
	}
}

// failing is a test that may fail.
type failing struct {
	testing.TB
	message string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
	panic(f)
}

func TestFilledRefusesWhatItCannotSet(t *testing.T) {
	for want, fill := range map[string]func(testing.TB){
		".Tags is of kind slice": func(tb testing.TB) { storetest.Filled[struct{ Tags []string }](tb, 1) },
		".done is not exported":  func(tb testing.TB) { storetest.Filled[struct{ done bool }](tb, 1) },
	} {
		f := &failing{TB: t}
		func() {
			defer func() { _ = recover() }()
			fill(f)
		}()
		if !strings.Contains(f.message, want) {
			t.Errorf("the message is %q, want %q in it", f.message, want)
		}
	}
}

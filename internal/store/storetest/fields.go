package storetest

import (
	"fmt"
	"iter"
	"reflect"
	"testing"
	"time"
)

// Filled returns a struct whose fields all have the nth value of their types,
// for n from 1 to 3. The values of n and n+1 differ, and none is the zero value,
// except that bools are false for n = 2. Within the struct, no two values of one
// type are equal, except bools. Filled fails the test if it does not know how to
// set a field.
func Filled[T any](tb testing.TB, n int) (filled T) {
	tb.Helper()
	fill(tb, reflect.TypeFor[T]().Name(), reflect.ValueOf(&filled).Elem(), n)
	return filled
}

// fill sets v, which messages call name, to the nth value of its type.
func fill(tb testing.TB, name string, v reflect.Value, n int) {
	tb.Helper()
	switch {
	case !v.CanSet():
		tb.Fatalf("storetest: %s is not exported: teach fill how to set it", name)
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2000, 1, n, 0, 0, 0, 0, time.UTC))) // Whole days, which dates keep, too.
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(n%2 == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(n))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(n) + 0.5)
	case reflect.String:
		v.SetString(fmt.Sprintf("value %d", n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(tb, "*"+name, v.Elem(), n)
	case reflect.Array:
		for i := range v.Len() {
			fill(tb, fmt.Sprintf("%s[%d]", name, i), v.Index(i), n)
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			fill(tb, name+"."+field.Name, value, n+4*field.Index[0]) // Even, so that bools are not affected, and more than n ever is.
		}
	default:
		tb.Fatalf("storetest: %s is of kind %s: teach fill how to set it", name, v.Kind())
	}
}

// Changes yields, for each field of a struct, its name and a copy of from in
// which this field is that of to.
func Changes[T any](from, to T) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for field, value := range reflect.ValueOf(to).Fields() {
			changed := from
			reflect.ValueOf(&changed).Elem().FieldByIndex(field.Index).Set(value)
			if !yield(field.Name, changed) {
				return
			}
		}
	}
}

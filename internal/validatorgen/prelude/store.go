package prelude

import (
	"time"
)

// allocate sets a pointer to a new zero value.
func allocate[T any](p **T) { *p = new(T) }

// empty sets a slice to an empty one that is not nil.
func empty[L ~[]T, T any](list *L) { *list = L{} }

// begin sets a map to an empty one that is not nil.
func begin[M ~map[string]T, T any](m *M) { *m = M{} }

// grow appends a zero value to a slice and returns its address.
func grow[L ~[]T, T any](list *L) *T {
	var item T
	*list = append(*list, item)
	return &(*list)[len(*list)-1]
}

// extend is grow for the items of a body. A body may have a million items that are
// small there and large in Go, so the slice starts over once it will not be returned
// anyway: if the request has faults, or the slice more than most items.
func extend[L ~[]T, T any](f *faults, list *L, most int) *T {
	if len(f.found) > 0 || len(*list) > most {
		*list = (*list)[:0]
	}
	return grow(list)
}

// element returns the zero value of a map's entries.
func element[M ~map[string]T, T any](M) (entry T) { return entry }

// has reports whether a map has an entry of a name.
func has[M ~map[string]T, T any](m M, name string) bool {
	_, ok := m[name]
	return ok
}

// put sets an entry of a map, which it allocates if it is nil.
func put[M ~map[string]T, T any](m *M, name string, entry T) {
	if *m == nil {
		*m = make(M)
	}
	(*m)[name] = entry
}

// setUUID sets a UUID whose type is in a package that the output does not import.
func setUUID[T ~[16]byte](v *T, id [16]byte) { *v = id }

// setString sets a string whose type is in a package that the output does not
// import.
func setString[T ~string](v *T, s string) { *v = T(s) }

// setDuration sets a duration, whose text was checked.
func setDuration[T interface{ UnmarshalText([]byte) error }](v T, s string) {
	_ = v.UnmarshalText([]byte(s))
}

// setDate sets a date whose type is in a package that the output does not import.
func setDate[T ~struct{ time.Time }](v *T, t time.Time) { *v = T(struct{ time.Time }{t}) }

// unset returns the zero value of what a map holds that tells null from no value.
func unset[M ~map[bool]T, T any](M) (value T) { return value }

// setNull makes such a map hold null.
func setNull[M ~map[bool]T, T any](m *M) { *m = M{false: unset(*m)} }

// setValue makes such a map hold a value.
func setValue[M ~map[bool]T, T any](m *M, value T) { *m = M{true: value} }

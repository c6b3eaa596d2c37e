// Package meaning defines what the schemas of OpenAPI 3.0 mean for request bodies:
// slowly, exactly, in a few hundred lines, and without sharing code with the generator
// that it judges. Its sources are OpenAPI 3.0.3 and JSON Schema Wright Draft 00, to
// which that refers. Numbers are decimal and have any size.
//
// Where the sources leave a choice, or Go's types set a limit, these rules apply:
//
//   - Without a type, null is a value like any other: nullable concerns typed schemas
//     only (OpenAPI 3.0.3, section 4.7.24.1).
//   - A number without a fraction is an integer, however it is written: 1.0, 1e2.
//   - Read-only members are rejected in requests, and not required.
//   - A text is one JSON value with nothing after it, in UTF-8, without lone surrogates
//     and without duplicate names.
//   - Integers have at most 64 bits, or 32 in the format int32. Other numbers must be
//     within the range of float64, or of float32 in the format float. They may lose
//     digits, but bounds apply to what float64 preserves of them, since a handler
//     receives no more.
//   - Objects and arrays are nested at most 100 levels deep.
package meaning

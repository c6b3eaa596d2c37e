// Package meaning says what the schemas of OpenAPI 3.0 mean for the body of a
// request: slowly, exactly and in a few hundred lines, which share nothing with
// the generator that they are to judge. Its sources are OpenAPI 3.0.3 and JSON
// Schema Wright Draft 00, to which that refers. Numbers are decimal and of any
// size throughout.
//
// Where those leave a choice, or Go's types set a limit, the rule is here, named
// in the table below, and nowhere hidden in the other code:
//
//   - Without a type, null is a value like any other: nullable speaks of typed
//     schemas only (OpenAPI 3.0.3, section 4.7.24.1).
//   - A number that has no fraction is an integer, however it is written: 1.0, 1e2.
//   - What requests must not have, readOnly, is refused in them, and not required.
//   - A text has one JSON value and nothing after it, is UTF-8, has no half of a
//     surrogate pair and no name twice in an object.
//   - Integers have at most 64 bits, or the 32 of int32. Other numbers are not
//     beyond those of float64, or float32 for the format float. That they lose
//     digits is no fault; but bounds are about what float64 leaves of them, of
//     which a request's handler gets no more.
//   - Objects and arrays are at most 100 inside each other.
package meaning

// Package meaning defines what OpenAPI 3.0 and 3.1 mean for requests: slowly, exactly,
// and without sharing code with the generator that it judges. Its sources are OpenAPI
// 3.0.4 and 3.1.1, JSON Schema Wright Draft 00 and 2020-12, to which these refer, and
// RFC 6570, 6265 and 7578 for parameters and forms. Numbers are decimal and have any
// size.
//
// What it does not define it names, in Schema.Unread and Operation.Unread: a generator
// that handles such an operation can't be judged.
//
// Where the sources leave a choice, or Go's types set a limit, these rules apply:
//
//   - Without a type, null is a value like any other: nullable concerns typed schemas
//     only (OpenAPI 3.0.3, section 4.7.24.1).
//   - A number without a fraction is an integer, however it is written: 1.0, 1e2.
//   - Read-only members are rejected in requests, and not required.
//   - With a discriminator, an object is judged by the alternative alone that the
//     property names; if it names none, it is invalid (OpenAPI 3.1.1, section
//     4.8.25.4). A value that is no object is judged by all alternatives. Without oneOf
//     and anyOf beside it, a discriminator has no effect.
//   - A text is one JSON value with nothing after it, in UTF-8, without lone surrogates
//     and without duplicate names.
//   - Integers have at most 64 bits, or 32 in the format int32. Other numbers must be
//     within the range of float64, or of float32 in the format float. They may lose
//     digits, but bounds apply to what float64 preserves of them, since a handler
//     receives no more.
//   - A body has at most as many bytes as x-max-bytes says, or 1 MiB.
//   - Objects and arrays are nested at most 100 levels deep.
//   - The text of a parameter, or in a form, is valid if one of the types that its
//     schemas allow makes it so; without a type it is a string.
//   - Query parameters that no parameter describes are rejected. An exploded object
//     describes those that its schema names, and all others only if the schema has
//     additionalProperties other than false.
package meaning

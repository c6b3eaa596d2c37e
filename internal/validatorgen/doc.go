// Package validatorgen generates Go functions that decode the requests of an
// OpenAPI 3.0 specification and check them in the same pass, for the types that
// oapi-codegen makes of the same specification, with models and strict-server.
//
// # What it writes
//
// For each operation, DecodeCreateTask(r *http.Request, …) (CreateTaskRequestObject,
// error): media type, size (x-max-bytes at the request body, else 1 MiB),
// parameters and body, all faults together. Path parameters follow r in their
// order, as the router found them.
//
// For each type of request body, DecodeNewTask(text []byte) (NewTask, error).
//
// For each operation, the variable CreateTaskOperation of type Operation: what a
// server must know to route it.
//
// The errors are *InvalidRequest, whose faults have their places and never
// repeat what the client sent, *MediaTypeError and *BodySizeError.
//
// # How it works
//
// Generate walks the schemas of the specification and the Go types of
// oapi-codegen side by side, so that its names are oapi-codegen's whatever its
// settings. A type that does not fit its schema stops it, and so does every
// construct of the specification that it does not handle: with file, line and
// JSON Pointer. Nothing is passed over.
//
// What is the same for every specification stands in the package helpers; what
// the output needs of it is copied there, so that the output depends on the
// standard library and github.com/go-json-experiment/json only.
//
// # What the validators refuse beyond JSON Schema
//
// Duplicate names (RFC 8259, section 4, leaves them open), text after the JSON
// value, invalid UTF-8 and lone surrogates, unknown or repeated parameters, and
// spellings of booleans and integers that JSON does not have.
package validatorgen

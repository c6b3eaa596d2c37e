// Package validatorgen generates Go functions that decode the requests of an
// OpenAPI 3.0 specification and check them in the same pass, for the types that
// oapi-codegen makes of the same specification.
//
// # How to add it to a project
//
// In a project whose stubs oapi-codegen makes, with models, echo-server and
// strict-server, into the folder api:
//
//	//go:generate go tool oapi-codegen -config api.yaml openapi.yaml
//	//go:generate go run example.com/tasks/cmd/validatorgen -spec openapi.yaml -package api -output api/validate.gen.go
//
// and where a request comes in:
//
//	request, err := api.DecodeCreateTask(c.Request())           // POST /tasks
//	request, err := api.DecodeGetTask(c.Request(), c.Param("id")) // GET /tasks/{id}
//
// gen/templates of this module has templates that make oapi-codegen write just
// that into its stubs, instead of its own decoding.
//
// # What it writes
//
// For each operation, a function that reads and checks its requests: media type,
// size, parameters and body, all faults together:
//
//	func DecodeCreateTask(r *http.Request, …) (CreateTaskRequestObject, error)
//
// Path parameters follow r in the order of the specification, as Echo's Param
// returns them. x-max-bytes at the request body is the most that it may have;
// without it that is 1 MiB.
//
// For each Go type T of request bodies, a function that reads one from a JSON
// text (if an operation is named like T, it is DecodeT2):
//
//	func DecodeNewTask(text []byte) (NewTask, error)
//
// For each operation, what a server must know to route it:
//
//	var CreateTaskOperation = Operation{ID: "createTask", …}
//
// And if asked to, for each type of JSON response bodies, a function that appends
// one as JSON:
//
//	func AppendTask(b []byte, v *Task) []byte
//
// or, where it is an array, as many of its items as are to be held and written
// at a time:
//
//	func AppendTaskList(b []byte, items TaskList, size int) ([]byte, TaskList)
//
// They write what encoding/json does, without the escapes that are for HTML, and
// use it where a type has no code of its own: for free-form values, unions, types
// with a MarshalJSON. A list, map or byte string that nobody made is empty, not
// null. A value that has no JSON is the server's mistake and makes them panic:
// NaN and infinite numbers, years after 9999, a json.RawMessage that is not JSON.
// So a broken answer is never written to its end: what serves it must recover
// and, where nothing was written yet, answer 500, or else cut the connection.
//
// The errors are *InvalidRequest, whose faults have their places and never
// repeat a value that the client sent, *MediaTypeError and *BodySizeError. One
// cause is one fault: a value of another type, or a string that is not of its
// format, is told that alone, and not that it breaks its other keywords, too. All
// functions are safe for concurrent use.
//
// # What it promises
//
// The validators accept what the specification allows, and nothing else. Beyond
// JSON Schema they refuse: duplicate names (RFC 8259, section 4, leaves them
// open), text after the JSON value, invalid UTF-8 and lone surrogates, unknown or
// repeated parameters, spellings of booleans and numbers that JSON does not have,
// integers beyond 64 bits and numbers beyond a float64, dates that do not exist,
// and objects and arrays nested more than 100 deep. Package proof, below this one,
// holds all of that against other implementations.
//
// No input makes them panic, or take more time or memory than a multiple of its
// length.
//
// # How it works
//
// Generate walks the schemas of the specification and the Go types of
// oapi-codegen side by side, so that its names are oapi-codegen's whatever its
// settings. A type that does not fit its schema stops it, and so does every
// construct that it does not handle: with file, line and JSON Pointer. Of what
// OpenAPI has validators pass over it tells: unknown formats, and what stands
// beside $ref.
//
// A keyword becomes Go in one place: a check of a value that was read in the
// table in checks.go, the structure of values in value.go and members.go.
// What is the same for every specification stands in the package helpers; what
// the output needs of it is copied there, so that the output depends on the
// standard library and github.com/go-json-experiment/json only. It needs Go 1.26.
package validatorgen

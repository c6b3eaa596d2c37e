// Package validatorgen generates Go functions that decode the requests of an
// OpenAPI specification and validate them in the same pass, into the types that
// oapi-codegen generates from the same specification.
//
// # Adding it to a project
//
// In a project whose stubs oapi-codegen generates into the folder api, with the
// settings models, echo-server and strict-server:
//
//	//go:generate go tool oapi-codegen -config api.yaml openapi.yaml
//	//go:generate go run example.com/tasks/cmd/validatorgen -spec openapi.yaml -package api -output api/validate.gen.go
//
// and in the handlers:
//
//	request, err := api.DecodeCreateTask(c.Request())             // POST /tasks
//	request, err := api.DecodeGetTask(c.Request(), c.Param("id")) // GET /tasks/{id}
//
// With the option Routes, a function registers a handler for each operation with a
// router: it decodes the request, calls the service, which implements oapi-codegen's
// StrictServerInterface, and writes the response:
//
//	api.Routes(router, service)
//
// An operation that is skipped gets oapi-codegen's own handler. The page of the command,
// cmd/validatorgen/README.md, leads through a project of that kind. In this module,
// oapi-codegen's stubs call the decoders instead, by the templates in gen/templates.
//
// # Output
//
// For each operation, a function that reads a request and checks its media type,
// size, parameters and body, and reports all faults together:
//
//	func DecodeCreateTask(r *http.Request, …) (CreateTaskRequestObject, error)
//
// Path parameters follow r in the order of the path, as Echo's Param returns them. The
// key x-max-bytes of a request body limits its size in bytes; the default is 1 MiB. The
// key x-pattern-message beside pattern replaces its message.
//
// A body has the type that oapi-codegen gives it. JSON, urlencoded forms and text/plain
// become values. Of others, the handler gets a reader, whose errors are of the types below:
//   - A *multipart.Reader of multipart/form-data checks parts as they are read. Its faults
//     come as errors of NextPart or of reading a part, wrapped. A handler that has read the
//     last part to its end has read a valid form: until then, it must be able to undo what it
//     did. Parts that are not files may have 1 MiB altogether; files are not kept.
//   - Other texts than text/plain are read and checked first, and so is JSON that a range
//     of media types allows, such as */*.
//   - Parts of other multipart types, and all other bytes, are bounded, and not checked.
//
// Members of urlencoded forms are written like query parameters, but objects and arrays of
// them have names with brackets, a[b]=c, as oapi-codegen's clients write them, unless an
// encoding says otherwise. Several texts of one name are an array. An array in a cookie has
// commas, as oapi-codegen reads it. Alternatives of a form have to agree on which members
// are arrays, objects or files.
//
// For each Go type T of JSON request bodies, a function that decodes a JSON text; it is
// named DecodeT2 if an operation is named like T:
//
//	func DecodeNewTask(text []byte) (NewTask, error)
//
// For each operation, what a server needs in order to route it:
//
//	var CreateTaskOperation = Operation{ID: "createTask", …}
//
// With the option Encoders, for each type of JSON response bodies, a function that
// appends one as JSON:
//
//	func AppendTask(b []byte, v *Task) []byte
//
// or, for an array, one that appends a number of its items, so that a long response
// can be written in pieces:
//
//	func AppendTaskList(b []byte, items TaskList, size int) ([]byte, TaskList)
//
// The errors of decoding are *InvalidRequest, *MediaTypeError and *BodySizeError.
// The faults of an InvalidRequest are located, and never repeat a value that the
// client sent. One mistake is one fault: a value of the wrong type, or a string that
// violates its format, is not checked further. All functions are safe for concurrent
// use.
//
// # Alternatives
//
// A value of oneOf, anyOf or not is judged by each alternative, and kept as its text, in
// oapi-codegen's type for it, if exactly one agrees, at least one, or none. If none
// agrees, the faults are those of the alternative that comes closest, and one that says
// which there are. With a discriminator, an object is read by the alternative that it names,
// whose faults are the answer; where nothing else applies to it, it is read only once.
// Alternatives within alternatives multiply: a body is refused if they read more than 64
// times its length, and 64 KiB.
//
// # Guarantees
//
// Generated validators accept what the specification allows, and nothing else.
// Beyond JSON Schema they reject duplicate names (RFC 8259, section 4, leaves them
// open), text after the JSON value, invalid UTF-8 and lone surrogates, unknown and
// repeated parameters, spellings of booleans and numbers that JSON does not have,
// integers beyond 64 bits and numbers beyond a float64, dates that do not exist, and
// objects and arrays nested more than 100 levels deep. Package proof compares all of
// that with other implementations.
//
// No input makes them panic, or take time or memory that is not linear in its
// length.
//
// Encoders write what encoding/json writes without its escapes for HTML, and use it
// for types that they do not handle themselves: free-form values, unions, types with
// a method MarshalJSON. A nil slice or map that is not nullable becomes an empty
// array or object. A value that JSON can't represent is a bug of the server, and
// makes them panic: NaN and infinite numbers, years after 9999, a json.RawMessage
// that is not JSON. So no broken response is completed: a server must recover, and
// answer 500 if it has written nothing yet, and abort the connection otherwise.
//
// # How it works
//
// There are three stages, each a package. Package spec reads the document: aliases,
// merge keys and references are resolved, and OpenAPI 3.0 and 3.1 brought into one
// vocabulary. Package plan walks its schemas and the Go types of oapi-codegen in
// parallel, so that it uses oapi-codegen's names whatever the settings, and decides what
// is read, checked and kept where. It stops at a type that contradicts its schema, and at
// every construct that it does not handle, and reports all of them in one run. It notes
// what OpenAPI lets validators ignore, such as unknown formats, and what a user may not
// expect. Package write prints Go from the plan, with what it needs of package prelude;
// packages route and encode print what stands beside the validators.
//
// Operations can be skipped, by name or where they have problems: they are left to
// oapi-codegen's own stubs, and named in a note and in the output.
//
// A schema without a type allows values of every type. Where oapi-codegen makes a struct,
// a map or a slice of it, only an object or an array is accepted, and a note says so. In
// OpenAPI 3.1, contentEncoding: base64 is checked where oapi-codegen decodes it, and
// readOnly as in 3.0.
//
// The output depends on the standard library and github.com/go-json-experiment/json only,
// and needs Go 1.26. It is type-checked together with the other files of its package.
package validatorgen

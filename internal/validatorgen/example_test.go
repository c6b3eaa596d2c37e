package validatorgen_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"example.com/tasks/internal/validatorgen"
)

// The folder of the output must contain the types that oapi-codegen generates from
// the specification. This example writes them itself.
func ExampleGenerate() {
	const spec = `openapi: 3.0.3
info: { title: Greetings, version: 1.0.0 }
paths:
  /greetings/{language}:
    get:
      operationId: greet
      parameters:
        - { name: language, in: path, required: true, schema: { type: string, enum: [de, en] } }
        - { name: name, in: query, schema: { type: string, maxLength: 40, format: name } }
      responses: { '204': { description: Greeted. } }
`
	const types = `package api

type GreetParams struct {
	Name *string "json:\"name,omitempty\""
}

type GreetRequestObject struct {
	Language string "json:\"language\""
	Params   GreetParams
}
`
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"openapi.yaml": spec, "types.go": types} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			log.Fatal(err)
		}
	}

	source, notes, err := validatorgen.Generate(validatorgen.Options{
		Spec:    filepath.Join(dir, "openapi.yaml"),
		Package: "api",
		Output:  filepath.Join(dir, "validate.gen.go"),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, note := range notes {
		fmt.Printf("line %d: %s\n", note.Line, note.Message)
	}
	for line := range strings.Lines(string(source)) {
		if strings.HasPrefix(line, "func Decode") {
			fmt.Print(line)
		}
	}
	// Output:
	// line 9: the format name is not checked: only byte, date, date-time, duration, email, hostname, ipv4, ipv6, json-pointer, time, uri, uri-reference, uuid are
	// func DecodeGreet(r *http.Request, language string) (v GreetRequestObject, err error) {
}

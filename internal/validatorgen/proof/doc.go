// Package proof holds generated validators against what OpenAPI 3.0 says.
//
// Three judges stand beside the validators. Package meaning is exact and differs
// on no document at all. kin-openapi and, where node is there, Ajv were made by
// others; where they differ, Differences says why and on which documents, and
// nothing else is excused.
//
// The documents are written by hand, a file a keyword, in cases; and made, from
// the schemas of all specifications in specs, by Maker. The JSON Schema Test
// Suite is a third source. go test makes and judges some ten thousands; command
// prove any number:
//
//	go run ./internal/validatorgen/proof/prove -n 1000000
//
// To add a document, add a line to a file of cases. To add schemas, add a folder
// with openapi.yaml and oapi-codegen.yaml to specs. After both, run go generate.
package proof

//go:generate go run ./generate

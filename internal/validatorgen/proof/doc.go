// Package proof holds generated validators against what OpenAPI 3.0 says.
//
// Three judges stand beside the validators. Package meaning is exact and differs
// on no document at all. kin-openapi and, where node is there, Ajv were made by
// others; where they differ, Differences says why and on which documents, and
// nothing else is excused.
//
// The documents are written by hand, a file a keyword, in cases; and made, from
// the schemas of all specifications, by Maker. The JSON Schema Test Suite is a
// third source. go test makes and judges some ten thousands; with -n any number,
// as make prove does.
//
// The validators are made when the tests run, and compiled with them: see
// TestMain. To add a document, add a line to a file of cases. To add schemas, add
// a specification to generate.
package proof

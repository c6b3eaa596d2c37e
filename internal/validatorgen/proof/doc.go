// Package proof compares generated validators with what OpenAPI 3.0 specifies.
//
// Three oracles judge the same documents. Package meaning is exact and never
// differs. kin-openapi and, with node, Ajv are third-party implementations;
// Differences lists where they differ, with the reason and the documents affected,
// and excuses nothing else.
//
// The documents are hand-written, in cases, with a file for each keyword, or made by
// Maker from the schemas of all specifications. The JSON Schema Test Suite is a third
// source. go test judges some ten thousand documents, make prove as many as wanted.
//
// The validators are generated when the tests run: see TestMain. To add a document,
// add a line to a file of cases. To add schemas, add a specification to generate.
package proof

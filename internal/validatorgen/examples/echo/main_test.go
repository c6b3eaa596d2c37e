package main

import (
	"testing"

	"example.org/examples/requests"
)

// TestServer shows that valid requests reach the service, that invalid ones are
// answered with all their faults, and that an operation that is left to oapi-codegen
// is bound by it.
func TestServer(t *testing.T) {
	const json, png = "application/json", "image/png"
	s := requests.Start(t, server())
	s.Send("POST", "/pets", json, `{"name": "Rex", "tag": "dog"}`, 200, `{"id":1,"name":"Rex","tag":"dog"}`)
	s.Send("POST", "/pets", json, `{"name": "Tom", "tag": "cat"}`, 200, `{"id":2,"name":"Tom","tag":"cat"}`)
	s.Send("GET", "/pets?tags=cat&tags=bird", "", "", 200, `[{"id":2,"name":"Tom","tag":"cat"}]`)
	s.Send("GET", "/pets/1", "", "", 200, `{"id":1,"name":"Rex","tag":"dog"}`)
	s.Send("GET", "/pets/%31", "", "", 200, `{"id":1,"name":"Rex","tag":"dog"}`)
	s.Send("PUT", "/pets/1/photo", png, "a picture", 204, "")
	s.Send("DELETE", "/pets/1", "", "", 204, "")
	s.Send("DELETE", "/pets/1", "", "", 404, `{"message":"no pet has this id"}`)

	s.Send("POST", "/pets", json, `{"name": "", "tag": 7}`, 400, `{"faults":[`+
		`{"detail":"name must not be empty","place":"body #/name"},`+
		`{"detail":"tag must be a string","place":"body #/tag"}],`+
		`"message":"name must not be empty; tag must be a string"}`)
	s.Send("GET", "/pets?limit=101&colour=red", "", "", 400, `{"faults":[`+
		`{"detail":"limit must be at most 100","place":"query limit"},`+
		`{"detail":"colour is not a parameter of findPets","place":"query colour"}],`+
		`"message":"limit must be at most 100; colour is not a parameter of findPets"}`)
	s.Send("POST", "/pets", "text/plain", "Rex", 415, `{"message":"the body must be application/json"}`)
	s.Send("GET", "/pets/first", "", "", 400, `{"faults":[{"detail":"id must be an integer","place":"path id"}],"message":"id must be an integer"}`)

	s.Send("PUT", "/pets/0/photo", png, "a picture", 404, `{"message":"no pet has this id"}`) // minimum is 1.
	s.Send("PUT", "/pets/first/photo", png, "a picture", 400, `{"message":"Invalid format for parameter id: error binding string parameter: strconv.ParseInt: parsing \"first\": invalid syntax"}`)
	s.Send("GET", "/cats", "", "", 404, `{"message":"Not Found"}`)
}

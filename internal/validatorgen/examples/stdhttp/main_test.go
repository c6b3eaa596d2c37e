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
	s.Send("POST", "/guests/Ann/entries?language=en", json, `{"text": "Lovely", "stars": 5}`, 201, `{"stars":5,"text":"Lovely"}`)
	s.Send("POST", "/guests/A%2FB%25/entries?language=en", json, `{"text": "Escaped"}`, 201, `{"text":"Escaped"}`)
	s.Send("GET", "/guests/%41nn/entries", "", "", 200, "1")
	s.Send("GET", "/guests/A%2fB%25/entries", "", "", 200, "1")
	s.Send("GET", "/guests/A%252FB%25/entries", "", "", 200, "0")
	s.Send("PUT", "/guests/Ann/signature?width=7", png, "a picture", 204, "")

	s.Send("POST", "/guests/Ann/entries?language=fr", json, `{"stars": 6, "txet": ""}`, 400, `[`+
		`{"In":"body","Name":"","Pointer":"#/text","Detail":"text is required"},`+
		`{"In":"query","Name":"language","Pointer":"","Detail":"language must be one of de, en"},`+
		`{"In":"body","Name":"","Pointer":"#/stars","Detail":"stars must be at most 5"},`+
		`{"In":"body","Name":"","Pointer":"#/txet","Detail":"txet is not a member of Entry; did you mean text?"}]`)
	s.Send("POST", "/guests/Ann/entries?language=en", "text/plain", "Lovely", 415, "the body must be application/json")

	s.Send("PUT", "/guests/Ann/signature?width=0", png, "a picture", 204, "") // minimum is 1.
	s.Send("PUT", "/guests/Ann/signature?width=wide", png, "a picture", 400, `Invalid format for parameter width: error binding string parameter: strconv.ParseInt: parsing "wide": invalid syntax`)
	s.Send("GET", "/visitors", "", "", 404, "404 page not found")
}

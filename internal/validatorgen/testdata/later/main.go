// Command main sends texts to the function that was generated from openapi.yaml.
// TestLater compiles it together with the types and the validators.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// CheckISBN checks the format isbn.
func CheckISBN(s string) error {
	if !strings.HasPrefix(s, "978") {
		return errors.New("must be an ISBN")
	}
	return nil
}

func main() {
	failed := false
	for _, tt := range []struct{ text, want string }{ // What is wanted is the faults, or the text again.
		{`{"text":null}`, ""},
		{`{"text":"ab"}`, ""},
		{`{"text":"a"}`, "text must be at least 2 characters"},
		{`{"bytes":"AQI="}`, ""},
		{`{"bytes":"A"}`, "bytes must be base64"},
		{`{"count":null}`, ""},
		{`{"count":4}`, ""},
		{`{"count":3}`, "count must be more than 3"},
		{`{"part":null}`, ""},
		{`{"part":{"id":7,"name":"x"}}`, ""},
		{`{"part":{"id":8}}`, "id must be one of 7"},
		{`{"either":null}`, ""},
		{`{"either":"none"}`, ""},
		{`{"either":{"id":7}}`, ""},
		{`{"either":"some"}`, "either must be one of none; either must be Part, a string or null; it comes closest to a string"},
		{`{"parts":[null,{"id":7}]}`, ""},
		{`{"parts":[{}]}`, "id is required"},
		{`{"only":"b"}`, ""},
		{`{"only":"a"}`, "only must be one of b"},
		{`{"never":null}`, ""},
		{`{"never":0}`, "never must be null"},
		{`{"beside":{"id":7,"name":"x"}}`, ""},
		{`{"beside":{"id":7}}`, "beside must have at least 2 members"},
		{`{"suit":"H"}`, ""},
		{`{"suit":"C"}`, "suit must be one of S, H"},
		{`{"duration":"P1DT12H"}`, ""},
		{`{"duration":"P2W"}`, ""},
		{`{"duration":"P1DT"}`, "duration must be a duration, such as P1DT12H"},
		{`{"duration":"P1D2W"}`, "duration must be a duration, such as P1DT12H"},
		{`{"time":"12:30:00.5+01:00"}`, ""},
		{`{"time":"24:30:00Z"}`, "time must be a time, such as 15:04:05Z"},
		{`{"pointer":"/a~1b/0"}`, ""},
		{`{"pointer":"a"}`, "pointer must be a JSON Pointer"},
		{`{"link":"../a?b#c"}`, ""},
		{`{"link":"1:b"}`, "link must be a URI or a relative reference"},
		{`{"isbn":"9780000000000"}`, ""},
		{`{"isbn":"x"}`, "isbn must be an ISBN"},
	} {
		v, err := DecodeThing([]byte(tt.text))
		got, want := fmt.Sprint(err), tt.want
		if err == nil {
			text, _ := json.Marshal(v)
			got = string(text)
		}
		if want == "" {
			want = tt.text
		}
		if got != want {
			failed = true
			fmt.Printf("%s is %s, want %s\n", tt.text, got, want)
		}
	}
	if failed {
		os.Exit(1)
	}
}

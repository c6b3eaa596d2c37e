// Command main sends requests to the functions that were generated from openapi.yaml.
// TestFront compiles it together with the types and the validators.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
)

// decode calls a function for an operation without path parameters.
func decode[T any](f func(*http.Request) (T, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) { return f(r) }
}

func main() {
	nameless := func(r *http.Request) (any, error) { return DecodeGetNamelessSomeId(r, r.URL.Path[1:]) }
	order := func(r *http.Request) (any, error) {
		parts := strings.Split(r.URL.Path[1:], "/")
		return DecodeOrder(r, parts[0], parts[1])
	}
	failed := false
	for _, tt := range []struct {
		name       string
		decode     func(*http.Request) (any, error)
		path, body string
		want       string // The faults, or what is expected in the value.
	}{
		{"an aliased schema", decode(DecodeAlias), "/", `{"name": "x"}`, "name must be at least 2 characters"},
		{"a body with an aliased schema", decode(DecodeAlias), "/", `{}`, "name is required"},
		{"a merged member", decode(DecodeMerge), "/", `{"name": "abcde"}`, "name must be at most 4 characters"},
		{"a member of its own before a merged one", decode(DecodeMerge), "/", `{"count": 3}`, "count must be at least 5"},
		{"no member of the merge key's name", decode(DecodeMerge), "/", `{"<<": 1}`, "a member of the body is unknown to the body"},
		{"the first of merged mappings", decode(DecodeMerge), "/", `{"more": "a"}`, "more must be at least 2 characters"},
		{"the second of merged mappings", decode(DecodeMerge), "/", `{"more": "ba"}`, "more must match ^a"},
		{"a key of its own before merged ones", decode(DecodeMerge), "/", `{"more": "aaaa"}`, "more must be at most 3 characters"},
		{"a path item by reference", decode(DecodeReferred), "/", `{"name": 1}`, "name must be a string"},
		{"a request body by reference", decode(DecodeBody), "/", `{"count": 0, "name": "ab"}`, "count must be at least 1"},
		{"a JSON text of a referred body's schema", func(*http.Request) (any, error) { return DecodeNamed([]byte(`{}`)) }, "/", "", "name is required"},
		{"a parameter by two references", decode(DecodeParameter), "/?word=x", "", "word must be at least 2 characters"},
		{"a required parameter by reference", decode(DecodeParameter), "/", "", "word is required"},
		{"defaults", decode(DecodeDefaults), "/", "", `{"date":"2024-02-29","at":"2024-02-29T12:30:00.5+01:00","id":"01a1fad3-ad48-7151-805e-a9c5b9d8f26a","mail":"a@example.com","bytes":"AQI=","word":"b","long":50,"double":2,"single":0.5,"short":3,"yes":true,"longs":[7],"few":[1,2],"list":["x"]}`},
		{"parameters before defaults", decode(DecodeDefaults), "/?date=2023-01-01&few=3&few=4&few=5&list=y,z&bytes=", "", `{"date":"2023-01-01","at":"2024-02-29T12:30:00.5+01:00","id":"01a1fad3-ad48-7151-805e-a9c5b9d8f26a","mail":"a@example.com","bytes":"","word":"b","long":50,"double":2,"single":0.5,"short":3,"yes":true,"longs":[7],"few":[3,4,5],"list":["y","z"]}`},
		{"an operationId that differs in case", decode(DecodeGetcase), "/?a=x", "", "a must be at least 2 characters"},
		{"the other", decode(DecodeGetCase), "/?b=x", "", "b must be at least 2 characters"},
		{"not its neighbour's parameter", decode(DecodeGetCase), "/?a=xx", "", "a is not a parameter of getCase"},
		{"an operationId that begins with a digit", decode(DecodeN2fa), "/?a=x", "", "a must be at least 2 characters"},
		{"an operation without operationId", nameless, "/x", "", "some-id must be at least 2 characters"},
		{"path parameters in the order of the path", order, "/a/b", "", `{"first":"a","second":"b"}`},
		{"path parameters in another order", order, "/b/a", "", "first must be one of a; second must be one of b"},
		{"the index of an item", decode(DecodeItems), "/?tag=ab&n=1&tag=x", "", "tag[1] must be at least 2 characters"},
		{"the index of an item of another type", decode(DecodeItems), "/?n=1&n=x", "", "n[1] must be an integer"},
		{"the number of items", decode(DecodeItems), "/?tag=ab&tag=ab&tag=ab&tag=ab", "", "tag must have at most 3 items"},
		{"an untyped object", decode(DecodeUntyped), "/", `{"inner": {"b": "x"}, "list": [1, "x"]}`, "a is required; b must be an integer; list[1] must be an integer"},
		{"another type than an untyped object's", decode(DecodeUntyped), "/", `"x"`, "the body must be an object"},
		{"nullable beside allOf", decode(DecodeNulls), "/", `{"strict": null}`, "strict must be a string"},
		{"nullable in allOf", decode(DecodeNulls), "/", `{"loose": null}`, `{}`},
		{"a number beyond float32", decode(DecodeNumbers), "/", `{"float": 1e39}`, "float must fit in 32 bits"},
		{"an integer beyond 8 bits", decode(DecodeNumbers), "/", `{"small": 128}`, "small must fit in 8 bits"},
		{"an unsigned integer", decode(DecodeNumbers), "/", `{"positive": -1}`, "positive must be at least 0"},
		{"a bound in hexadecimal", decode(DecodeNumbers), "/", `{"above": 16}`, "above must be more than 16"},
		{"a unit without its zero", decode(DecodeNumbers), "/", `{"tenth": 0.25}`, "tenth must be a multiple of 0.1"},
		{"a named alternative", decode(DecodePets), "/", `{"one": {"lives": 9, "kind": "cat", "name": 1}}`, `{"one":{"lives":9,"kind":"cat","name":1}}`},
		{"the faults of a named alternative alone", decode(DecodePets), "/", `{"one": {"kind": "hound", "name": "x", "lives": 10}}`, "name must be at least 2 characters"},
		{"an alternative named by its component", decode(DecodePets), "/", `{"many": [{"kind": "Dog", "name": "Rex"}]}`, `{"many":[{"kind":"Dog","name":"Rex"}]}`},
		{"an alternative whose name has an escape", decode(DecodePets), "/", `{"many": [{"lives": 1, "k\u0069nd": "c\u0061t"}]}`, `{"many":[{"lives":1,"k\u0069nd":"c\u0061t"}]}`},
		{"no alternative of this name", decode(DecodePets), "/", `{"one": {"kind": "bird"}}`, "kind must be one of cat, Cat, hound, Dog"},
		{"no name of an alternative", decode(DecodePets), "/", `{"many": [{"x": {"kind": "cat"}}]}`, "kind is required"},
		{"no text as a name", decode(DecodePets), "/", `{"one": {"kind": ["cat"]}}`, "kind must be one of cat, Cat, hound, Dog"},
		{"another type than the alternatives'", decode(DecodePets), "/", `{"one": "cat"}`, "one must be an object"},
		{"alternatives in a map", decode(DecodePets), "/", `{"more": {"a": "x", "b": 1, "c": null}}`, `{"more":{"a":"x","b":1,"c":null}}`},
		{"a wrong one in a map", decode(DecodePets), "/", `{"more": {"a": true}}`, "a must be a string or an integer or null"},
		{"alternatives within alternatives", decode(DecodePets), "/", `{"tree": {"left": {"left": 1}, "right": 2}}`, `{"tree":{"left":{"left":1},"right":2}}`},
		{"faults of the closest", decode(DecodePets), "/", `{"tree": {"left": {"left": true}, "right": 2, "x": 1}}`, "left must be an integer, an object or an object with left; tree must be an integer, an object or an object with left; it comes closest to an object with left"},
		{"too many within alternatives", decode(DecodePets), "/", `{"tree": ` + strings.Repeat(`{"left": `, 60) + "true" + strings.Repeat("}", 61), "tree has too many alternatives within alternatives to be judged"},
		{"members beside alternatives", decode(DecodePets), "/", `{"both": {"id": 1, "a": 2}}`, `{"both":{"a":2,"id":1}}`},
		{"both alternatives", decode(DecodePets), "/", `{"both": {"id": 1, "a": 2, "b": 3}}`, "both must be only one of an alternative with a or an alternative with b"},
		{"what is forbidden", decode(DecodePets), "/", `{"both": {"id": 1, "a": 2, "c": 3}}`, "both must not be what the schema forbids"},
		{"a wrong member beside alternatives", decode(DecodePets), "/", `{"both": {"id": "1"}}`, "id must be an integer"},
		{"a forbidden text", decode(DecodePets), "/", `{"rare": "dog"}`, "rare must not be what the schema forbids"},
		{"another text", decode(DecodePets), "/", `{"rare": "ant"}`, `{"rare":"ant"}`},
		{"allOf with alternatives", decode(DecodePets), "/", `{"quiet": {"kind": "cat", "lives": 10}}`, "lives must be at most 9"},
		{"allOf beside alternatives", decode(DecodePets), "/", `{"quiet": {"kind": "cat", "lives": 1, "noise": 3}}`, "noise must be at most 0"},
		{"a parameter of alternatives", decode(DecodeOptions), "/?id=7&word=y", "", `{"id":7,"word":"y"}`},
		{"a parameter of the other", decode(DecodeOptions), "/?id=01a1fad3-ad48-7151-805e-a9c5b9d8f26a", "", `{"id":"01a1fad3-ad48-7151-805e-a9c5b9d8f26a"}`},
		{"a parameter of none", decode(DecodeOptions), "/?id=0&word=x", "", "id must be at least 1; id must be an integer or a string; it comes closest to an integer; word must not be what the schema forbids"},
		{"a body of alternatives", decode(DecodeChoice), "/", `"abc"`, `"abc"`},
		{"faults of the alternative of the type", decode(DecodeChoice), "/", `10`, "the body must be at most 9; the body must be a string, an integer or Cat; it comes closest to an integer"},
		{"a body that is no alternative", decode(DecodeChoice), "/", `[]`, "the body must be a string, an integer or Cat"},
		{"a body that is not JSON", decode(DecodeChoice), "/", `{"lives": 1`, "the body is not complete JSON: it ends in the middle of a value"},
	} {
		r := httptest.NewRequest(http.MethodPost, tt.path, strings.NewReader(tt.body))
		if tt.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		v, err := tt.decode(r)
		got := fmt.Sprint(err)
		if err == nil {
			text, _ := json.Marshal(v)
			got = string(text)
		}
		if !strings.Contains(got, tt.want) || err != nil && got != tt.want {
			failed = true
			fmt.Printf("%s: %s %s is %s, want %s\n", tt.name, tt.path, tt.body, got, tt.want)
		}
	}
	if o := ItemsAlias0Operation; o.Path != "/path-alias" || o.Method != http.MethodGet {
		failed = true
		fmt.Println("the operation of a path that refers to another is", o)
	}
	if failed {
		os.Exit(1)
	}
}

// Command main compares what encoders write with what encoding/json writes.
// TestResponsesOfEveryType compiles it together with the types and the encoders.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"
)

var failed = false

// MarshalText makes the encoders use encoding/json for the type.
func (e TaskEnumNamed) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "number %d", e), nil }

func main() {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		task, list := new(GetTask200JSONResponse), new(ListTasks200JSONResponse)
		compare(r, task, task.VisitGetTaskResponse)
		compare(r, list, list.VisitListTasksResponse)
		for _, response := range []GetInPlaceResponseObject{
			&GetInPlace200JSONResponse{}, &GetInPlace201JSONResponse{}, &GetInPlace202JSONResponse{},
			&GetInPlace203JSONResponse{}, &GetInPlace206JSONResponse{}, &GetInPlace207JSONResponse{},
			&GetInPlace400ApplicationProblemPlusJSONResponse{}, &GetInPlace404JSONResponse{}, &GetInPlace409JSONResponse{},
		} {
			compare(r, response, response.VisitGetInPlaceResponse)
		}
	}
	neverNull()
	panics("a number that is none", func(t *Task) { t.NumberDouble = math.NaN() })
	panics("an infinite number", func(t *Task) { t.Number = float32(math.Inf(1)) })
	panics("a year of five digits", func(t *Task) { t.DateTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) })
	panics("text that is not JSON", func(t *Task) { t.JSON = json.RawMessage("{") })
	if failed {
		os.Exit(1)
	}
}

func fail(format string, args ...any) {
	failed = true
	fmt.Printf(format+"\n", args...)
}

// compare fails if a response with a random body is not written as encoding/json
// writes the body.
func compare(r *rand.Rand, response any, visit func(http.ResponseWriter) error) {
	body := reflect.ValueOf(response).Elem().FieldByName("Body")
	fill(r, body, 4)
	w := httptest.NewRecorder()
	if err := visit(w); err != nil {
		fail("%T: %v", response, err)
	}
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	if err := e.Encode(body.Addr().Interface()); err != nil {
		fail("%T: %v", response, err)
	}
	if got := w.Body.String(); got != want.String() {
		fail("%T is written as\n%s\nwant\n%s", response, got, &want)
	}
}

// fill sets v to a random value, in which slices and maps are not nil.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Unix(r.Int64N(1<<36), r.Int64N(1e9)).In(time.FixedZone("", r.IntN(24*60)*60))
		return
	case *openapi_types.Date:
		p.Time = time.Unix(r.Int64N(1<<36), 0)
		return
	case *openapi_types.Email:
		*p = "a@example.com"
		return
	case *openapi_types.File:
		p.InitFromBytes([]byte(text(r)), "x")
		return
	case *json.RawMessage:
		*p = json.RawMessage(`{"<b>": [1.50, "é\u2028"]}`)
		return
	case json.Unmarshaler:
		if v.Kind() == reflect.Struct && v.NumField() == 1 && v.Type().Field(0).Name == "union" {
			if err := p.UnmarshalJSON([]byte(`"<text>"`)); err != nil {
				panic(err)
			}
			return
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> (64 - v.Type().Bits()) >> r.IntN(v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> (64 - v.Type().Bits()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(number(r))
	case reflect.String:
		v.SetString(text(r))
	case reflect.Interface:
		some := []any{nil, true, number(r), text(r), []any{text(r), nil}, map[string]any{text(r): []any{}, text(r): 1.0}}
		if x := some[r.IntN(len(some))]; x != nil {
			v.Set(reflect.ValueOf(x))
		}
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem(), depth)
		}
	case reflect.Slice:
		n := r.IntN(max(depth, 1))
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(r, v.Index(i), depth-1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i), depth)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(max(depth, 1)) {
			item := reflect.New(v.Type().Elem()).Elem()
			fill(r, item, depth-1)
			v.SetMapIndex(reflect.ValueOf(text(r)), item)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), depth)
		}
	default:
		panic(v.Type())
	}
}

func text(r *rand.Rand) string {
	some := []string{"", "a", "Learn WSGI", "<a href='&'>", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "\ufffdé\U0001F600"}
	return some[r.IntN(len(some))] + some[r.IntN(len(some))]
}

func number(r *rand.Rand) float64 {
	some := []float64{0, math.Copysign(0, -1), 1, -1.5, 0.1, 1e-6, 9.99999e-7, 1e-7, 1e20, 1e21, -1e21, 123456789, 3.4e38, 1e-45, math.Pi, math.SmallestNonzeroFloat32, 1 << 53}
	return some[r.IntN(len(some))]
}

// neverNull fails if a nil slice or map is written as null.
func neverNull() {
	task := Task{Email: "a@example.com", JSON: json.RawMessage(`"x"`)}
	text := string(AppendTask(nil, &task))
	for _, want := range []string{`"array":[]`, `"map":{}`, `"byte":""`, `"arrayOfLists":[]`, `"object":{}`, `"stringNullable":null`, `"any":null`} {
		if !strings.Contains(text, want) {
			fail("a task that has nothing is written as %s, without %s", text, want)
		}
	}
}

// panics fails unless WriteJSON panics, before it writes anything, with a task that
// JSON can't represent.
func panics(what string, change func(*Task)) {
	response := &GetTask200JSONResponse{}
	fill(rand.New(rand.NewPCG(3, 4)), reflect.ValueOf(&response.Body).Elem(), 4)
	change(&response.Body)
	w := httptest.NewRecorder()
	defer func() {
		if _, ok := recover().(error); !ok || w.Body.Len() > 0 {
			fail("%s: no panic with an error, and %d bytes written", what, w.Body.Len())
		}
	}()
	_ = response.VisitGetTaskResponse(w)
}

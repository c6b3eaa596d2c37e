package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/tasks/gen"
	"example.com/tasks/gen/api"
)

// BenchmarkValidate measures decoding and checking a request, by the generated code
// and by alternatives.
func BenchmarkValidate(b *testing.B) {
	good := []byte(`{"title": "Learn WSGI", "done": true}`)
	bad := []byte(`{"titel": "Learn WSGI", "done": "yes"}`) // title is missing, too.
	doc, err := openapi3.NewLoader().LoadFromData(gen.YAML)
	if err != nil {
		b.Fatal(err)
	}
	schema := doc.Components.Schemas["NewTask"].Value
	const id = "01890a5d-ac96-774b-bcce-b302099a8057"
	list, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "/tasks", nil)
	if err != nil {
		b.Fatal(err)
	}
	paged := list.Clone(b.Context())
	paged.URL.RawQuery = "limit=10&after=" + id + "&order=desc&done=true"
	for _, c := range []struct {
		request, by string
		read        func() error
	}{
		{"createTask", "json, unchecked", func() error { return unchecked(good) }},
		{"createTask", "generated", func() error { _, err := api.DecodeNewTask(good); return err }},
		{"createTask", "kin-openapi", func() error { return byKin(schema, good) }},
		{"createTask, three faults", "generated", func() error { _, err := api.DecodeNewTask(bad); return err }},
		{"createTask, three faults", "kin-openapi", func() error { return byKin(schema, bad) }},
		{"listTasks", "generated", func() error { _, err := api.DecodeListTasks(list); return err }},
		{"listTasks, four parameters", "generated", func() error { _, err := api.DecodeListTasks(paged); return err }},
		{"getTask", "generated", func() error { _, err := api.DecodeGetTask(list, id); return err }},
	} {
		b.Run("request="+c.request+"/reader="+c.by, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.read(); (err != nil) != strings.HasSuffix(c.request, "faults") {
					b.Fatal(err)
				}
			}
		})
	}
}

func unchecked(body []byte) error {
	var v api.NewTask
	return json.Unmarshal(body, &v)
}

// byKin decodes a NewTask the usual way: into maps, which it checks, and again.
func byKin(schema *openapi3.Schema, body []byte) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	if err := schema.VisitJSON(value, openapi3.VisitAsRequest(), openapi3.MultiErrors()); err != nil {
		return err
	}
	return unchecked(body)
}

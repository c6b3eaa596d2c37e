package validatorgen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// What each part of a specification may have beside extensions. Everything
// else stops the generator, so that no rule is passed over.
var (
	annotations     = []string{"description", "summary", "title", "example", "examples", "deprecated", "externalDocs", "tags", "xml"}
	pathItemKeys    = append([]string{"parameters", "get", "put", "post", "delete", "options", "head", "patch", "trace"}, annotations...)
	operationKeys   = append([]string{"operationId", "parameters", "requestBody", "responses", "security"}, annotations...)
	parameterKeys   = append([]string{"name", "in", "required", "schema", "style", "explode"}, annotations...)
	requestBodyKeys = append([]string{"required", "content"}, annotations...)
	mediaTypeKeys   = append([]string{"schema"}, annotations...)
	schemaKeys      = append([]string{"type", "nullable", "enum", "allOf", "readOnly", "writeOnly", "default"}, annotations...)
)

// keywords are those that are about values of one type. The keywords of numbers
// are also those of integers.
var keywords = map[string][]string{
	"array":   {"items", "minItems", "maxItems", "uniqueItems"},
	"boolean": nil,
	"number":  {"format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
	"object":  {"properties", "required", "additionalProperties", "minProperties", "maxProperties"},
	"string":  {"format", "minLength", "maxLength", "pattern"},
}

// instead says what to do about keywords that there is no Go for.
var instead = map[string]string{
	"oneOf":         "a choice of schemas has no Go type that holds what was checked: make an operation or a member of each alternative",
	"anyOf":         "a choice of schemas has no Go type that holds what was checked: make an operation or a member of each alternative",
	"not":           "say what is allowed, by enum, pattern or bounds",
	"discriminator": "make an operation or a member of each alternative",
	"content":       "give the parameter a schema, or move it into the body",
	"allowReserved": "have clients escape reserved characters",
}

// audit stops at a key of the mapping at a place that is neither known nor an
// extension.
func (g *generator) audit(at string, known ...[]string) {
	for _, key := range g.keys(at) {
		if slices.Contains(slices.Concat(known...), key) || strings.HasPrefix(key, "x-") {
			continue
		}
		advice := instead[key]
		if advice == "" {
			advice = "express it otherwise, or remove it if it says nothing"
		}
		g.fail(join(at, key), "%s is not handled here, and must not be ignored: %s", key, advice)
	}
}

// schema is a schema and where it stands.
type schema struct {
	*openapi3.Schema
	at   string // Its pointer.
	name string // As a component; "" where it stands in place.
}

// rules are schemas that all apply to the same values: one, and those of its
// allOf.
type rules []schema

// rules follows references and takes allOf apart. What stands beside a
// reference is noted, since OpenAPI 3.0 ignores it.
func (g *generator) rules(ref *openapi3.SchemaRef, at string) rules {
	s := schema{ref.Value, at, ""}
	if ref.Ref != "" {
		if !strings.HasPrefix(ref.Ref, "#/components/schemas/") {
			g.fail(at, "a reference must be to #/components/schemas/…")
		}
		for _, key := range g.keys(at) {
			if key != "$ref" && !slices.Contains(annotations, key) && !strings.HasPrefix(key, "x-") {
				g.note(join(at, key), "OpenAPI ignores what stands beside $ref: use allOf to add to a schema")
			}
		}
		s.at = ref.Ref
		for next := g.node(join(s.at, "$ref")); next != nil; next = g.node(join(s.at, "$ref")) {
			s.at = next.Value // A component that is only another one's name.
		}
		s.name = strings.TrimPrefix(s.at, "#/components/schemas/")
	}
	if slices.Contains(g.inside, "allOf of "+s.at) {
		g.fail(s.at, "allOf leads back to the schema itself")
	}
	g.inside = append(g.inside, "allOf of "+s.at)
	rs := rules{s}
	for i, part := range s.AllOf {
		rs = append(rs, g.rules(part, join(s.at, "allOf", strconv.Itoa(i)))...)
	}
	g.inside = g.inside[:len(g.inside)-1]
	return rs
}

// valueType returns the type of the values, "" where they may be of any. It stops
// where there is no such type, and at keywords that are about others.
func (g *generator) valueType(rs rules) string {
	valueType := ""
	for _, s := range rs {
		if s.Type == nil {
			continue
		}
		switch k := (*s.Type)[0]; {
		case valueType == "" || valueType == "number" && k == "integer":
			valueType = k
		case k != valueType && (valueType != "integer" || k != "number"):
			g.fail(s.at, "no value is both %s and %s", valueType, k)
		}
	}
	known := keywords[numeric(valueType)]
	if valueType == "" {
		known = slices.Concat(keywords["array"], keywords["number"], keywords["object"], keywords["string"])
	}
	for _, s := range rs {
		g.audit(s.at, schemaKeys, known)
	}
	return valueType
}

// numeric returns the type whose keywords apply to a type.
func numeric(valueType string) string {
	if valueType == "integer" {
		return "number"
	}
	return valueType
}

// nullable reports whether null is a value. Without a type it is one like any
// other.
func (rs rules) nullable() bool {
	return !slices.ContainsFunc(rs, func(s schema) bool { return s.Type != nil && !s.Nullable })
}

// readOnly reports whether requests must not have the value.
func (rs rules) readOnly() bool {
	return slices.ContainsFunc(rs, func(s schema) bool { return s.ReadOnly })
}

// has reports whether one of the schemas has one of the keywords.
func (g *generator) has(rs rules, keywords ...string) bool {
	return slices.ContainsFunc(rs, func(s schema) bool {
		return slices.ContainsFunc(g.keys(s.at), func(key string) bool { return slices.Contains(keywords, key) })
	})
}

// component returns the one component that the rules are, and whether there is
// one: schemas that only wrap it don't count.
func (g *generator) component(rs rules) (schema, bool) {
	rest := slices.DeleteFunc(slices.Clone(rs), func(s schema) bool {
		return len(s.AllOf) > 0 && !slices.ContainsFunc(g.keys(s.at), func(key string) bool {
			return key != "allOf" && !slices.Contains(annotations, key) && !strings.HasPrefix(key, "x-")
		})
	})
	if len(rest) != 1 || rest[0].name == "" {
		return schema{}, false
	}
	return rest[0], true
}

// title is what the schema is called: as a component, or else by what it is for.
func (rs rules) title() string {
	if rs[0].name != "" {
		return rs[0].name
	}
	tokens := strings.Split(rs[0].at, "/")
	for i := len(tokens) - 1; i > 0; i-- {
		if _, err := strconv.Atoi(tokens[i]); err != nil && tokens[i] != "schema" && tokens[i] != "items" {
			return unescape(tokens[i])
		}
	}
	return rs[0].at
}

// format returns the format of the values, "" where there is none that is
// known. An unknown one is an annotation, and noted.
func (g *generator) format(rs rules, known ...string) string {
	found := ""
	for _, s := range rs {
		switch {
		case s.Format == "":
		case !slices.Contains(known, s.Format):
			g.note(join(s.at, "format"), "the format "+s.Format+" is not checked: only "+strings.Join(known, ", ")+" are")
		case found != "" && found != s.Format:
			g.fail(join(s.at, "format"), "a value can't be both %s and %s", found, s.Format)
		default:
			found = s.Format
		}
	}
	return found
}

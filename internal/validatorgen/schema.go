package validatorgen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The keys that each part of a specification may have beside extensions. Any other
// key stops the generator, so that no rule is ignored.
var (
	annotations     = []string{"description", "summary", "title", "example", "examples", "deprecated", "externalDocs", "tags", "xml"}
	pathItemKeys    = append([]string{"parameters", "get", "put", "post", "delete", "options", "head", "patch", "trace"}, annotations...)
	operationKeys   = append([]string{"operationId", "parameters", "requestBody", "responses", "security"}, annotations...)
	parameterKeys   = append([]string{"name", "in", "required", "schema", "style", "explode"}, annotations...)
	requestBodyKeys = append([]string{"required", "content"}, annotations...)
	mediaTypeKeys   = append([]string{"schema"}, annotations...)
	schemaKeys      = append([]string{"type", "nullable", "enum", "allOf", "readOnly", "writeOnly", "default"}, annotations...)
)

// keywords lists the keywords that apply to the values of one type. Those of
// numbers apply to integers, too.
var keywords = map[string][]string{
	"array":   {"items", "minItems", "maxItems", "uniqueItems"},
	"boolean": nil,
	"number":  {"format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
	"object":  {"properties", "required", "additionalProperties", "minProperties", "maxProperties"},
	"string":  {"format", "minLength", "maxLength", "pattern"},
}

// instead says what to do instead of using a key that is not handled.
var instead = map[string]string{
	"oneOf":         "a choice of schemas has no Go type that holds what was checked: make an operation or a member of each alternative",
	"anyOf":         "a choice of schemas has no Go type that holds what was checked: make an operation or a member of each alternative",
	"not":           "say what is allowed, by enum, pattern or bounds",
	"discriminator": "make an operation or a member of each alternative",
	"content":       "give the parameter a schema, or move it into the body",
	"allowReserved": "have clients escape reserved characters",
}

// audit stops at a key of a mapping that is neither known nor an extension.
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

// schema is a schema and its place.
type schema struct {
	*openapi3.Schema
	at   string // A pointer.
	name string // As a component; "" for an inline schema.
}

// rules are schemas that all apply to the same value: one, and those in its allOf.
type rules []schema

// rules resolves references and flattens allOf. It notes keys beside a reference,
// since OpenAPI 3.0 ignores them.
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
			s.at = next.Value // A component that only refers to another.
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

// valueType returns the type of the values, or "" if they may be of any type. It
// stops if the schemas contradict each other, and at keywords of other types.
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

// numeric returns the type under which keywords lists those of a type.
func numeric(valueType string) string {
	if valueType == "integer" {
		return "number"
	}
	return valueType
}

// nullable reports whether null is valid. Without a type it is, like any value.
func (rs rules) nullable() bool {
	return !slices.ContainsFunc(rs, func(s schema) bool { return s.Type != nil && !s.Nullable })
}

// readOnly reports whether the value is forbidden in requests.
func (rs rules) readOnly() bool {
	return slices.ContainsFunc(rs, func(s schema) bool { return s.ReadOnly })
}

// has reports whether any of the schemas has any of the keywords.
func (g *generator) has(rs rules, keywords ...string) bool {
	return slices.ContainsFunc(rs, func(s schema) bool {
		return slices.ContainsFunc(g.keys(s.at), func(key string) bool { return slices.Contains(keywords, key) })
	})
}

// component returns the component that the rules consist of, apart from schemas
// that only wrap it, and whether there is one.
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

// title returns the name of the component, or else that of what has the schema.
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

// format returns the format of the values, or "" if they have none of the known
// ones. An unknown format is an annotation, which format notes.
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

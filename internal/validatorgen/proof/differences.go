package proof

import (
	"bytes"
	"cmp"
	"maps"
	"math/big"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// Difference says why an oracle may differ from generated validators, and on which
// documents or requests. Package meaning never differs.
type Difference[T any] struct {
	Name    string
	Oracles string // "kin", "ajv" or both.
	Reason  string
	// Ignores reports whether the oracle ignores a fault. It may accept a document
	// that we reject if it ignores all its faults.
	Ignores func(d T, f meaning.Fault) bool
	// Rejects reports whether the oracle may reject a document that is valid.
	Rejects func(d T) bool
	// Examples are minimal documents on which the two differ, by the schemas of the
	// cases, or minimal requests, by the operations: a query after ?, a header, or a body
	// after its media type.
	Examples map[string]string
}

// rule returns a function that reports whether a fault violates one of the rules.
func rule(rules ...string) func(*Document, meaning.Fault) bool {
	return func(_ *Document, f meaning.Fault) bool { return slices.Contains(rules, f.Rule) }
}

// Differences are all differences about documents.
var Differences = []Difference[*Document]{
	{
		Name: "a name twice", Oracles: "kin ajv",
		Reason:   "RFC 8259, section 4, leaves the meaning open. They keep the last member, and ignore the faults of the others.",
		Ignores:  func(d *Document, _ meaning.Fault) bool { return d.Value != nil && d.Value.Any(repeats) },
		Examples: map[string]string{"TypeObject": `{"a":1,"a":1}`},
	},
	{
		Name: "text after the value", Oracles: "kin",
		Reason:   "It reads the first value of the body and ignores the rest.",
		Ignores:  rule(meaning.ErrTrailing.Error()),
		Examples: map[string]string{"TypeObject": `{}x`},
	},
	{
		Name: "invalid UTF-8", Oracles: "kin",
		Reason:   "RFC 8259, section 8.1, allows UTF-8 only; encoding/json replaces invalid bytes by U+FFFD.",
		Ignores:  rule(meaning.ErrUTF8.Error()),
		Examples: map[string]string{"TypeString": "\"\xff\""},
	},
	{
		Name: "a lone surrogate", Oracles: "kin ajv",
		Reason:   "It encodes no character (RFC 8259, section 8.2). encoding/json replaces it by U+FFFD, and JavaScript's strings can contain it.",
		Ignores:  rule(meaning.ErrSurrogate.Error()),
		Examples: map[string]string{"TypeString": `"\ud800"`},
	},
	{
		Name: "nesting", Oracles: "kin ajv",
		Reason:   "Ours stops at 100 levels, to limit recursion.",
		Ignores:  rule("depth"),
		Examples: map[string]string{"TypeNone": strings.Repeat("[", 101) + strings.Repeat("]", 101)},
	},
	{
		Name: "numbers beyond Go's", Oracles: "kin ajv",
		Reason:   "Ours must fit in 64 bits, or in 32 where the format says so. kin-openapi confuses 2^63 with 2^63-1, and checks nothing without a format or keywords; Ajv's int64 is any integer, and its float any number.",
		Ignores:  rule("range"),
		Examples: map[string]string{"TypeInteger": "9223372036854775808"},
	},
	{
		Name: "float64", Oracles: "kin ajv",
		Reason: "They round numbers to 53 bits. That makes no difference for at most 15 digits, including those of multipleOf.",
		Ignores: func(d *Document, f meaning.Fault) bool {
			return d.Value != nil && d.Value.Any(isLong) ||
				f.Rule == "multipleOf" && digits(meaning.Exact(f.Value.Text))+digits(*f.Schema.MultipleOf) > 15
		},
		Rejects:  func(d *Document) bool { return d.Value.Any(isLong) },
		Examples: map[string]string{"MinimumBig": "9007199254740992", "MaximumExclusiveAtInt64": "9223372036854775806"},
	},
	{
		Name: "days and hours that do not exist", Oracles: "kin",
		Reason:   "It checks the form of dates only, not the lengths of months; it accepts leap seconds, which Go's time.Time has not, and any offset.",
		Ignores:  func(_ *Document, f meaning.Fault) bool { return kinAcceptsDate(f) },
		Examples: map[string]string{"FormatDate": `"2023-02-29"`, "FormatDateTime": `"2016-12-31T23:59:60Z"`},
	},
	{
		Name: "t and z", Oracles: "kin",
		Reason: "RFC 3339, section 5.6, allows T and Z in either case; it accepts capitals only.",
		Rejects: func(d *Document) bool {
			return d.Value.Any(func(v *meaning.Value, _ int) bool { return v.Kind == '"' && kinRejectsDate(v.Text) })
		},
		Examples: map[string]string{"FormatDateTime": `"2024-01-01t00:00:00z"`},
	},
	{
		Name: "base64", Oracles: "kin",
		Reason: "It also accepts any padding and the alphabet of RFC 4648, section 5.",
		Ignores: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "format" && kinByte.MatchString(f.Value.Text)
		},
		Examples: map[string]string{"FormatByte": `"YQ"`},
	},
	{
		Name: "null without a type", Oracles: "kin",
		Reason:   "In OpenAPI 3.0.3, nullable concerns typed schemas only; it rejects null unless a schema has nullable.",
		Rejects:  func(d *Document) bool { return d.Value.Any(isNull) },
		Examples: map[string]string{"TypeNone": "null", "EnumNullOnly": "null"},
	},
	{
		Name: "null before all else", Oracles: "kin",
		Reason: "If a schema has nullable, it accepts null without checking enum and allOf.",
		Ignores: func(_ *Document, f meaning.Fault) bool {
			return (f.Rule == "enum" || f.Rule == "nullable") && f.Value.Kind == 'n'
		},
		Examples: map[string]string{"NullableEnumWithoutNull": "null", "AllOfNullableOutside": "null"},
	},
	{
		Name: "null that is read-only", Oracles: "kin",
		Reason: "It rejects read-only members only if they are not null.",
		Ignores: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "readOnly" && f.Value.Kind == 'n'
		},
		Examples: map[string]string{"ReadOnlyNullable": `{"id":null}`},
	},
	{
		Name: "read-only in OpenAPI 3.1", Oracles: "kin",
		Reason:   "OpenAPI 3.1.1 leaves open whether readOnly is checked (section Validating readOnly and writeOnly); it does not, and demands what is required whether it is read-only or not. Ours is as in 3.0.",
		Ignores:  func(d *Document, f meaning.Fault) bool { return f.Rule == "readOnly" && d.Subject.later() },
		Rejects:  func(d *Document) bool { return slices.Contains(d.Subject.Keywords, "readOnly") && d.Subject.later() },
		Examples: map[string]string{"ReadOnlyLater": `{"id":1,"name":"x"}`},
	},
	{
		Name: "equal items", Oracles: "kin",
		Reason: "uniqueItems compares values, and it compares texts: to it, 1 and 1.0 differ.",
		Ignores: func(d *Document, f meaning.Fault) bool {
			return f.Rule == "uniqueItems" && f.Value.Any(spelledOtherwise)
		},
		Examples: map[string]string{"UniqueAny": "[1,1.0]"},
	},
	{
		Name: "names of components", Oracles: "kin",
		Reason:  "By a discriminator without a mapping, it selects nothing, and judges all alternatives; with one, it knows no other names.",
		Ignores: func(d *Document, _ meaning.Fault) bool { return slices.Contains(d.Subject.Keywords, "discriminator") },
		Rejects: func(d *Document) bool { return slices.Contains(d.Subject.Keywords, "discriminator") },
		Examples: map[string]string{
			"DiscriminatorImplicit":     `{"kind":"DiscriminatorCat","lives":9,"name":"x"}`,
			"DiscriminatorPartlyMapped": `{"kind":"DiscriminatorDog","name":"x"}`,
		},
	},
	{
		Name: "division", Oracles: "ajv",
		Reason:  "It divides by multipleOf in float64: 0.3 / 0.1 is 2.9999999999999996, which is no integer.",
		Ignores: rule("multipleOf"),
		Rejects: func(d *Document) bool {
			return slices.Contains(d.Subject.Keywords, "multipleOf") && d.Value.Any(func(v *meaning.Value, _ int) bool { return v.Kind == '0' })
		},
		Examples: map[string]string{"MultipleOfTenth": "0.3"},
	},
	{
		Name: "forms", Oracles: "ajv",
		Reason: "Its formats differ: white space for T, offsets without a colon or minutes and leap seconds in date-time, urn:uuid: in uuid, nonzero bits under the padding of byte, a dot at the end of hostname, any path after a / in uri, colons and quotes anywhere in uri-reference.",
		Ignores: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "format" && (f.Schema.Format == "uri-reference" || ajvAccepts.MatchString(f.Value.Text))
		},
		Rejects: func(d *Document) bool {
			return d.Value.Any(func(v *meaning.Value, _ int) bool { return v.Kind == '"' && ajvRejects.MatchString(v.Text) })
		},
		Examples: map[string]string{
			"FormatDateTime": `"2024-01-01 00:00:00Z"`, "FormatUUID": `"urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"`,
			"FormatByte": `"YR=="`, "FormatHostname": `"a."`, "FormatURI": `"x:"`, "FormatEmail": `"a@b"`,
			"FormatTime": `"23:59:59+01"`, "FormatURIReference": `"1:a"`,
		},
	},
	{
		Name: "constructor", Oracles: "ajv",
		Reason: "When it compares objects, it mistakes a member named constructor, valueOf or toString for JavaScript's.",
		Ignores: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "uniqueItems" && f.Value.Any(func(v *meaning.Value, _ int) bool {
				return v.Get("constructor") != nil || v.Get("valueOf") != nil || v.Get("toString") != nil
			})
		},
		Examples: map[string]string{"UniqueAny": `[{"constructor":{}},{"constructor":{}}]`},
	},
	{
		Name: "__proto__", Oracles: "ajv",
		Reason:   "It ignores properties of this name.",
		Ignores:  func(_ *Document, f meaning.Fault) bool { return strings.Contains(f.Pointer, "__proto__") },
		Examples: map[string]string{"PropertyProto": `{"__proto__":""}`},
	},
	{
		Name: "constructor", Oracles: "ajv",
		Reason: "It compares the members of this name first, and by identity.",
		Ignores: func(d *Document, f meaning.Fault) bool {
			return f.Rule == "uniqueItems" && d.Value.Any(hasConstructor)
		},
		Examples: map[string]string{"UniqueUntyped": `[{"constructor":[]},{"constructor":[]}]`},
	},
	{
		Name: "the empty name", Oracles: "ajv",
		Reason: "It ignores it in required.",
		Ignores: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "required" && strings.HasSuffix(f.Pointer, "/")
		},
		Examples: map[string]string{"RequiredOddNames": `{"foo\nbar":1,"foo\"bar":1,"foo\\bar":1,"foo\tbar":1,"foo/bar":1,"foo~bar":1}`},
	},
}

// ajvAccepts matches strings that violate their format and that Ajv accepts.
// ajvRejects matches strings of a format that Ajv rejects: a domain without a dot, and
// a URI with an empty path.
var (
	ajvAccepts = regexp.MustCompile(`(?i)^(\d{4}-\d\d-\d\d[t\s])?\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d(:?\d\d)?)$` +
		`|^urn:uuid:[0-9a-f-]{36}$` +
		`|(^|[\n\r\x{2028}\x{2029}])([a-z0-9+/]{4})*([a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?($|[\n\r\x{2028}\x{2029}])` +
		`|^[a-z0-9.-]+\.$` +
		`|^[a-z][a-z0-9+.-]*:(/|.*")`)
	ajvRejects = regexp.MustCompile(`^[^@:]+@[^.@]+$|^[^:/?#]+:($|[?#])`)
)

var (
	kinByte     = regexp.MustCompile(openapi3.FormatOfStringByte)
	kinDate     = regexp.MustCompile(openapi3.FormatOfStringDate)
	kinDateTime = regexp.MustCompile(openapi3.FormatOfStringDateTime)
)

// kinAcceptsDate reports whether a fault is about a date of the right form.
func kinAcceptsDate(f meaning.Fault) bool {
	return f.Rule == "format" && (kinDate.MatchString(f.Value.Text) || kinDateTime.MatchString(f.Value.Text))
}

// kinRejectsDate reports whether a text is a date-time with small letters.
func kinRejectsDate(text string) bool {
	return meaning.Formats["date-time"](text) && !kinDateTime.MatchString(text)
}

// repeats reports whether an object has duplicate names.
func repeats(v *meaning.Value, _ int) bool {
	seen := map[string]bool{}
	for _, m := range v.Members {
		if seen[m.Name] {
			return true
		}
		seen[m.Name] = true
	}
	return false
}

func hasConstructor(v *meaning.Value, _ int) bool {
	return slices.ContainsFunc(v.Members, func(m meaning.Member) bool { return m.Name == "constructor" })
}

func isNull(v *meaning.Value, _ int) bool { return v.Kind == 'n' }

// isLong reports whether a number has more than the 15 digits that a float64 always
// preserves.
func isLong(v *meaning.Value, _ int) bool {
	return v.Kind == '0' && digits(meaning.Exact(v.Text)) > 15
}

// digits returns the number of digits in d when written without an exponent, up to a
// large number.
func digits(d meaning.Decimal) int64 {
	const many = 1 << 20
	if !d.Exp.IsInt64() || d.Exp.CmpAbs(big.NewInt(many)) > 0 {
		return many
	}
	n, exp := int64(len(d.Digits)), d.Exp.Int64()
	return max(n, n+exp, -exp)
}

// spelledOtherwise reports whether encoding/json may spell a number differently after
// reading it.
func spelledOtherwise(v *meaning.Value, _ int) bool {
	return v.Kind == '0' && strings.ContainsAny(v.Text, ".eE-")
}

// excuse returns the name of the difference that explains a disagreement, or "" if none
// does. The verdict is that of package meaning: if it is valid, the oracle has rejected
// the document. An oracle that judges an alternative otherwise may come to any verdict.
func excuse[T any](all []Difference[T], x T, v meaning.Verdict, oracle string) (name string) {
	first := func(explains func(d Difference[T]) bool) string {
		i := slices.IndexFunc(all, func(d Difference[T]) bool { return strings.Contains(d.Oracles, oracle) && explains(d) })
		if i < 0 {
			return ""
		}
		return all[i].Name
	}
	ignores := func(f meaning.Fault) string {
		return first(func(d Difference[T]) bool { return d.Ignores != nil && d.Ignores(x, f) })
	}
	rejects := func() string {
		return first(func(d Difference[T]) bool { return d.Rejects != nil && d.Rejects(x) })
	}
	hidden := func() string {
		for _, f := range v.Hidden {
			if name := ignores(f); name != "" {
				return name
			}
		}
		return ""
	}
	if v.Valid() {
		return cmp.Or(rejects(), hidden())
	}
	for _, f := range v.Faults {
		if name = ignores(f); name == "" && (f.Rule == "not" || f.Rule == "oneOf" || f.Rule == "anyOf") {
			name = cmp.Or(hidden(), rejects())
		}
		if name == "" {
			return ""
		}
	}
	return name
}

// RequestDifferences are all differences about the parameters of requests.
var RequestDifferences = []Difference[*Request]{
	{
		Name: "unknown parameters", Oracles: "kin",
		Reason: "It ignores them, and members of forms that the schema does not name; ours rejects them, so that a misspelling does not go unnoticed.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			return f.Rule == "unknown parameter" || f.Rule == "additionalProperties" && r.about(f) && !r.hasJSON()
		},
		Examples: map[string]string{"queryUnique": "?limit=1&x=1"},
	},
	{
		Name: "a body of nothing", Oracles: "kin",
		Reason:   "It ignores an empty body that is not required, and its media type, and rejects one that is; to ours it is no JSON, and an empty form, text or file.",
		Ignores:  func(r *Request, f meaning.Fault) bool { return len(r.Body) == 0 && r.about(f) },
		Rejects:  func(r *Request) bool { return len(r.Body) == 0 && r.Header.Get("Content-Type") != "" },
		Examples: map[string]string{"either": "application/json: ", "binary": "application/octet-stream: "},
	},
	{
		Name: "long bodies", Oracles: "kin",
		Reason:   "It does not know x-max-bytes.",
		Ignores:  func(_ *Request, f meaning.Fault) bool { return f.Rule == "size" },
		Examples: map[string]string{"requiredBody": `application/json: {"a":1}` + strings.Repeat(" ", 200)},
	},
	{
		Name: "members given twice", Oracles: "kin",
		Reason: "It reads only one of them in a form, and in JSON in a form; ours rejects them, as in JSON.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			return r.about(f) && !r.hasJSON() && (r.repeatsMember() || slices.ContainsFunc(r.Faults, givenTwice))
		},
		Examples: map[string]string{"form": "application/x-www-form-urlencoded: name=ab&age=1&age=1"},
	},
	{
		Name: "parameters that it does not read", Oracles: "kin",
		Reason:   "It rejects those without a type, those with content that is not JSON, exploded ones in cookies, and scalars with the style of an array or object.",
		Rejects:  func(r *Request) bool { return slices.ContainsFunc(r.Parameters, kinUnread) },
		Examples: map[string]string{"unusual": "?any=1"},
	},
	{
		Name: "bodies that it does not read", Oracles: "kin",
		Reason:   "It rejects or ignores forms without a type, members without one, and objects without the style deepObject; it rejects media types whose parameters are missing.",
		Ignores:  func(r *Request, f meaning.Fault) bool { return r.about(f) && r.kinUnreadBody() },
		Rejects:  (*Request).kinUnreadBody,
		Examples: map[string]string{"tree": "application/x-www-form-urlencoded: at[x]=1", "version": `application/json: {"text":"a"}`},
	},
	{
		Name: "parts without a schema", Oracles: "kin",
		Reason: "It rejects parts of a form that the schema does not name, unless it has additionalProperties.",
		Rejects: func(r *Request) bool {
			return r.hasPart(func(_ []*meaning.Schema, known bool, _ string) bool { return !known })
		},
		Examples: map[string]string{"open": "multipart/form-data; boundary=b: --b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--b--\r\n"},
	},
	{
		Name: "parts without a media type", Oracles: "kin",
		Reason: "OpenAPI 3.0.3, section 4.7.15.1, makes those of objects JSON, and those of files what they are; it takes them for text.",
		Rejects: func(r *Request) bool {
			return r.hasPart(func(schemas []*meaning.Schema, _ bool, mediaType string) bool {
				isFile := slices.ContainsFunc(schemas, func(s *meaning.Schema) bool { return s.Format == "binary" })
				return mediaType == "" && (isFile || meaning.Shape(schemas) == "object")
			})
		},
		Examples: map[string]string{"upload": "multipart/form-data; boundary=b: --b\r\nContent-Disposition: form-data; name=title\r\n\r\na\r\n--b\r\nContent-Disposition: form-data; name=file\r\n\r\n\r\n--b\r\nContent-Disposition: form-data; name=meta\r\n\r\n{\"a\":1}\r\n--b--\r\n"},
	},
	{
		Name: "objects in forms", Oracles: "kin",
		Reason: "It reads only the members that the schema names, and no text of the object's own name; without any of them, the object is not given to it.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			return r.about(f) && !r.hasJSON() && (f.Pointer == "#/place" || strings.HasPrefix(f.Pointer, "#/place/") && (f.Rule == "additionalProperties" || f.Rule == "required"))
		},
		Examples: map[string]string{"form": "application/x-www-form-urlencoded: name=ab&age=1&place[LAT]=1"},
	},
	{
		Name: "alternatives of texts", Oracles: "kin",
		Reason: "It reads a text as the last alternative whose type it has, and judges it by the others, too.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			return f.Rule == "oneOf" || f.Rule == "anyOf" || f.Rule == "not"
		},
		Rejects:  func(r *Request) bool { return r.hasAlternatives() },
		Examples: map[string]string{"alternatives": "?id=1"},
	},
	{
		Name: "a member without a name", Oracles: "kin",
		Reason: "In an object of the style deepObject, a[] is the member of the empty name; it does not know one, and ignores it in a cookie or header.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			object := r.Header.Get("Cookie") + strings.Join(r.Header["X-Point"], "")
			return f.Rule == "additionalProperties" && (strings.HasPrefix(f.Pointer, "cookie ") || strings.HasPrefix(f.Pointer, "header ")) && strings.Contains(object, ",,")
		},
		Rejects:  func(r *Request) bool { return namelessMember.MatchString(r.Query) },
		Examples: map[string]string{"deep": "?filter[name]=a&labels[]=1"},
	},
	{
		Name: "arrays in brackets", Oracles: "kin",
		Reason: "In an object of the style deepObject, ours lets an array be one name that is repeated, as oapi-codegen's clients write it; it wants indexes.",
		Rejects: func(r *Request) bool {
			return slices.ContainsFunc(r.Parameters, func(p *meaning.Parameter) bool { return p.Deep() && p.Nests() })
		},
		Examples: map[string]string{"nested": "?filter[near][x]=1&filter[ids]=1"},
	},
	{
		Name: "white space in objects", Oracles: "kin",
		Reason: "RFC 9110, section 5.6.1, allows white space after a comma in a header; to it, it is part of a member's name, and it ignores that.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			return strings.HasPrefix(f.Pointer, "header ") && r.hasSpacedObject()
		},
		Rejects:  func(r *Request) bool { return r.hasSpacedObject() },
		Examples: map[string]string{"objects": "X-Pairs: x=1, y=a"},
	},
	{
		Name: "white space beyond ASCII", Oracles: "kin",
		Reason: "RFC 9110, section 5.6.3, allows spaces and tabs around the items of a header; it removes all white space of Unicode.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			return strings.HasPrefix(f.Pointer, "header ") && r.hasWideSpace()
		},
		Rejects:  (*Request).hasWideSpace,
		Examples: map[string]string{"delimited": "X-Words: \u2028"},
	},
	{
		Name: "objects without members", Oracles: "kin",
		Reason: "An exploded object that is not required is given by any query parameter.",
		Rejects: func(r *Request) bool {
			return slices.ContainsFunc(r.Parameters, func(p *meaning.Parameter) bool { return p.Spread() })
		},
		Examples: map[string]string{"objects": "?q=a"},
	},
	{
		Name: "repeated parameters", Oracles: "kin",
		Reason: "It checks only one of them.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			return slices.ContainsFunc(r.Faults, func(g meaning.Fault) bool { return g.Rule == "repeated parameter" && g.Pointer == f.Pointer })
		},
		Examples: map[string]string{"queryUnique": "?limit=1&limit=2"},
	},
	{
		Name: "spellings", Oracles: "kin",
		Reason: "Ours accepts booleans and numbers as JSON spells them; it accepts what Go's strconv accepts: TRUE, 1 for true, +1, 01, 0x1p2, Infinity.",
		Ignores: func(_ *Request, f meaning.Fault) bool {
			if f.Rule != "form" {
				return false
			}
			_, noBool := strconv.ParseBool(f.Value.Text)
			_, noFloat := strconv.ParseFloat(f.Value.Text, 64)
			return noBool == nil || noFloat == nil
		},
		Examples: map[string]string{"queryUnique": "?limit=01"},
	},
	{
		Name: "empty values", Oracles: "kin",
		Reason: "It rejects them except for strings, even in lists of strings; in lists of other types it ignores them.",
		Ignores: func(_ *Request, f meaning.Fault) bool {
			return f.Value != nil && f.Value.Text == "" && (f.Rule == "form" || itemInForm.MatchString(f.Pointer))
		},
		Rejects: func(r *Request) bool {
			return emptyValue.MatchString("&"+r.Query) || !r.hasJSON() && emptyValue.MatchString("&"+string(r.Body)) || hasEmpty(r.Header) || slices.ContainsFunc(slices.Collect(maps.Values(r.Path)), emptyInPath.MatchString)
		},
		Examples: map[string]string{"queryLists": "?ids=1&must="},
	},
	{
		Name: "escapes", Oracles: "kin",
		Reason: "net/url drops parameters with a malformed escape or a semicolon; it accepts the rest, and invalid UTF-8. Its router treats an escaped slash as a slash, and it an escaped comma as a separator.",
		Ignores: func(r *Request, f meaning.Fault) bool {
			return f.Rule == "escapes" || f.Rule == meaning.ErrUTF8.Error() || strings.Contains(r.Query, ";") || r.hasEscape("%2C")
		},
		Rejects: func(r *Request) bool {
			return strings.Contains(r.Query, ";") || r.hasEscape("%2F") || r.hasEscape("%2C")
		},
		Examples: map[string]string{"queryUnique": "?limit=1&ids=%"},
	},
	{
		Name: "days and hours that do not exist", Oracles: "kin",
		Reason:   "As in documents.",
		Ignores:  func(_ *Request, f meaning.Fault) bool { return kinAcceptsDate(f) },
		Examples: map[string]string{"queryUnique": "?limit=1&at=2023-02-29T00:00:00Z"},
	},
	{
		Name: "t and z", Oracles: "kin",
		Reason:   "As in documents.",
		Rejects:  func(r *Request) bool { return smallDate.MatchString(r.texts()) },
		Examples: map[string]string{"queryUnique": "?limit=1&at=2023-02-28t00:00:00z"},
	},
	{
		Name: "base64", Oracles: "kin",
		Reason:   "As in documents.",
		Ignores:  func(_ *Request, f meaning.Fault) bool { return f.Rule == "format" && kinByte.MatchString(f.Value.Text) },
		Examples: map[string]string{"delimited": "?bytes=YQ"},
	},
	{
		Name: "float64", Oracles: "kin",
		Reason:   "As in documents.",
		Ignores:  func(_ *Request, f meaning.Fault) bool { return f.Value != nil && f.Value.Any(isLong) },
		Rejects:  func(r *Request) bool { return longNumber.MatchString(r.texts()) },
		Examples: map[string]string{"query": "?q=a&price=0.010000000000000000001", "queryUnique": "?limit=1&n=0.1&n=0.1000000000000000000001"},
	},
}

var (
	emptyInPath    = regexp.MustCompile(`[=,.;]($|[,.;])`)
	emptyValue     = regexp.MustCompile(`=(&|$)|&[^=&]+(&|$)|=,|,,|,(&|$)`)
	itemInForm     = regexp.MustCompile(`^#/[^/]+/\d+$`)
	namelessMember = regexp.MustCompile(`(\[|%5B)(\]|%5D)`)
	smallDate      = regexp.MustCompile(`\dt\d|\dz`)
	longNumber     = regexp.MustCompile(`[0-9.]{17}|\d[eE]`)
)

// texts returns the parts of a request that have values which are not JSON.
func (r *Request) texts() string {
	texts := []string{r.Query}
	for _, value := range r.Path {
		texts = append(texts, value)
	}
	for _, lines := range r.Header {
		texts = append(texts, lines...)
	}
	if !r.hasJSON() {
		texts = append(texts, string(r.Body))
	}
	return strings.Join(texts, "\n")
}

// about reports whether a fault is about the body.
func (r *Request) about(f meaning.Fault) bool { return f.Pointer == "" || f.Pointer[0] == '#' }

// hasJSON reports whether the body is JSON by its media type.
func (r *Request) hasJSON() bool { return strings.Contains(r.Header.Get("Content-Type"), "json") }

// givenTwice reports whether a fault is that a member of a form, or of JSON, is repeated.
func givenTwice(f meaning.Fault) bool {
	return f.Rule == "duplicate name" || f.Rule == "type" && f.Value.Kind == '[' && slices.ContainsFunc(f.Value.Items, func(item *meaning.Value) bool { return item.Kind == 'x' })
}

// repeatsMember reports whether a name is given twice in an urlencoded form.
func (r *Request) repeatsMember() bool {
	form, _ := url.ParseQuery(string(r.Body)) // Without what is malformed.
	for _, texts := range form {
		if len(texts) > 1 {
			return true
		}
	}
	return false
}

// hasPart reports whether a form of parts has one that a function is looking for, by the
// schemas that describe it, whether any does, and its media type.
func (r *Request) hasPart(wanted func(schemas []*meaning.Schema, known bool, mediaType string) bool) bool {
	d := r.document()
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // None if it is malformed.
	parts := multipart.NewReader(bytes.NewReader(r.Body), params["boundary"])
	for d != nil && params["boundary"] != "" {
		part, err := parts.NextRawPart()
		if err != nil {
			return false
		}
		if schemas, known, _ := meaning.PropertySchemas(d.Subject.Schema.Flat(), part.FormName()); wanted(schemas, known, part.Header.Get("Content-Type")) {
			return true
		}
	}
	return false
}

// kinUnread reports whether kin-openapi decodes no values of a parameter.
func kinUnread(p *meaning.Parameter) bool {
	schemas := p.Schema.Flat()
	return p.Media != "" && !strings.Contains(p.Media, "json") || p.In == "cookie" && p.Explode && p.Shape() != "" ||
		p.Shape() == "" && !slices.Contains([]string{"form", "simple", "label", "matrix"}, p.Style) || untyped(schemas) || p.Shape() == "array" && untyped(meaning.ItemSchemas(schemas, 0))
}

// untyped reports whether schemas neither have a type nor alternatives.
func untyped(schemas []*meaning.Schema) bool {
	return !slices.ContainsFunc(schemas, func(s *meaning.Schema) bool { return s.Types != nil || s.OneOf != nil || s.AnyOf != nil })
}

// kinUnreadBody reports whether kin-openapi decodes no bodies of the media type.
func (r *Request) kinUnreadBody() bool {
	if r.Operation.Body == nil {
		return false
	}
	m := r.Operation.Body.Match(r.Header.Get("Content-Type"))
	return m != nil && kinUnreadMedia(m)
}

// kinUnreadMedia reports whether kin-openapi decodes no bodies of a media type.
func kinUnreadMedia(m *meaning.Media) bool {
	urlencoded := m.Type == "application/x-www-form-urlencoded"
	if !urlencoded && m.Type != "multipart/form-data" {
		return strings.Contains(m.Type, ";")
	}
	typed := func(s *meaning.Schema) bool {
		return s.Types != nil && (len(s.Types) == 1 || !slices.Contains(s.Types, "array"))
	}
	for _, s := range m.Schema.Flat() {
		if !typed(s) {
			return true
		}
		for name, property := range s.Properties {
			schemas := property.Flat()
			items := meaning.ItemSchemas(schemas, 0)
			styled := m.Encoding[name] != nil && m.Encoding[name].Style == "deepObject"
			if !slices.ContainsFunc(schemas, typed) || meaning.Shape(schemas) == "array" && !slices.ContainsFunc(items, typed) || urlencoded && !styled && m.Deep(name) {
				return true
			}
		}
	}
	return false
}

// hasSpacedObject reports whether a header has an object with white space.
func (r *Request) hasSpacedObject() bool {
	return slices.ContainsFunc(r.Parameters, func(p *meaning.Parameter) bool {
		return p.In == "header" && p.Shape() == "object" && strings.ContainsAny(strings.Join(r.Header.Values(p.Name), ", "), " \t")
	})
}

// hasWideSpace reports whether a header has white space that is not ASCII.
func (r *Request) hasWideSpace() bool {
	for _, lines := range r.Header {
		if strings.ContainsFunc(strings.Join(lines, ""), func(c rune) bool { return c > unicode.MaxASCII && unicode.IsSpace(c) }) {
			return true
		}
	}
	return false
}

// hasAlternatives reports whether a parameter has alternatives.
func (r *Request) hasAlternatives() bool {
	return slices.ContainsFunc(r.Parameters, func(p *meaning.Parameter) bool {
		keywords := p.Schema.AllKeywords()
		return keywords["oneOf"] || keywords["anyOf"] || keywords["not"]
	})
}

// hasEmpty reports whether a field or an item in one is empty.
func hasEmpty(h http.Header) bool {
	for _, lines := range h {
		for item := range strings.SplitSeq(strings.Join(lines, ","), ",") {
			if strings.TrimSpace(item) == "" {
				return true
			}
		}
	}
	return false
}

// hasEscape reports whether a value has an escape, such as %2C.
func (r *Request) hasEscape(escape string) bool {
	for _, value := range r.Path {
		if strings.Contains(strings.ToUpper(value), escape) {
			return true
		}
	}
	return strings.Contains(strings.ToUpper(r.Query), escape) || !r.hasJSON() && strings.Contains(strings.ToUpper(string(r.Body)), escape)
}

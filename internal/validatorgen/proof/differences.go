package proof

import (
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/tasks/internal/validatorgen/proof/meaning"
)

// Difference is why an oracle may differ from generated validators, and on which
// documents or requests. Package meaning judges those too and never differs.
type Difference[T any] struct {
	Name    string
	Oracles string // "kin", "ajv" or both.
	Reason  string
	// PassesOver reports whether the oracle passes over a fault. It may take a
	// document that we refuse if it passes over all faults of it.
	PassesOver func(d T, f meaning.Fault) bool
	// Refuses reports whether the oracle may refuse a document that is valid.
	Refuses func(d T) bool
	// Examples are the least documents on which the two differ, by the schemas of
	// the cases; or the least requests, by the operations of search.yaml.
	Examples map[string]string
}

// rule returns a function that looks for faults of some rules.
func rule(rules ...string) func(*Document, meaning.Fault) bool {
	return func(_ *Document, f meaning.Fault) bool { return slices.Contains(rules, f.Rule) }
}

// Differences are all that are about documents.
var Differences = []Difference[*Document]{
	{
		Name: "a name twice", Oracles: "kin ajv",
		Reason:     "RFC 8259, section 4, leaves open what it means. They keep the last member, and do not see the faults of the others.",
		PassesOver: func(d *Document, _ meaning.Fault) bool { return d.Value != nil && d.Value.Any(repeats) },
		Examples:   map[string]string{"TypeObject": `{"a":1,"a":1}`},
	},
	{
		Name: "text after the value", Oracles: "kin",
		Reason:     "It reads the first value of the body and no further.",
		PassesOver: rule(meaning.ErrTrailing.Error()),
		Examples:   map[string]string{"TypeObject": `{}x`},
	},
	{
		Name: "invalid UTF-8", Oracles: "kin",
		Reason:     "RFC 8259, section 8.1, allows UTF-8 only; encoding/json puts U+FFFD in the place of what is not.",
		PassesOver: rule(meaning.ErrUTF8.Error()),
		Examples:   map[string]string{"TypeString": "\"\xff\""},
	},
	{
		Name: "a lone surrogate", Oracles: "kin ajv",
		Reason:     "It stands for no character (RFC 8259, section 8.2). encoding/json puts U+FFFD in its place, and JavaScript's strings can have it.",
		PassesOver: rule(meaning.ErrSurrogate.Error()),
		Examples:   map[string]string{"TypeString": `"\ud800"`},
	},
	{
		Name: "nesting", Oracles: "kin ajv",
		Reason:     "Ours ends at 100 levels, so that no request makes it recurse further.",
		PassesOver: rule("depth"),
		Examples:   map[string]string{"TypeNone": strings.Repeat("[", 101) + strings.Repeat("]", 101)},
	},
	{
		Name: "numbers beyond Go's", Oracles: "kin ajv",
		Reason:     "Ours must fit in 64 bits, or in 32 where the format says so. kin-openapi takes 2^63 for 2^63-1 and looks neither without a format nor where there are no rules; Ajv's int64 is any integer, and its float any number.",
		PassesOver: rule("range"),
		Examples:   map[string]string{"TypeInteger": "9223372036854775808"},
	},
	{
		Name: "float64", Oracles: "kin ajv",
		Reason: "They judge numbers after rounding them to 53 bits. That makes no difference where there are at most 15 digits, with those of the unit in multipleOf.",
		PassesOver: func(d *Document, f meaning.Fault) bool {
			return d.Value != nil && d.Value.Any(isLong) ||
				f.Rule == "multipleOf" && digits(meaning.Exact(f.Value.Text))+digits(*f.Schema.MultipleOf) > 15
		},
		Refuses:  func(d *Document) bool { return d.Value.Any(isLong) },
		Examples: map[string]string{"MinimumBig": "9007199254740992", "MaximumExclusiveAtInt64": "9223372036854775806"},
	},
	{
		Name: "days and hours that do not exist", Oracles: "kin",
		Reason:     "It looks at the form of dates, and knows neither months of 30 days nor leap years; it takes leap seconds, which Go's time has not, and any offset.",
		PassesOver: func(_ *Document, f meaning.Fault) bool { return kinTakesDate(f) },
		Examples:   map[string]string{"FormatDate": `"2023-02-29"`, "FormatDateTime": `"2016-12-31T23:59:60Z"`},
	},
	{
		Name: "t and z", Oracles: "kin",
		Reason: "RFC 3339, section 5.6, has T and Z in either case; it takes capitals only.",
		Refuses: func(d *Document) bool {
			return d.Value.Any(func(v *meaning.Value, _ int) bool { return v.Kind == '"' && kinRefusesDate(v.Text) })
		},
		Examples: map[string]string{"FormatDateTime": `"2024-01-01t00:00:00z"`},
	},
	{
		Name: "base64", Oracles: "kin",
		Reason: "It takes any padding and the alphabet of RFC 4648, section 5, too.",
		PassesOver: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "format" && kinByte.MatchString(f.Value.Text)
		},
		Examples: map[string]string{"FormatByte": `"YQ"`},
	},
	{
		Name: "null without a type", Oracles: "kin",
		Reason:   "OpenAPI 3.0.3 has nullable speak of typed schemas only; it has null refused by all schemas that do not say nullable.",
		Refuses:  func(d *Document) bool { return d.Value.Any(isNull) },
		Examples: map[string]string{"TypeNone": "null", "EnumNullOnly": "null"},
	},
	{
		Name: "null before all else", Oracles: "kin",
		Reason: "Where a schema says nullable, it takes null and does not look at enum and allOf.",
		PassesOver: func(_ *Document, f meaning.Fault) bool {
			return (f.Rule == "enum" || f.Rule == "nullable") && f.Value.Kind == 'n'
		},
		Examples: map[string]string{"NullableEnumWithoutNull": "null", "AllOfNullableOutside": "null"},
	},
	{
		Name: "null that is read-only", Oracles: "kin",
		Reason: "It looks for read-only members that are not null.",
		PassesOver: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "readOnly" && f.Value.Kind == 'n'
		},
		Examples: map[string]string{"ReadOnlyNullable": `{"id":null}`},
	},
	{
		Name: "equal items", Oracles: "kin",
		Reason: "uniqueItems is about equal values, and it compares texts: 1 and 1.0 are two to it.",
		PassesOver: func(d *Document, f meaning.Fault) bool {
			return f.Rule == "uniqueItems" && f.Value.Any(spelledOtherwise)
		},
		Examples: map[string]string{"UniqueAny": "[1,1.0]"},
	},
	{
		Name: "division", Oracles: "ajv",
		Reason:     "It divides by multipleOf in float64 and looks for an integer: 0.3 / 0.1 is 2.9999999999999996.",
		PassesOver: rule("multipleOf"),
		Refuses: func(d *Document) bool {
			return slices.Contains(d.Subject.Keywords, "multipleOf") && d.Value.Any(func(v *meaning.Value, _ int) bool { return v.Kind == '0' })
		},
		Examples: map[string]string{"MultipleOfTenth": "0.3"},
	},
	{
		Name: "forms", Oracles: "ajv",
		Reason: "Its formats are its own: white space for T, offsets without a colon or minutes and leap seconds in date-time, urn:uuid: in uuid, bits left over in byte, a dot at the end of hostname, any path after a / in uri.",
		PassesOver: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "format" && ajvTakes.MatchString(f.Value.Text)
		},
		Refuses: func(d *Document) bool {
			return d.Value.Any(func(v *meaning.Value, _ int) bool { return v.Kind == '"' && ajvRefuses.MatchString(v.Text) })
		},
		Examples: map[string]string{
			"FormatDateTime": `"2024-01-01 00:00:00Z"`, "FormatUUID": `"urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"`,
			"FormatByte": `"YR=="`, "FormatHostname": `"a."`, "FormatURI": `"x:"`, "FormatEmail": `"a@b"`,
		},
	},
	{
		Name: "constructor", Oracles: "ajv",
		Reason: "It takes a member named constructor, valueOf or toString for JavaScript's when it compares objects.",
		PassesOver: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "uniqueItems" && f.Value.Any(func(v *meaning.Value, _ int) bool {
				return v.Get("constructor") != nil || v.Get("valueOf") != nil || v.Get("toString") != nil
			})
		},
		Examples: map[string]string{"UniqueAny": `[{"constructor":{}},{"constructor":{}}]`},
	},
	{
		Name: "__proto__", Oracles: "ajv",
		Reason:     "It passes over properties of this name.",
		PassesOver: func(_ *Document, f meaning.Fault) bool { return strings.Contains(f.Pointer, "__proto__") },
		Examples:   map[string]string{"PropertyProto": `{"__proto__":""}`},
	},
	{
		Name: "constructor", Oracles: "ajv",
		Reason: "It compares objects by their members of this name first, and takes two for the same only if that is the very same object.",
		PassesOver: func(d *Document, f meaning.Fault) bool {
			return f.Rule == "uniqueItems" && d.Value.Any(hasConstructor)
		},
		Examples: map[string]string{"UniqueUntyped": `[{"constructor":[]},{"constructor":[]}]`},
	},
	{
		Name: "the empty name", Oracles: "ajv",
		Reason: "It passes over it where it is required.",
		PassesOver: func(_ *Document, f meaning.Fault) bool {
			return f.Rule == "required" && strings.HasSuffix(f.Pointer, "/")
		},
		Examples: map[string]string{"RequiredOddNames": `{"foo\nbar":1,"foo\"bar":1,"foo\\bar":1,"foo\tbar":1,"foo/bar":1,"foo~bar":1}`},
	},
}

// ajvTakes matches what Ajv takes and the formats do not have; ajvRefuses what
// they have and it does not take: a domain without a dot, and nothing where a
// URI has its path.
var (
	ajvTakes = regexp.MustCompile(`(?i)^\d{4}-\d\d-\d\d[t\s]\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d(:?\d\d)?)$` +
		`|^urn:uuid:[0-9a-f-]{36}$` +
		`|(^|[\n\r\x{2028}\x{2029}])([a-z0-9+/]{4})*([a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?($|[\n\r\x{2028}\x{2029}])` +
		`|^[a-z0-9.-]+\.$` +
		`|^[a-z][a-z0-9+.-]*:(/|.*")`)
	ajvRefuses = regexp.MustCompile(`^[^@:]+@[^.@]+$|^[^:/?#]+:($|[?#])`)
)

var (
	kinByte     = regexp.MustCompile(openapi3.FormatOfStringByte)
	kinDate     = regexp.MustCompile(openapi3.FormatOfStringDate)
	kinDateTime = regexp.MustCompile(openapi3.FormatOfStringDateTime)
)

// kinTakesDate reports whether a fault is a date of the right form.
func kinTakesDate(f meaning.Fault) bool {
	return f.Rule == "format" && (kinDate.MatchString(f.Value.Text) || kinDateTime.MatchString(f.Value.Text))
}

// kinRefusesDate reports whether a text is a date-time in small letters.
func kinRefusesDate(text string) bool {
	return meaning.Formats["date-time"](text) && !kinDateTime.MatchString(text)
}

// repeats reports whether an object has a name twice.
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

// isLong reports whether a number has more than 15 digits, which is what float64
// can always keep apart.
func isLong(v *meaning.Value, _ int) bool {
	return v.Kind == '0' && digits(meaning.Exact(v.Text)) > 15
}

// digits counts the digits of a number that is written out without an exponent,
// up to some that are many.
func digits(d meaning.Decimal) int64 {
	const many = 1 << 20
	if !d.Exp.IsInt64() || d.Exp.CmpAbs(big.NewInt(many)) > 0 {
		return many
	}
	n, exp := int64(len(d.Digits)), d.Exp.Int64()
	return max(n, n+exp, -exp)
}

// spelledOtherwise reports whether a number is not written as encoding/json
// would write it if it had read it.
func spelledOtherwise(v *meaning.Value, _ int) bool {
	return v.Kind == '0' && strings.ContainsAny(v.Text, ".eE-")
}

// excuse returns the name of the difference that a disagreement falls under, ""
// where it does not fall under any. The faults are those by meaning: with none,
// the oracle has refused what is valid.
func excuse[T any](all []Difference[T], x T, faults []meaning.Fault, oracle string) (name string) {
	if len(faults) == 0 {
		i := slices.IndexFunc(all, func(d Difference[T]) bool {
			return strings.Contains(d.Oracles, oracle) && d.Refuses != nil && d.Refuses(x)
		})
		if i < 0 {
			return ""
		}
		return all[i].Name
	}
	for _, f := range faults {
		i := slices.IndexFunc(all, func(d Difference[T]) bool {
			return strings.Contains(d.Oracles, oracle) && d.PassesOver != nil && d.PassesOver(x, f)
		})
		if i < 0 {
			return ""
		}
		name = all[i].Name
	}
	return name
}

// RequestDifferences are all that are about the parameters of requests.
var RequestDifferences = []Difference[*Request]{
	{
		Name: "unknown parameters", Oracles: "kin",
		Reason:     "It passes over them; ours are refused, so that a misspelling does not pass silently.",
		PassesOver: func(_ *Request, f meaning.Fault) bool { return f.Rule == "unknown parameter" },
		Examples:   map[string]string{"queryUnique": "?limit=1&x=1"},
	},
	{
		Name: "repeated parameters", Oracles: "kin",
		Reason:     "It looks at one of them.",
		PassesOver: func(_ *Request, f meaning.Fault) bool { return f.Rule == "repeated parameter" },
		Examples:   map[string]string{"queryUnique": "?limit=1&limit=2"},
	},
	{
		Name: "spellings", Oracles: "kin",
		Reason: "Booleans and numbers are spelled as in JSON; it takes what Go's strconv takes: TRUE, 1 for true, +1, 01, 0x1p2, Infinity.",
		PassesOver: func(_ *Request, f meaning.Fault) bool {
			_, noBool := strconv.ParseBool(f.Value.Text)
			_, noFloat := strconv.ParseFloat(f.Value.Text, 64)
			return f.Rule == "form" && (noBool == nil || noFloat == nil)
		},
		Examples: map[string]string{"queryUnique": "?limit=01"},
	},
	{
		Name: "empty values", Oracles: "kin",
		Reason:     "It has them refused but for strings, and even for lists of strings; where a parameter is a list of others, it passes over them.",
		PassesOver: func(_ *Request, f meaning.Fault) bool { return f.Rule == "form" && f.Value.Text == "" },
		Refuses:    func(r *Request) bool { return emptyValue.MatchString("&"+r.Query) || hasEmpty(r.Header) },
		Examples:   map[string]string{"queryLists": "?ids=1&must="},
	},
	{
		Name: "escapes", Oracles: "kin",
		Reason: "net/url drops parameters with a malformed escape or a semicolon; it takes what is left, and bytes that are not UTF-8. Its router takes an escaped slash for a slash, and it an escaped comma for one between items.",
		PassesOver: func(r *Request, f meaning.Fault) bool {
			return f.Rule == "escapes" || f.Rule == meaning.ErrUTF8.Error() || strings.Contains(r.Query, ";") || r.hasEscape("%2C")
		},
		Refuses: func(r *Request) bool {
			return strings.Contains(r.Query, ";") || r.hasEscape("%2F") || r.hasEscape("%2C")
		},
		Examples: map[string]string{"queryUnique": "?limit=1&ids=%"},
	},
	{
		Name: "days and hours that do not exist", Oracles: "kin",
		Reason:     "As in documents.",
		PassesOver: func(_ *Request, f meaning.Fault) bool { return kinTakesDate(f) },
		Examples:   map[string]string{"queryUnique": "?limit=1&at=2023-02-29T00:00:00Z"},
	},
	{
		Name: "t and z", Oracles: "kin",
		Reason:   "As in documents.",
		Refuses:  func(r *Request) bool { return smallDate.MatchString(r.Query) },
		Examples: map[string]string{"queryUnique": "?limit=1&at=2023-02-28t00:00:00z"},
	},
	{
		Name: "float64", Oracles: "kin",
		Reason:     "As in documents.",
		PassesOver: func(_ *Request, f meaning.Fault) bool { return f.Value != nil && f.Value.Any(isLong) },
		Refuses:    func(r *Request) bool { return longNumber.MatchString(r.Query) },
		Examples:   map[string]string{"query": "?q=a&price=0.010000000000000000001", "queryUnique": "?limit=1&n=0.1&n=0.1000000000000000000001"},
	},
}

var (
	emptyValue = regexp.MustCompile(`=(&|$)|&[^=&]+(&|$)|=,|,,|,(&|$)`)
	smallDate  = regexp.MustCompile(`\dt\d|\dz`)
	longNumber = regexp.MustCompile(`[0-9.]{17}|\d[eE]`)
)

// hasEmpty reports whether a field is empty, or an item of it.
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
	return strings.Contains(strings.ToUpper(r.Query), escape)
}

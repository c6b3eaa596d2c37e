// Package plan decides what is generated: for each operation and Go type, what is read,
// checked and kept where, as data. Whatever cannot be generated is found here, in one
// run. Package write prints Go from a plan.
//
// To add a keyword, add it to keywords, and a function to package prelude.
package plan

import (
	"example.com/tasks/internal/validatorgen/pattern"
	"example.com/tasks/internal/validatorgen/spec"
)

// Plan is what a generated file does.
type Plan struct {
	Package    string // The name of the Go package.
	Spec       string // The name of the specification's file.
	Routes     string // The router to register the operations with; "" for none.
	Operations []*Operation
	Skipped    []*Skipped
	Texts      []*Function // Exported.
	Functions  []*Function
	Checkers   []*Checker
	Encoders   []string // The types of response bodies that are appended as JSON.
	Patterns   []*Pattern
	Enums      []*Enum
	Notes      []*spec.Problem // What validators ignore, and what a user may not expect.
}

// unit is a part of the output that may have problems, and needs other parts.
type unit struct {
	problems, notes []*spec.Problem
	uses            []*unit
}

// Operation is the function that decodes and checks the requests of an operation, and
// the variable that describes it.
type Operation struct {
	unit
	Name             string // As it begins the names of oapi-codegen's types.
	ID, Method, Path string // ID is the operationId, or the name if there is none.
	Alias            string // The operation whose function decodes it; "" if it has one of its own.
	node             *spec.Node
	Secured          bool
	Parameters       []*Parameter // Those of the path in the order there, then query, header, cookie.
	Body             *Body        // Nil if it takes none.
	Responses        []string     // The types of JSON responses' bodies that have names.
}

// Skipped is an operation that is left to oapi-codegen.
type Skipped struct {
	Name             string // As it begins the names of oapi-codegen's types; "" if there are none.
	ID, Method, Path string
	Problems         []*spec.Problem // Nil if the options name it.
}

// Parameter is a parameter of an operation.
type Parameter struct {
	In, Name string
	Argument string // Of the path: the argument of the function.
	Required bool
	Empty    bool // Whether an empty text is valid, as if the parameter were not given.
	Reading  Reading
	Style    Style
	Field    string   // Of the request.
	Value    Value    // A *Scalar or an *Array of them, or else by the reading.
	Default  []string // As Go source: one value, or those of an array's items.
	Names    []string // Of an object that is Spread: its members, or none if others are allowed.
}

// Collected reports whether the parameter is an object whose members are query parameters.
func (p *Parameter) Collected() bool { return p.Reading == Deep || p.Reading == Spread }

// Style says how the items of an array or the members of an object stand in one text.
type Style struct {
	Prefix, Separator string
	Pairs             bool // Whether members are name=value.
}

// Body is the body of a request.
type Body struct {
	Required bool
	Limit    int // In bytes.
	Contents []*Content
	Ranges   bool // Whether media types have wildcards or parameters.
	Typed    bool // Whether the request has a field for the media type.
}

// Content is a body of a media type.
type Content struct {
	MediaType string
	Kind      Kind
	Field     string // Of the request.
	Value     Value  // What is checked; nil if nothing is.
	Encodings []Encoding
}

// Kind says what is made of a body.
type Kind string

// The kinds.
const (
	JSON  Kind = "JSON"
	Form  Kind = "form"  // Of texts.
	Parts Kind = "parts" // That the handler reads.
	Text  Kind = "text"  // That becomes a value.
	Chars Kind = "chars" // A text that is checked, and that the handler reads.
	Bytes Kind = "bytes" // That the handler reads.
	Mixed Kind = "mixed" // JSON that is checked, or bytes; the handler reads either.
)

// Encoding says how a member of a form is written. That of the name "" is for members
// that no schema names.
type Encoding struct {
	Name   string
	Style  Style    // If the separator is not empty, the member is given once.
	Traits []string // The fields of formEncoding in package prelude that are true.
	Accept []string // The media types that the member may have; nil for any.
}

// Function is a function that decodes values of a named type: one that all uses of the
// type share, or an exported one for JSON texts.
type Function struct {
	unit
	Name, Title, Type string
	Value             Value
}

// Checker is a function that checks a scalar, which its uses share.
type Checker struct {
	unit
	Name, Title string
	Read        Read
	Checks      []Check
}

// Pattern is a variable with a translated pattern.
type Pattern struct {
	unit
	Name, Source string
	Regexp       string // In Go's syntax; "" if it is a sequence of runs.
	Runs         []pattern.Run
}

// Enum is a variable with the values of an enum that has others than strings.
type Enum struct {
	unit
	Name   string
	Values []string // In JSON.
}

// Place says how oapi-codegen's type holds a value.
type Place struct {
	Type    string // As Go source, without the pointer.
	Pointer bool
	Foreign bool   // Whether the output cannot spell the type: another package has it.
	Any     bool   // Whether the type is an interface that holds everything.
	Convert string // The type to convert a scalar to, or "".
	Set     string // The function of package prelude that stores a scalar, or "".
}

// Value is a JSON value: how it is read, checked and kept. It is an *Any, *Branches,
// *Scalar, *Array, *Object, *Union, *Nullable or *Call.
type Value interface{ Common() *Base }

// Base is what all values have.
type Base struct {
	Place    Place
	Nullable bool     // Whether null is allowed, which leaves the place as it is.
	Checks   []Check  // Of a scalar, or the number of items or members.
	Enums    []string // Variables with the values allowed.
}

// Common returns what all values have.
func (b *Base) Common() *Base { return b }

// Any is a value that nothing is said about.
type Any struct{ Base }

// Branches is a value of several types, or of any; keywords apply to those of some types.
type Branches struct {
	Base
	Cases []Branch
	Must  string // What is wrong with values of other types; "" if these are allowed.
}

// Branch is how values of some kinds, as jsontext.Kind has them, are read.
type Branch struct {
	Kinds string
	Value Value
}

// Union is a value that has to agree with alternatives.
type Union struct {
	Base
	Rest    Value // What else is checked, and keeps the value; nil if there is nothing.
	Keep    bool  // Whether the type keeps the text, in the field union.
	Choices []Choice
}

// Choice is a rule on how many alternatives a value has to agree with.
type Choice struct {
	Rule          string // The function of package prelude: oneOf, anyOf or not.
	Discriminator string // The member whose value names the alternative of an object, or "".
	Alternatives  []Alternative
}

// Alternative is a schema that a value is judged by.
type Alternative struct {
	Title string   // As it follows "must be".
	Kinds string   // Of the values that it allows, as jsontext.Kind has them; "" if all.
	Names []string // The values of the discriminator that name it.
	Value Value
}

// Nullable is a value in oapi-codegen's type that tells null from no value.
type Nullable struct {
	Base
	Value Value
}

// Call is a value that a Function decodes.
type Call struct {
	Base
	Func string
}

// Scalar is a string, number, integer or boolean.
type Scalar struct {
	Base
	Read   Read
	Format *Format // Of a string; nil if there is none to check.
	Parsed bool    // Whether the value of the format is kept, and not the text.
	UUID   bool    // Whether the type is a UUID's, though the format is not.
}

// Read says how a scalar is read.
type Read struct {
	Var, Type string // The variable with the value, and its type.
	JSON      string // The method that reads it from JSON.
	Text      string // The method that parses it in a parameter; "" for a string.
	Bits      int    // The last argument of both, or 0.
}

// Format is a format of strings.
type Format struct {
	Name string
	Func string // The method that checks it.
	Type string // The Go type that this returns; "" if there is none.
	Own  bool   // Whether Func is a user's function, which returns an error.
}

// Check is a call of a function that checks a value.
type Check struct {
	Func string
	Of   string   // The part of the value: "", ".float" or ".text".
	Args []string // As Go source.
}

// Array is an array.
type Array struct {
	Base
	Item   Value
	Most   string // How many items are allowed, as Go source.
	Unique bool
	Text   bool // Whether items of a parameter are compared as texts, not as JSON.
}

// Object is an object.
type Object struct {
	Base
	Map     bool   // Whether the Go value is a map.
	Extra   string // Of a struct: the field for members that no schema names; "" if these are dropped.
	Title   string
	Members []Member
	Others  *Member  // The members that no schema names; nil if they are not allowed.
	Known   []string // What a name that is not allowed may mean.
}

// Member is a member of an object.
type Member struct {
	Name     string
	Required bool
	Use      Use
	Field    string // "" for an entry of a map.
	Value    Value
}

// Use says what is done with a member.
type Use string

// The uses.
const (
	Keep   Use = ""                  // Read it into its field or entry.
	Drop   Use = "read, and dropped" // Without a field.
	Refuse Use = "not allowed"
	Locked Use = "read-only"
)

package specs

// All has the specifications, sorted by name. It is empty unless the tests are built
// with an overlay that replaces this file.
var All []Spec

package specs

// All are the specifications, in the order of their names. There are none yet:
// package generate has another file compiled in the place of this one.
var All []Spec

package prelude

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// number is a number and its text, which has all its digits. Bounds apply to the
// float64, since that is what the handler receives.
type number struct {
	float float64
	text  jsontext.Value
}

// toNumber converts a JSON number, which must fit in a float of so many bits.
func (f *faults) toNumber(text jsontext.Value, bits int) (number, bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || bits == 32 && math.IsInf(float64(float32(n)), 0) {
		f.add("must fit in ", strconv.Itoa(bits), " bits")
		return number{}, false
	}
	return number{n, text}, true
}

// multiple adds a fault if a number is not a multiple of unit. Both are texts,
// since few decimal fractions have an exact float64.
func multiple(f *faults, text jsontext.Value, unit string) {
	n, u := parseDecimal(text), parseDecimal([]byte(unit))
	modulus, err := strconv.ParseUint(u.digits, 10, 64)
	shift := n.exponent - u.exponent
	if n.digits == "" {
		return
	}
	if err != nil || shift < 0 {
		// A number whose last digit is not 0 is not a multiple of 10.
		f.add("must be a multiple of " + unit)
		return
	}
	// n is digits times 10 to the shift, in units of the last digit of u.
	rest := uint64(0)
	for i := range len(n.digits) {
		rest = mulMod(rest, 10, modulus, uint64(n.digits[i]-'0'))
	}
	for base := uint64(10) % modulus; shift > 0; shift >>= 1 {
		if shift&1 != 0 {
			rest = mulMod(rest, base, modulus, 0)
		}
		base = mulMod(base, base, modulus, 0)
	}
	if rest != 0 {
		f.add("must be a multiple of " + unit)
	}
}

// multipleInt is multiple for an integer.
func multipleInt(f *faults, n int64, unit string) { multiple(f, strconv.AppendInt(nil, n, 10), unit) }

// mulMod returns (a*b + c) mod m, without overflow.
func mulMod(a, b, m, c uint64) uint64 {
	high, low := bits.Mul64(a%m, b%m)
	low, carry := bits.Add64(low, c, 0)
	return bits.Rem64(high+carry, low, m)
}

// decimal is a JSON number without loss: sign, digits without leading or trailing
// zeros, and the power of ten to multiply them by. Zero has no digits.
type decimal struct {
	sign, digits string
	exponent     int
}

func parseDecimal(text []byte) decimal {
	s := string(text)
	var d decimal
	if s[0] == '-' {
		d.sign, s = "-", s[1:]
	}
	s, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	d.exponent = parseExponent(exponent)
	whole, fraction, _ := strings.Cut(s, ".")
	d.exponent -= len(fraction)
	d.digits = strings.TrimRight(whole+fraction, "0")
	d.exponent += len(whole) + len(fraction) - len(d.digits)
	d.digits = strings.TrimLeft(d.digits, "0")
	if d.digits == "" {
		return decimal{}
	}
	return d
}

// parseExponent parses an exponent. It limits those so large that no number of a
// body could compensate for them.
func parseExponent(s string) int {
	const huge = 1 << 40
	n, err := strconv.Atoi(s)
	if err != nil && s != "" {
		n = huge
		if s[0] == '-' {
			n = -huge
		}
	}
	return max(-huge, min(n, huge))
}

package meaning

import (
	"math/big"
	"strconv"
	"strings"
)

// Decimal is a number of any size and precision: Sign * Digits * 10^Exp.
type Decimal struct {
	Sign   int    // -1, 0 or 1.
	Digits string // Without leading or trailing zeros; empty for zero.
	Exp    *big.Int
}

// Exact parses a JSON number.
func Exact(text string) Decimal {
	mantissa, exponent := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], strings.TrimPrefix(text[i+1:], "+")
	}
	d := Decimal{Sign: 1, Exp: new(big.Int)}
	if m, ok := strings.CutPrefix(mantissa, "-"); ok {
		d.Sign, mantissa = -1, m
	}
	if exponent != "" {
		d.Exp.SetString(exponent, 10)
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(whole+fraction, "0")
	d.Exp.Add(d.Exp, big.NewInt(int64(len(whole)-len(digits))))
	if d.Digits = strings.TrimLeft(digits, "0"); d.Digits == "" {
		return Decimal{Exp: new(big.Int)}
	}
	return d
}

// String returns the same text for equal numbers.
func (d Decimal) String() string {
	switch d.Sign {
	case 0:
		return "0"
	case -1:
		return "-" + d.Digits + "e" + d.Exp.String()
	}
	return d.Digits + "e" + d.Exp.String()
}

// Cmp returns -1 if d is less than e, 0 if they are equal, and 1 otherwise.
func (d Decimal) Cmp(e Decimal) int {
	if d.Sign != e.Sign {
		if d.Sign < e.Sign {
			return -1
		}
		return 1
	}
	size := func(d Decimal) *big.Int { return new(big.Int).Add(d.Exp, big.NewInt(int64(len(d.Digits)))) }
	if c := size(d).Cmp(size(e)); c != 0 {
		return c * d.Sign
	}
	return strings.Compare(d.Digits, e.Digits) * d.Sign
}

// round returns d rounded to a float64, or d if it is out of range.
func (d Decimal) round() Decimal {
	f, err := strconv.ParseFloat(d.String(), 64)
	if err != nil {
		return d
	}
	return Exact(strconv.FormatFloat(f, 'g', -1, 64))
}

// IsInteger reports whether d has no fraction.
func (d Decimal) IsInteger() bool { return d.Exp.Sign() >= 0 }

// IsMultipleOf reports whether d divided by e, which is not 0, is an integer.
func (d Decimal) IsMultipleOf(e Decimal) bool {
	shift := new(big.Int).Sub(d.Exp, e.Exp)
	if d.Sign == 0 {
		return true
	}
	if shift.Sign() < 0 { // d.Digits, which do not end in 0, would have to be divisible by 10.
		return false
	}
	divisor, _ := new(big.Int).SetString(e.Digits, 10)
	digits, _ := new(big.Int).SetString(d.Digits, 10)
	power := new(big.Int).Exp(big.NewInt(10), shift, divisor)
	return power.Mul(power, digits).Mod(power, divisor).Sign() == 0
}

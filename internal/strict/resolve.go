package strict

// resolve returns the kind of a plain scalar by the core schema of YAML 1.2.
func resolve(s []byte) Kind {
	switch string(s) {
	case "", "~", "null", "Null", "NULL":
		return Null
	case "true", "True", "TRUE":
		return True
	case "false", "False", "FALSE":
		return False
	case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "-.inf", "-.Inf", "-.INF", "+.inf", "+.Inf", "+.INF":
		return Number
	}
	if c := s[0]; c > '9' || c < '+' || c == ',' || c == '/' {
		return String
	}
	if number(s) {
		return Number
	}
	return String
}

// number reports whether a scalar is an integer (decimal, octal or hexadecimal)
// or a decimal fraction.
func number(s []byte) bool {
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'o') {
		for _, c := range s[2:] {
			hex := c|0x20 >= 'a' && c|0x20 <= 'f'
			if !(c >= '0' && c <= '7' || s[1] == 'x' && (c >= '8' && c <= '9' || hex)) {
				return false
			}
		}
		return true
	}
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	whole := digits(s)
	s = s[whole:]
	fraction := 0
	if len(s) > 0 && s[0] == '.' {
		fraction = digits(s[1:])
		s = s[1+fraction:]
	}
	if whole+fraction == 0 {
		return false
	}
	if len(s) > 0 && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
			s = s[1:]
		}
		n := digits(s)
		return n > 0 && n == len(s)
	}
	return len(s) == 0
}

// digits counts the digits at the start of a text.
func digits(s []byte) int {
	for i, c := range s {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(s)
}

package secret

// usualFollowers lists, for each letter from a to z, the letters that usually
// follow it in words. These 262 of 676 pairs make up 95 of 100 pairs in the READMEs
// and type declarations of 75 popular packages. Of random pairs, four in ten are
// among them.
var usualFollowers = [26]string{
	"bcdfgiklmnprstuvy", "aeilorsu", "acehiklorstu", "adeilorsu", "abcdefgilmnopqrstvwxy", "aefiloruy", // a–f
	"aeghilnorsu", "aeiortu", "abcdefglmnoprstvxz", "es", "aeis", "adeilostuy", // g–l
	"abeimopsu", "acdefgiklnopstuv", "abcdfgiklmnoprstuvw", "aehiloprstu", "u", "acdefgiklmnorstuvy", // m–r
	"acehiklopstuy", "acehiloprstuy", "abcdegilmnprst", "aeio", "aehinors", "eipt", "ps", "e", // s–z
}

// usualPairs is usualFollowers as a table.
var usualPairs = func() (t [26][26]bool) {
	for a, list := range usualFollowers {
		for _, b := range []byte(list) {
			t[a][b-'a'] = true
		}
	}
	return t
}()

// A shape counts what distinguishes words from random characters.
type shape struct {
	letters    int // number of letters
	digits     int // number of digits
	numbers    int // runs of digits
	words      int // parts of at least three letters: all in one case, or a capital and small letters
	inWords    int // letters in these words
	pairs      int // neighbouring letters in parts of at least two letters
	usualPairs int // pairs that are in usualFollowers
}

// shapeOf splits a value into parts as a programmer reads it: at signs, at digits
// and in front of capitals.
func shapeOf(value []byte) shape {
	var s shape
	for i := 0; i < len(value); {
		from := i
		switch {
		case isDigit(value[i]):
			for i < len(value) && isDigit(value[i]) {
				i++
			}
			s.digits, s.numbers = s.digits+i-from, s.numbers+1
			continue
		case isLower(value[i]):
			i = lowers(value, i)
		case isUpper(value[i]):
			for i < len(value) && isUpper(value[i]) {
				i++
			}
			if end := lowers(value, i); end > i { // the last capital begins the next part
				if i-from > 1 {
					s.addPart(value[from : i-1])
				}
				from, i = i-1, end
			}
		default:
			i++
			continue
		}
		s.addPart(value[from:i])
	}
	return s
}

// addPart counts one part of letters.
func (s *shape) addPart(p []byte) {
	s.letters += len(p)
	if len(p) >= 3 {
		s.words, s.inWords = s.words+1, s.inWords+len(p)
	}
	for i := 1; i < len(p); i++ {
		s.pairs++
		if usualPairs[lower(p[i-1])-'a'][lower(p[i])-'a'] {
			s.usualPairs++
		}
	}
}

// wordy reports whether a value reads as words with a few numbers: a name, a path
// of names, a list of them, a phrase. Of random values, one in a hundred does so at
// twelve small letters, and hardly any with digits, both cases or more characters.
// A test holds the numbers.
func wordy(value []byte) bool {
	s := shapeOf(value)
	return s.words > 0 && s.pairs >= 6 &&
		s.digits <= 2+s.letters/4 && s.numbers <= s.words+1 &&
		s.inWords*4 >= s.letters*3 && s.usualPairs*100 >= s.pairs*78
}

// lowers returns where the small letters from value[i] on end.
func lowers(value []byte, i int) int {
	for i < len(value) && isLower(value[i]) {
		i++
	}
	return i
}

func isLower(b byte) bool { return b >= 'a' && b <= 'z' }
func isUpper(b byte) bool { return b >= 'A' && b <= 'Z' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }

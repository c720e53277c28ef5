package secret

// follows lists, for each letter, the letters that follow it in words: the
// pairs that make up 95 of 100 in the words of the READMEs and type
// declarations of 75 popular packages. Of 676 pairs they are 262: two letters drawn
// at random are one of them four times in ten.
var usualFollowers = [26]string{
	"bcdfgiklmnprstuvy", "aeilorsu", "acehiklorstu", "adeilorsu", "abcdefgilmnopqrstvwxy", "aefiloruy", // a–f
	"aeghilnorsu", "aeiortu", "abcdefglmnoprstvxz", "es", "aeis", "adeilostuy", // g–l
	"abeimopsu", "acdefgiklnopstuv", "abcdfgiklmnoprstuvw", "aehiloprstu", "u", "acdefgiklmnorstuvy", // m–r
	"acehiklopstuy", "acehiloprstuy", "abcdegilmnprst", "aeio", "aehinors", "eipt", "ps", "e", // s–z
}

// pairs is follows as a table.
var usualPairs = func() (t [26][26]bool) {
	for a, list := range usualFollowers {
		for _, b := range []byte(list) {
			t[a][b-'a'] = true
		}
	}
	return t
}()

// A shape counts what tells words from characters drawn at random.
type shape struct {
	letters    int // in all
	digits     int
	numbers    int // runs of digits
	words      int // parts of at least three letters: one case, or a capital and small ones
	inWords    int // letters in them
	pairs      int // of neighbours in parts of at least two letters
	usualPairs int // of these, those of follows
}

// shapeOf takes a value apart as a reader of program code does: at signs, at
// digits and before capitals.
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
			if end := lowers(value, i); end > i { // the last capital belongs to what follows
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

// wordy reports whether a value reads as words, with numbers here and there: a
// name, a path of names, a list of them, a phrase. Of values drawn at random, one in
// a hundred reads so at twelve small letters, and hardly any with digits, both cases
// or more characters: a test says how many.
func wordy(value []byte) bool {
	s := shapeOf(value)
	return s.words > 0 && s.pairs >= 6 &&
		s.digits <= 2+s.letters/4 && s.numbers <= s.words+1 &&
		s.inWords*4 >= s.letters*3 && s.usualPairs*100 >= s.pairs*78
}

func lowers(value []byte, i int) int {
	for i < len(value) && isLower(value[i]) {
		i++
	}
	return i
}

func isLower(b byte) bool { return b >= 'a' && b <= 'z' }
func isUpper(b byte) bool { return b >= 'A' && b <= 'Z' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }

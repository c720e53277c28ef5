package npm

import "github.com/publishgate/publishgate/internal/strict"

// OnlyVersionDiffers reports whether two package.json files differ in their
// version only, as after a release tool has set it. The order of keys counts
// (that of exports has a meaning), white space does not.
func OnlyVersionDiffers(a, b []byte) bool {
	one, err1 := strict.Parse(a)
	two, err2 := strict.Parse(b)
	if err1 != nil || err2 != nil || one.Kind() != strict.Object || two.Kind() != strict.Object {
		return false
	}
	return one.Get("version").Text() != two.Get("version").Text() && alike(one, two, "version")
}

// alike compares two values. If but is not "", the strings under that key may
// differ.
func alike(a, b strict.Value, but string) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case strict.Object:
		keys, values := flat(a)
		others, against := flat(b)
		if len(keys) != len(others) {
			return false
		}
		for i, key := range keys {
			free := but != "" && key == but && values[i].Kind() == strict.String && against[i].Kind() == strict.String
			if key != others[i] || !free && !alike(values[i], against[i], "") {
				return false
			}
		}
		return true
	case strict.Array:
		if a.Len() != b.Len() {
			return false
		}
		var others []strict.Value
		for e := range b.Elements() {
			others = append(others, e)
		}
		i := 0
		for e := range a.Elements() {
			if !alike(e, others[i], "") {
				return false
			}
			i++
		}
		return true
	case strict.String:
		return a.Text() == b.Text()
	}
	return string(a.Raw()) == string(b.Raw())
}

func flat(v strict.Value) (keys []string, values []strict.Value) {
	for key, value := range v.Members() {
		keys, values = append(keys, key.Text()), append(values, value)
	}
	return keys, values
}

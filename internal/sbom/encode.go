package sbom

import "github.com/publishgate/publishgate/internal/jsonout"

// An encoder appends JSON as CycloneDX's own library writes it. It is written by
// hand because reflection over the structs of that library, of some forty fields
// each, costs 20 µs a component and most of a millisecond before the first.
type encoder struct {
	jsonout.Writer
	licenses map[string]licence // read so far: there are few among many packages
}

func (e *encoder) property(name, value string) {
	e.Item()
	e.Open('{')
	e.Plain("name", name)
	e.Text("value", value)
	e.Close('}')
}

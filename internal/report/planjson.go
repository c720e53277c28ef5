package report

// The plan in verdict.json.
type (
	jsonStep struct {
		Do       string        `json:"do"`
		Package  string        `json:"package"`
		To       string        `json:"to"`
		File     string        `json:"file"`
		Key      string        `json:"key"`
		Also     []string      `json:"also"`
		Old      string        `json:"old"`
		New      string        `json:"new"`
		Command  string        `json:"command"`
		Removes  []jsonRemoval `json:"removes"`
		Verified bool          `json:"verified"`
		Notes    []string      `json:"notes"`
	}
	jsonRemoval struct {
		Package string   `json:"package"`
		IDs     []string `json:"ids"`
	}
)

func planJSON(d *Document) (steps []jsonStep, patch string) {
	steps = []jsonStep{}
	if d.Plan == nil {
		return steps, ""
	}
	for _, s := range d.Plan.Steps {
		out := jsonStep{
			Do: s.Do.String(), Package: s.Name, To: s.To, File: s.File, Key: s.Key, Also: append([]string{}, s.Also...),
			Old: s.Old, New: s.New, Command: s.Command,
			Removes: []jsonRemoval{}, Verified: s.Verified, Notes: append([]string{}, s.Notes...),
		}
		for _, r := range s.Removes {
			out.Removes = append(out.Removes, jsonRemoval{r.Package, append([]string{}, r.IDs...)})
		}
		steps = append(steps, out)
	}
	return steps, d.Plan.Patch
}

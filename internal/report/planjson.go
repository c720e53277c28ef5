package report

import "github.com/publishgate/publishgate/internal/upgrade"

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
		Part     []jsonRemoval `json:"part"`
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
			Removes: removalsJSON(s.Removes), Part: removalsJSON(s.Part), Verified: s.Verified, Notes: append([]string{}, s.Notes...),
		}
		steps = append(steps, out)
	}
	return steps, d.Plan.Patch
}

func removalsJSON(list []upgrade.Removal) []jsonRemoval {
	out := make([]jsonRemoval, 0, len(list))
	for _, r := range list {
		out = append(out, jsonRemoval{r.Package, append([]string{}, r.IDs...)})
	}
	return out
}

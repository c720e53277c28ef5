package publish

// Published is the result of publishing, in the words of the action's output.
// The zero value is false.
type Published int

// The words for it.
const (
	No       Published = iota // "false"
	Yes                       // "true": this run published it, and it is visible
	Already                   // "already": the same bytes were there before
	Staged                    // "staged": they wait for a person's approval
	Accepted                  // "accepted": the registry took them and does not show them yet
	Withheld                  // "blocked": the registry took them, and its validation refuses them
)

// String returns the word.
func (p Published) String() string {
	words := []string{"false", "true", "already", "staged", "accepted", "blocked"}
	if int(p) < len(words) {
		return words[p]
	}
	return words[No]
}

// An Outcome is what Publish did and saw.
type Outcome struct {
	Published Published
	Visible   bool     // it was read back with the judged digest
	Integrity string   // of the judged bytes
	Tag       string   // the requested dist-tag
	URL       string   // of the package version on the registry, for people
	StageID   string   // of the staged version, a UUID; empty: it is not staged
	State     string   // the registry's last word about the version; foreign text; empty: none
	Approver  string   // who approved it, as the registry shows; foreign text; empty: nobody, or it is not visible
	TagsSet   []string // the further dist-tags that are on the version now
	TagsLeft  []string // those that are not
	Puts      int      // how many times the document was sent
	Warnings  []string
}

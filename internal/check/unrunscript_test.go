package check

import (
	"testing"

	"github.com/publishgate/publishgate/internal/policy"
)

func TestUnrunScripts(t *testing.T) {
	packed := func(setting policy.UnrunScripts, publishing bool) func(*Subject) {
		return func(s *Subject) {
			s.Manifest.Scripts = map[string]string{"prepare": "husky", "test": "x", "postpack": "y", "prepublish": "z", "prepack": ""}
			s.Packed, s.Publishing, s.Policy.Publish.UnrunScripts = true, publishing, setting
		}
	}
	always := []string{"scripts-not-run package.json always", "scripts-not-run package.json always"}
	advice := []string{"scripts-not-run package.json advice", "scripts-not-run package.json advice"}
	table(t, unrunScripts, []row{
		{"default, publishing", packed(policy.UnrunBlockOnPublish, true), always},
		{"default, judging alone", packed(policy.UnrunBlockOnPublish, false), advice},
		{"block", packed(policy.UnrunBlock, false), always},
		{"warn", packed(policy.UnrunWarn, true), advice},
		{"no such scripts", func(s *Subject) { packed(policy.UnrunBlock, true)(s); s.Manifest.Scripts = nil }, nil},
		{"packed by somebody else", func(s *Subject) { packed(policy.UnrunBlock, true)(s); s.Packed = false }, nil},
	})
}

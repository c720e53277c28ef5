package gate

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
)

// What became of the package is told in the words of the output, with the reason
// and the exit code that follow from it.
func TestPublishedIsTold(t *testing.T) {
	plan := &publish.Plan{Name: "@acme/demo", Version: "1.0.0", Registry: "https://registry.npmjs.org/"}
	seen := publish.Outcome{Published: publish.Yes, Visible: true}
	approved := seen
	approved.Approver = "somebody"
	invisible := &publish.InvisibleError{Plan: plan}
	type asks = policy.Publishing
	tests := []struct {
		name   string
		out    publish.Outcome
		err    error
		policy asks
		word   string
		acts   string
		reason report.Reason
	}{
		{"visible", seen, nil, asks{}, "true", "publish done", report.Fine},
		{"visible, and approved", approved, nil, asks{Require2FA: true}, "true", "publish done", report.Fine},
		{"visible, and nobody approved it", seen, nil, asks{Require2FA: true}, "true",
			"publish done, read-back failed", report.Findings},
		{"visible, and something else", seen, &publish.MismatchError{Plan: plan, What: "access", Got: "public"}, asks{}, "true",
			"publish done, read-back failed", report.Mismatch},
		{"there before", publish.Outcome{Published: publish.Already, Visible: true}, nil, asks{}, "already",
			"publish already", report.Fine},
		{"staged", publish.Outcome{Published: publish.Staged, StageID: "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"}, nil,
			asks{Require2FA: true}, "staged", "stage done", report.Fine},
		{"rejected", publish.Outcome{}, &publish.RefusedError{Reasons: []publish.Reason{{Kind: publish.Blocked}}}, asks{}, "false",
			"publish failed", report.Findings},
		{"accepted", publish.Outcome{Published: publish.Accepted}, invisible, asks{}, "accepted",
			"publish accepted", report.NotPublished},
		{"accepted, which is let", publish.Outcome{Published: publish.Accepted}, invisible, asks{InvisibleWarns: true}, "accepted",
			"publish accepted", report.Fine},
		{"blocked by the registry", publish.Outcome{Published: publish.Withheld}, &publish.BlockedError{Plan: plan}, asks{}, "blocked",
			"publish failed", report.Findings},
		{"refused", publish.Outcome{}, errors.New("402"), asks{}, "false", "publish failed", report.NotPublished},
		{"not known", publish.Outcome{}, &publish.UnknownError{Plan: plan, Err: errors.New("reset")}, asks{}, "", "publish unknown",
			report.NotPublished},
		{"a tag that is left", publish.Outcome{Published: publish.Yes, Visible: true, TagsSet: []string{"next"}, TagsLeft: []string{"beta"}}, nil,
			asks{}, "true", "publish done, tags done, tags warning", report.Fine},
	}
	for _, test := range tests {
		e := policy.Default().For("@acme/demo", policy.Flags{})
		e.Publish.Publishing = test.policy
		o := &Outcome{clock: time.Now}
		err := o.published(test.out, &input{rules: rules{policy: e}, plan: plan}, test.err)
		var acts []string
		for _, a := range o.Run.Acts {
			acts = append(acts, fmt.Sprintf("%s %s", a.What, a.State))
		}
		if got := strings.Join(acts, ", "); got != test.acts || o.Run.Out.Word() != test.word || reasonOf(err) != test.reason {
			t.Errorf("%s: %s, published %q, reason %q: %v", test.name, got, o.Run.Out.Word(), reasonOf(err), err)
		}
	}
}

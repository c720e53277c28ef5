package gate

import "github.com/publishgate/publishgate/internal/policy"

// PolicyFor reads the policy files as they are in the folder, for a package that
// need not be there.
func PolicyFor(w Where, name string) (*policy.Effective, error) {
	p, parsed, err := openPolicy(w)
	defer p.close()
	if err != nil {
		return nil, err
	}
	return parsed.For(name, policy.Flags{}), nil
}

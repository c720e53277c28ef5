package registry

import "context"

// Maintainers returns the npm names of those who may publish a package, as its
// packument lists them (github.com/npm/registry, docs/responses/package-metadata.md).
// There are none if the registry does not have the package.
func (c *Client) Maintainers(ctx context.Context, name string) ([]string, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	doc, found, err := c.packument(ctx, name, acceptVersion)
	if err != nil || !found {
		return nil, err
	}
	list := doc.Get("maintainers")
	if list.Len() == 0 {
		return nil, &AnswerError{What: "the registry's packument names no maintainers"}
	}
	var names []string
	for m := range list.Elements() {
		user := m.Get("name").Text()
		if user == "" {
			return nil, &AnswerError{What: "the registry's packument has a maintainer without a name"}
		}
		names = append(names, user)
	}
	return names, nil
}

package cli

import (
	"context"
	"fmt"
	"strings"
)

func runHelp(_ context.Context, p Process) error {
	var b strings.Builder
	b.WriteString("publishgate judges an npm package before it is published, and publishes it only if it passed.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  publishgate %-32s %s\n", strings.TrimSpace(c.name+" "+c.args), c.does)
	}
	b.WriteString("\nFlags of gate, which are also the inputs of the action:\n\n")
	listFlags(&b, options)
	b.WriteString("\nFlags of baseline:\n\n")
	listFlags(&b, baselineOptions())
	b.WriteString("\nFlags of import:\n\n")
	listFlags(&b, importOptions())
	for _, c := range dbCommands {
		fmt.Fprintf(&b, "\nFlags of %s (%s):\n\n", c.name, c.args)
		listFlags(&b, c.options)
	}
	b.WriteString(`
Credentials come from the environment: NODE_AUTH_TOKEN or NPM_TOKEN, GITHUB_TOKEN,
COSIGN_PASSWORD, SIGSTORE_ID_TOKEN, and the runner's own.

Exit codes: 0 passed, 1 blocked, 2 wrong use, 3 could not decide or could not act.
`)
	_, err := p.Stdout.Write([]byte(b.String()))
	return err
}

// listFlags writes one flag after the other, each with what it does.
func listFlags(b *strings.Builder, flags []option) {
	for _, o := range flags {
		fmt.Fprintf(b, "  -%s\n      %s", strings.TrimSpace(o.name+" "+o.arg), o.does)
		if o.def != "" && o.arg != "" {
			fmt.Fprintf(b, " (default %s)", o.def)
		}
		b.WriteByte('\n')
	}
}

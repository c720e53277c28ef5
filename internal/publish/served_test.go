package publish_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/publish"
)

// What a registry adds or writes anew is no difference; what changes an
// installation is one.
func TestDiffers(t *testing.T) {
	ball := pack(t, map[string]string{"package.json": `{"name":"@acme/demo","version":"1.0.0","main":"index.js","bin":{"demo":"cli.js"},` +
		`"dependencies":{"left":"^1.0.0","right":"~2.0.0"},"scripts":{"test":"x"},"engines":{"node":">=18"},"type":"module"}`,
		"index.js": "1", "cli.js": "#!/usr/bin/env node\n"})
	plan, err := publish.New(ball, publish.Options{Registry: "https://registry.example/", Access: "public"})
	if err != nil {
		t.Fatal(err)
	}
	const served = `{"name":"@acme/demo","version":"1.0.0","_id":"@acme/demo@1.0.0","main":"index.js","bin":{"demo":"cli.js"},` +
		`"dependencies":{"right":"~2.0.0","left":"^1.0.0"},"scripts":{"test":"x"},"engines":{"node":">=18"},"type":"module",` +
		`"_npmUser":{"name":"x"},"maintainers":[{"name":"x"}],"directories":{},"optionalDependencies":{},"os":null,"dist":{"shasum":"0"}}`
	for name, c := range map[string]struct{ from, to, field string }{
		"as sent":              {"", "", ""},
		"written anew":         {`"directories":{}`, `"directories":{},"author":{"name":"A"},"readme":""`, ""},
		"by an escape":         {`"~2.0.0"`, `"\u007e2.0.0"`, ""},
		"a dependency more":    {`"left":"^1.0.0"`, `"left":"^1.0.0","evil":"*"`, "dependencies"},
		"a dependency less":    {`,"left":"^1.0.0"`, ``, "dependencies"},
		"another range":        {`"^1.0.0"`, `">=1.0.0"`, "dependencies"},
		"a script more":        {`"test":"x"`, `"test":"x","postinstall":"node steal.js"`, "scripts"},
		"an optional one":      {`"optionalDependencies":{}`, `"optionalDependencies":{"evil":"*"}`, "optionalDependencies"},
		"another main":         {`"main":"index.js"`, `"main":"other.js"`, "main"},
		"another command":      {`"demo":"cli.js"`, `"demo":"other.js"`, "bin"},
		"a command more":       {`"demo":"cli.js"`, `"demo":"cli.js","npm":"cli.js"`, "bin"},
		"another name":         {`"name":"@acme/demo"`, `"name":"@acme/other"`, "name"},
		"a text for an object": {`{"test":"x"}`, `"x"`, "scripts"},
		"exports":              {`"type":"module"`, `"type":"module","exports":"./other.js"`, "exports"},
		"not for this machine": {`"os":null`, `"os":["darwin"]`, "os"},
	} {
		text := served
		if c.from != "" {
			if text = strings.Replace(served, c.from, c.to, 1); text == served {
				t.Fatalf("%s: nothing was changed", name)
			}
		}
		got, err := plan.Differs([]byte(text))
		if want := slices.DeleteFunc([]string{c.field}, func(s string) bool { return s == "" }); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, expected %v", name, got, err, want)
		}
	}
	for _, bad := range []string{"", "[]", `{"name":1,"name":2}`, "<html>"} {
		if got, err := plan.Differs([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

package npm

import "testing"

func TestOnlyVersionDiffers(t *testing.T) {
	const old = `{"name":"a","version":"0.0.0-development","exports":{"import":"./i.mjs","default":"./i.js"},` +
		`"files":["lib",1,true,null],"x":{"version":"1"}}`
	for _, c := range []struct {
		name, raw string
		want      bool
	}{
		{"the version", `{"name":"a","version":"1.2.3","exports":{"import":"./i.mjs","default":"./i.js"},"files":["lib",1,` +
			`true,null],"x":{"version":"1"}}`, true},
		{"the version, written anew", "{\n  \"name\": \"\\u0061\",\n  \"version\": \"1.2.3\",\n  \"exports\": {\"import\": " +
			"\"./i.mjs\", \"default\": \"./i.js\"},\n  \"files\": [\"lib\", 1, true, null], \"x\": {\"version\": \"1\"}}\n", true},
		{"nothing", old, false},
		{"no version", `{"name":"a","exports":{"import":"./i.mjs","default":"./i.js"},"files":["lib",1,true,null],"x":{"version":"1"}}`, false},
		{"a version that is no text", `{"name":"a","version":{"scripts":1},"exports":{"import":"./i.mjs",` +
			`"default":"./i.js"},"files":["lib",1,true,null],"x":{"version":"1"}}`, false},
		{"a version below", `{"name":"a","version":"1.2.3","exports":{"import":"./i.mjs","default":"./i.js"},"files":["lib",` +
			`1,true,null],"x":{"version":"2"}}`, false},
		{"the order of exports", `{"name":"a","version":"1.2.3","exports":{"default":"./i.js","import":"./i.mjs"},` +
			`"files":["lib",1,true,null],"x":{"version":"1"}}`, false},
		{"one key more", `{"name":"a","version":"1.2.3","exports":{"import":"./i.mjs","default":"./i.js"},"files":["lib",1,` +
			`true,null],"x":{"version":"1"},"scripts":{"install":"x"}}`, false},
		{"one element more", `{"name":"a","version":"1.2.3","exports":{"import":"./i.mjs","default":"./i.js"},` +
			`"files":["lib",1,true,null,"src"],"x":{"version":"1"}}`, false},
		{"another number", `{"name":"a","version":"1.2.3","exports":{"import":"./i.mjs","default":"./i.js"},"files":["lib",` +
			`2,true,null],"x":{"version":"1"}}`, false},
		{"another name", `{"name":"b","version":"1.2.3","exports":{"import":"./i.mjs","default":"./i.js"},"files":["lib",1,` +
			`true,null],"x":{"version":"1"}}`, false},
		{"no JSON", `{`, false},
		{"a list", `[]`, false},
	} {
		if got := OnlyVersionDiffers([]byte(old), []byte(c.raw)); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
	if OnlyVersionDiffers([]byte(`["version"]`), []byte(`["version"]`)) {
		t.Error("a list has no version")
	}
}

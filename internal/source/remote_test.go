package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRemote(t *testing.T) {
	dir, repo := commit(t, map[string]string{"a": "1"})
	r, err := opened(t, dir)
	must(t, err)
	for config, want := range map[string]string{
		"": "",
		"[core]\n\turl = no\n[remote \"origin\"]\n\turl = https://github.com/a/b.git\n" +
			"\tfetch = +refs/heads/*:refs/remotes/origin/*\n": "https://github.com/a/b.git",
		"[remote \"fork\"]\n\turl = https://x.example/f\n[Remote \"origin\"] URL=git@github.com:a/b.git ; mine\n": "git@github.com:a/b.git",
		"[remote \"origin\"]\nurl = \"https://x.example/a#b\" # c\n":                                              "https://x.example/a#b",
		"[remote \"origin\"]\nurl = https://user:pass@x.example/a@b\n":                                            "https://x.example/a@b",
		"[remote \"origin\"]\nurl = https://user:pass@x.example\n":                                                "https://x.example",
		"[remote \"origin\"]\nurl = ssh://git@github.com/a/b\nurl = https://second.example\n":                     "ssh://github.com/a/b",
		"[remote \"origin\"\nurl = https://x.example\n":                                                           "",
		"[include]\npath = other\n[url \"https://evil/\"]\ninsteadOf = https://\n":                                "",
	} {
		must(t, repo.Write("config", config))
		if got, err := r.Remote("origin"); got != want || err != nil {
			t.Errorf("%q: %q %v, expected %q", config, got, err, want)
		}
	}
	must(t, os.Remove(filepath.Join(dir, ".git/config")))
	if got, err := r.Remote("origin"); got != "" || err != nil {
		t.Errorf("no config: %q %v", got, err)
	}
	must(t, repo.Write("config", strings.Repeat("x", maxConfig+1)))
	if _, err := r.Remote("origin"); err == nil {
		t.Error("a huge config: no error")
	}
}

func TestRemoteOfGit(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	for _, url := range []string{"https://github.com/a/b.git", "git@github.com:a/b.git", `C:\repos\b`, "https://x.example/a#b;c d"} {
		git(t, dir, "config", "remote.origin.url", url)
		r, err := opened(t, dir)
		must(t, err)
		if got, err := r.Remote("origin"); got != url || err != nil {
			t.Errorf("%q %v, expected %q", got, err, url)
		}
	}
}

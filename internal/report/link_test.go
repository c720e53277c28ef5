package report

import "testing"

// A link leads to one of two hosts, by an id that cannot lead elsewhere.
func TestLinkOf(t *testing.T) {
	const osv = "https://osv.dev/vulnerability/"
	for id, want := range map[string]string{
		"GHSA-jf85-cpcp-j695":     "https://github.com/advisories/GHSA-jf85-cpcp-j695",
		"CVE-2024-45296":          osv + "CVE-2024-45296",
		"MAL-2025-1234":           osv + "MAL-2025-1234",
		"BIT-gulp-2020-28469":     osv + "BIT-gulp-2020-28469",
		"SNYK-JS-LODASH-567746":   osv + "SNYK-JS-LODASH-567746",
		"":                        "",
		"GHSA-jf85-cpcp":          "",
		"GHSA-jf85-cpcp-j695/..":  "",
		"GHSA-jf85-cpcp-j695\n":   "",
		"CVE-2024-45296?x":        "",
		"CVE-2024-45296#x":        "",
		"javascript:alert(1)":     "",
		"https://evil.example/":   "",
		"X-1":                     "",
		"CVE-2024-../x":           "",
		"CVE-2024-\u0661\u0662":   "",
		"odd id":                  "",
		"MAL-2025-1234](http://x": "",
	} {
		if got := linkOf(id); got != want {
			t.Errorf("%q leads to %q, expected %q", id, got, want)
		}
	}
}

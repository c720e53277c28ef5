package license

import "testing"

func TestNames(t *testing.T) {
	for _, entry := range []string{
		"MIT", "mit", " ISC ", "GPL-*", "AGPL-*", "gpl-3.0", "GPL-3.0-only", "GPL-3.0+", "Apache-2.0+", "*GPL*", "*", "GPL*", "LGPL-2.1-or-later",
		"UNLICENSED", "unlic*", "LicenseRef-Acme", "LicenseRef-*", "DocumentRef-x:LicenseRef-y",
		"GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0* with classpath-exception-*", "0BSD", "BSD-?-Clause*"[:4] + "*",
	} {
		if !Names(entry) {
			t.Errorf("%q names nothing", entry)
		}
	}
	for entry, near := range map[string]string{
		"GPL": "GPL-*", "gpl": "GPL-*", "AGPL": "AGPL-*", "GPLv3": "GPL-3.0-only", "GPL v2 or later": "GPL-2.0-or-later",
		"LGPLv2.1": "LGPL-2.1-only",
		"GPL3":     "GPL-3.0-only", "Apache": "Apache-*", "Apache2": "Apache-2.0", "Apache 2.0": "Apache-2.0",
		"BSD": "BSD-*", "BSD3": "BSD-3-Clause",
		"MTI": "", "GPL-2": "GPL-2.0-only", "GPL-4.0": "GPL-1.0", "MIT OR ISC": "", "GPLv*": "GPL-2.0-or-later",
		"MPL2": "MPL-2.0", "SSPL": "SSPL-*",
		"": "", "NONE": "", "UNKNOWN": "", "NOASSERTION": "", "GPL-2.0-only WITH nothing": "", "MIT WITH *x*y*z": "",
		"licenseref": "", "LicenseRef-a OR MIT": "",
	} {
		if Names(entry) {
			t.Errorf("%q names something", entry)
		}
		if got := Nearest(entry); near != "" && got != near {
			t.Errorf("nearest to %q is %q, expected %q", entry, got, near)
		} else if got != "" && !Names(got) {
			t.Errorf("nearest to %q is %q, which names nothing", entry, got)
		}
	}
}

// What a list names must be able to fit, and the other way round.
func TestNamesAgreesWithJudge(t *testing.T) {
	for _, stated := range []string{"MIT", "GPL-3.0", "GPL-3.0-only", "GPL-3.0+", "Apache-2.0+",
		"GPL-2.0-only WITH Classpath-exception-2.0", "UNLICENSED", "LicenseRef-Acme", "eCos-2.0"} {
		for _, entry := range []string{stated, "*"} {
			if !Names(entry) {
				t.Errorf("%s names nothing", entry)
			}
			if v := Judge(stated, []string{entry}, nil); v.Allowed || v.Unknown {
				t.Errorf("%s is not denied by %s: %+v", stated, entry, v)
			}
		}
	}
}

func TestReadable(t *testing.T) {
	for text, want := range map[string]bool{"MIT": true, "MIT OR Apache-2.0": true, "Apache 2.0": true,
		"UNLICENSED": true, "LicenseRef-x": true, "GPLv3": true, "": false, "Custom": false, "SEE LICENSE IN x": false,
		"MIT AND Custom": false, "NONE": false} {
		if got := Readable(text); got != want {
			t.Errorf("Readable(%q) = %v", text, got)
		}
	}
}

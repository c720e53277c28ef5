package license

import (
	"fmt"
	"strings"
	"testing"
)

func TestTexts(t *testing.T) {
	const grant = "Permission is hereby granted, free of charge, to any person obtaining a copy\n" +
		"of this software and associated documentation files"
	const retain = "Redistributions of source code must retain the above copyright notice.\n * Redistributions in binary " +
		"form must reproduce it.\n"
	const isc = "Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee is hereby granted"
	for text, want := range map[string]string{
		"": "[]",
		"MIT License\n\n" + grant + "\n… shall be included in\nall copies or substantial portions of it.":                 "[MIT]",
		"> " + strings.ReplaceAll(grant, "\n", "\n> ") + "\n> shall be included in all\n> copies or substantial portions": "[MIT]",
		grant: "[MIT-0]",
		isc + ", provided that the above\n// copyright notice and this permission notice appear in all copies.": "[ISC]",
		isc + ".": "[0BSD]",
		retain:    "[BSD-2-Clause]",
		retain + "Neither the name of X may be used to endorse or\n promote products":                           "[BSD-3-Clause]",
		"                                 Apache License\n                           Version 2.0, January 2004": "[Apache-2.0]",
		"GNU GENERAL PUBLIC LICENSE\n   Version 2, June 1991":                                                   "[GPL-2.0]",
		"GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007":                                        "[AGPL-3.0]",
		"GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007":                                            "[LGPL-3.0]",
		"All rights reserved.": "[]",
	} {
		if got := fmt.Sprint(Texts(text)); got != want && (got != "[]" || want != "[]") {
			t.Errorf("%.60q: %s, expected %s", text, got, want)
		}
	}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		expression, texts string
		agrees, known     bool
	}{
		{"MIT", "MIT", true, true},
		{"mit", "MIT", true, true},
		{"MIT", "Apache-2.0", false, true},
		{"MIT AND (Apache-2.0 OR ISC)", "ISC", true, true},
		{"GPL-3.0-only", "GPL-3.0", true, true},
		{"GPL-2.0+", "GPL-2.0", true, true},
		{"GPL-2.0-or-later WITH Classpath-exception-2.0", "GPL-2.0", true, true},
		{"LicenseRef-ours", "MIT", false, false},
		{"our own terms", "MIT", false, false},
		{"", "MIT", false, false},
	} {
		agrees, known := States(c.expression, []string{c.texts})
		if agrees != c.agrees || known != c.known {
			t.Errorf("%s with %s: %v %v", c.expression, c.texts, agrees, known)
		}
	}
}

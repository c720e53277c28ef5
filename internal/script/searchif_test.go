package script

import "testing"

// TestTestedInTypes is about files that are searched.
func TestTestedInTypes(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"export class C {\n private readonly k: string;\n constructor() {\n this.k = process.env.A;\n\n" +
			" if (!this.k) {\n throw new Error('A');\n }\n }\n}", "A !A"},
		{"export class C {\n private readonly k: string;\n constructor() {\n this.k = process.env.A!;\n }\n}", "A"},
		{"const k: string = process.env.A; if (!this.other) { throw 1 }", "A"},
		{"const k: string | undefined = process.env.A; if (!k) throw 1", "A !A"},
		{"const k: string = process.env['A']; if (!k) { log('x'); throw 1 }", "A !A"},
		{"if (!process.env.A) throw new Error(); const k: string = process.env.A", "A !A"},
		{"const k: string = process.env.A; if (!k) { console.warn('A') } throw 1", "A"},
		{"const k: string = process.env.A; if (!k) { if (y) { z() } } throw 1", "A"},
		{"const {A, B: b} = process.env\nfoo(b)", "A B"},
		{"const {A} = process.env", "A"},
		{"const {C} = process.env.A\nfoo(C)", "A"},
	} {
		check(t, "a.ts", c.src, c.want)
	}
}

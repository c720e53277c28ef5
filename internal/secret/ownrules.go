package secret

// ownRules returns rules for what npm packages leak and gitleaks has no rule for,
// or a narrower one. Each form of token is the one that its provider documents.
func ownRules() []*rule {
	token := func(id, description, expr string, keywords ...string) *rule {
		return &rule{id: id, description: description, source: expr + tokenEnd, keywords: keywords, own: true, accept: isRealToken}
	}
	gitHub := token("github-token-jwt", "A GitHub token in the form of 2026, a JWT behind the prefix; whoever has it acts as its app or user.",
		`\b(gh[oprsu]_(?:[A-Za-z0-9]{1,20}_)?ey[A-Za-z0-9_-]{16,1000}\.[A-Za-z0-9_-]{16,1000}\.[A-Za-z0-9_-]{16,1000})`,
		"gho_", "ghp_", "ghr_", "ghs_", "ghu_")
	gitHub.whole = true // gitleaks finds its first 40 characters, which are those of others too
	rules := []*rule{
		gitHub,
		{
			id: "npmrc-auth", own: true, accept: isNotPlaceholder,
			description: "A registry credential as .npmrc holds it; whoever reads it can publish as its owner.",
			source:      `//[^\s/:]+(?::\d+)?(?:/[^\s:]*)?:_(?:authToken|password|auth)[ \t]*=[ \t]*["']?([^\s"'#;]{8,512})`,
			keywords:    []string{":_authtoken", ":_password", ":_auth"},
		},
		{
			id: "npmrc-legacy-auth", own: true, accept: isNotPlaceholder,
			description: "A registry credential in the old form of .npmrc; whoever reads it can publish as its owner.",
			source:      `(?m)^[ \t]*_(?:authToken|password|auth)[ \t]*=[ \t]*["']?([A-Za-z0-9+/=_.-]{16,512})`,
			keywords:    []string{"_authtoken", "_password", "_auth"},
		},
		{
			id: "npm-auth-ident", own: true, accept: isNotPlaceholder,
			description: "A registry credential as yarn's settings hold it; whoever reads it can publish as its owner.",
			source:      `(?i)npm_?Auth_?(?:Ident|Token)\\?["']?[ \t]*[:=][ \t]*\\?["']?([^\s"'#;,\\]{8,512})`,
			keywords:    []string{"npmauthident", "npmauthtoken", "npm_auth_ident", "npm_auth_token"},
		},
		{
			id: "netrc", own: true, accept: isRealNetrc, group: 3,
			description: "A password of .netrc; it logs in to the machine that the line names.",
			source: `(?:\bmachine` + netrcGap + `([^\s"'\x60\\]{1,255})` + netrcGap + `|\bdefault` + netrcGap + `)` +
				`(?:(?:login|account)` + netrcGap + `([^\s"'\x60\\]{1,255})` + netrcGap + `){0,2}` +
				`password` + netrcGap + `\\?["']?([^\s"'\x60\\]{6,255})`,
			keywords: []string{"password"}, // "default" is too frequent
		},
		{
			id: "npm-access-token-any", own: true, accept: isRealToken,
			description: "An npm access token; whoever has it can publish as its owner.",
			source:      `(?:\b|\\[nrt])(npms?_[A-Za-z0-9]{30,128})(?:[^A-Za-z0-9_]|$)`,
			keywords:    []string{"npm_", "npms_"},
		},
		token("huggingface-token", "A Hugging Face access token; it opens models, data sets and inference billing.",
			`\b(hf_[A-Za-z0-9]{30,40})`, "hf_"),
		token("groq-api-key", "A Groq API key; its use is billed to its owner.",
			`\b(gsk_[A-Za-z0-9]{48,60})`, "gsk_"),
		token("replicate-api-token", "A Replicate API token; its use is billed to its owner.",
			`\b(r8_[A-Za-z0-9]{37,40})`, "r8_"),
		token("openrouter-api-key", "An OpenRouter API key; its use is billed to its owner.",
			`\b(sk-or-v1-[0-9a-f]{64})`, "sk-or-v1-"),
		token("openai-api-key-any", "An OpenAI API key; its use is billed to its owner.",
			`\b(sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,200})`, "sk-proj-", "sk-svcacct-", "sk-admin-", "sk-none-"),
		token("anthropic-api-key-any", "An Anthropic API key; its use is billed to its owner.",
			`\b(sk-ant-[a-z0-9]{3,10}-[A-Za-z0-9_-]{60,120})`, "sk-ant-"),
		token("xai-api-key", "An xAI API key; its use is billed to its owner.",
			`\b(xai-[A-Za-z0-9]{70,90})`, "xai-"),
		token("nvidia-api-key", "An NVIDIA API key; its use is billed to its owner.",
			`\b(nvapi-[A-Za-z0-9_-]{60,72})`, "nvapi-"),
		token("pinecone-api-key", "A Pinecone API key; it opens the indexes of a project.",
			`\b(pcsk_[A-Za-z0-9]{5,8}_[A-Za-z0-9]{50,70})`, "pcsk_"),
		token("langsmith-api-key", "A LangSmith API key; it opens the traces of a workspace.",
			`\b(lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10})`, "lsv2_pt_", "lsv2_sk_"),
		{
			id: "connection-string", own: true, accept: isRealConnection, group: 3,
			description: "A connection string with a password; connection strings belong in the environment.",
			source: `\b((?i:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|cockroachdb|clickhouse))://` +
				`([^\s:@/"'<>\x60]{0,128}):([^\s@/"'\x60]{1,256})@([^\s/"'\x60?#,;)\\]{1,256})`,
			keywords: []string{
				"postgres://", "postgresql://", "mysql://", "mariadb://", "mongodb://", "mongodb+srv://", "redis://",
				"rediss://", "amqp://", "amqps://", "mssql://", "sqlserver://", "cockroachdb://", "clickhouse://",
			},
		},
		{
			id: "basic-auth-url", own: true, accept: isRealAddress, group: 3, requiredByte: '@',
			description: "An address with a user and a password; whoever reads it can log in.",
			source: `(?i)\b([a-z][a-z0-9+.-]{1,30})://` +
				`([A-Za-z0-9._~!$&()*+,;=%|^{}[\]\x{80}-\x{10ffff}-]{0,128}):` +
				`([^\s@/"'<>\x60?#\\]{6,256}|[^\s/"'<>\x60?#\\]{6,256})@([^\s/"'\x60?#,;)\\<>\]}&]{2,256})`,
			keywords: []string{"://"},
		},
	}
	return append(append(rules, passwordRules()...), namedValueRules()...)
}

// netrcGap matches what separates the words of .netrc, also in a string of a
// program.
const netrcGap = `(?:\s|\\[nrt])+`

// tokenEnd keeps the beginning of a longer word from passing for a token. RE2 has
// no look-ahead, so the byte is part of the match, but not of the value.
const tokenEnd = `(?:[^A-Za-z0-9_-]|$)`

package report

// The format of verdict.json. Its field names are a contract with scripts that
// read it: fields may be added, never changed. docs/verdict.schema.json is
// generated from it; the tag enum lists the words of a closed set.
type (
	jsonDocument struct {
		Run      *jsonRun      `json:"run,omitempty"` // only on standard output, which has one document
		Schema   int           `json:"schema"`        // 1
		Result   string        `json:"result" enum:"pass,block,unknown"`
		Problem  string        `json:"problem"`
		Package  jsonPackage   `json:"package"`
		Tarball  *jsonTarball  `json:"tarball"`
		LookedAt jsonLookedAt  `json:"looked_at"`
		Findings []jsonFinding `json:"findings"`
		Groups   []jsonGroup   `json:"groups"`
		Counts   jsonCounts    `json:"counts"`
		Diff     *jsonDiff     `json:"diff"`
		Plan     []jsonStep    `json:"plan"`
		Patch    string        `json:"patch"`
		Levels   *jsonLevels   `json:"levels"`
		Policy   string        `json:"policy"`
		PolicyOf string        `json:"policy_commit"`

		PolicyFiles []jsonPolicyFile `json:"policy_files"` // the organisation's first

		Written *coverageDoc `json:"written_policy,omitempty"`
		Tool    jsonTool     `json:"tool"`
	}
	jsonPolicyFile struct {
		File   string `json:"file"`
		SHA256 string `json:"sha256"`
		Commit string `json:"commit"`
	}
	jsonPackage struct {
		Name     string `json:"name"`
		Version  string `json:"version"`
		PURL     string `json:"purl"`
		Manager  string `json:"manager"`
		Lockfile string `json:"lockfile"`
		Risk     string `json:"risk" enum:",low,medium,high"` // packages.*.risk of the policy; empty: it says none
	}
	jsonTarball struct {
		File      string `json:"file"`
		Size      int64  `json:"size"`
		Unpacked  int64  `json:"unpacked"`
		Entries   int    `json:"entries"`
		SHA1      string `json:"sha1"`
		SHA256    string `json:"sha256"`
		SHA512    string `json:"sha512"`
		Integrity string `json:"integrity"`

		Files []jsonPackedFile `json:"files"`
	}
	jsonPackedFile struct {
		Path string `json:"path"`
		Size int64  `json:"size"`
	}
	jsonLookedAt struct {
		Dependencies int          `json:"dependencies"`
		Shipped      int          `json:"shipped"`
		Prod         int          `json:"prod"`
		Dev          int          `json:"dev"`
		Optional     int          `json:"optional"`
		Peer         int          `json:"peer"`
		Commit       *jsonCommit  `json:"commit"`
		Sources      []jsonSource `json:"advisory_sources"`
		Skipped      []jsonSkip   `json:"skipped"`
		Previous     string       `json:"previous_version"`
		Registry     string       `json:"registry"`
		VEX          []jsonVEX    `json:"vex"`

		// Of the dependencies; each is missing if it was not looked at.
		Signatures   *jsonSeals `json:"signatures,omitempty"`
		Attestations *jsonSeals `json:"attestations,omitempty"`
		Publishers   *jsonSeals `json:"publishers,omitempty"`
		Newcomers    *jsonSeals `json:"newcomers,omitempty"` // of those that were not locked before

		Licences []jsonLicence `json:"licenses"` // of the dependencies, the most frequent first

		Credential *jsonCredential `json:"credential"`
	}
	jsonLicence struct {
		License  string `json:"license"` // as stated; empty: none is
		Packages int    `json:"packages"`
		State    string `json:"state" enum:"accepted,denied,unknown"`
	}
	jsonSeals struct {
		Verified int            `json:"verified"`
		Missing  int            `json:"missing"`
		Invalid  int            `json:"invalid"`
		Skipped  []jsonSealSkip `json:"skipped"`
	}
	jsonSealSkip struct {
		Why      string   `json:"why"`
		Packages []string `json:"packages"`
	}
	jsonCredential struct {
		Kind    string `json:"kind" enum:"oidc,stage-token,token"`
		Created string `json:"created"` // empty: the registry does not tell
		Expires string `json:"expires"`
	}
	jsonCommit struct {
		SHA       string `json:"sha"`
		Date      string `json:"date"`
		Tag       string `json:"tag"`
		Identical int    `json:"identical"`
		Built     int    `json:"built"`
		Ignored   int    `json:"ignored"`
		Modified  int    `json:"modified"`
		Untracked int    `json:"untracked"`
		Searched  int    `json:"searched"` // files of the commit in which secrets were looked for
	}
	jsonSource struct {
		Name       string   `json:"name"`
		Advisories int      `json:"advisories"`
		AsOf       string   `json:"as_of"`
		Partial    bool     `json:"partial"`
		StandIn    bool     `json:"stand_in"` // used because no online source answered
		Error      string   `json:"error"`
		Unasked    []string `json:"unasked"`
	}
	jsonVEX struct {
		File       string `json:"file"`
		Format     string `json:"format"`
		Author     string `json:"author"`
		Statements int    `json:"statements"`
		Matched    int    `json:"matched"`
	}
	jsonSkip struct {
		What string `json:"what"`
		Why  string `json:"why"`
	}
	jsonFinding struct {
		Rule        string        `json:"rule"`
		Severity    string        `json:"severity" enum:"unknown,info,low,moderate,high,critical"`
		State       string        `json:"state" enum:"block,warn,waived"`
		Package     string        `json:"package"`
		IDs         []string      `json:"ids"`
		Paths       [][]string    `json:"paths"`
		File        string        `json:"file"`
		InTarball   bool          `json:"in_tarball"`
		Line        int           `json:"line"`
		Column      int           `json:"column"`
		Message     string        `json:"message"`
		Fix         string        `json:"fix"`
		Scope       string        `json:"scope"`
		Shipped     bool          `json:"shipped"`
		Why         string        `json:"why"`
		Due         string        `json:"due"`
		Published   string        `json:"published"`
		Advisory    *jsonAdvisory `json:"advisory"`
		Waiver      *jsonWaiver   `json:"waiver"`
		Fingerprint string        `json:"fingerprint"`
		Group       int           `json:"group"`
	}
	jsonGroup struct {
		Package  string   `json:"package"`
		Version  string   `json:"version"`
		Rule     string   `json:"rule"`
		State    string   `json:"state" enum:"block,warn,waived"`
		Worst    string   `json:"worst" enum:"unknown,info,low,moderate,high,critical"`
		Scope    string   `json:"scope"`
		Shipped  bool     `json:"shipped"`
		Count    int      `json:"count"`
		Findings []string `json:"findings"`
		Ends     string   `json:"ends"`
		Fix      string   `json:"fix"`
	}
	jsonLevels struct {
		Prod     string `json:"prod"`
		Optional string `json:"optional"`
		Peer     string `json:"peer"`
		Dev      string `json:"dev"`
		DevUnset bool   `json:"dev_unset"`
	}
	jsonWaiver struct {
		ID            string `json:"id"`
		Reason        string `json:"reason"`
		Justification string `json:"justification"`
		Owner         string `json:"owner"`
		Expires       string `json:"expires"`
		Status        string `json:"status"`
		Document      string `json:"document"`
	}
	jsonCounts struct {
		Block    int `json:"block"`
		Warn     int `json:"warn"`
		Waived   int `json:"waived"`
		Critical int `json:"critical"`
		High     int `json:"high"`
		Moderate int `json:"moderate"`
		Low      int `json:"low"`
		Info     int `json:"info"`
	}
	jsonTool struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
)

type jsonAdvisory struct {
	Title     string `json:"title"`
	Link      string `json:"link"`
	Score     string `json:"score"`
	Vector    string `json:"vector"`
	Fixed     string `json:"fixed"`
	Exploited bool   `json:"exploited"`
}

package report

// The format of gl-dependency-scanning-report.json: GitLab's Dependency
// Scanning report, https://gitlab.com/gitlab-org/security-products/security-report-schemas,
// dist/dependency-scanning-report-format.json of version 15.2.0. It is the first
// of 15.2, so every GitLab that takes 15.2 knows it, whatever its last patch is.
// The schema allows other fields, but GitLab reads none: the list of all
// packages, which older versions had here, it takes from the CycloneDX report.
const (
	gitLabVersion = "15.2.0"
	gitLabSchema  = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v" + gitLabVersion +
		"/dist/dependency-scanning-report-format.json"
)

type (
	gitLabReport struct {
		Schema          string       `json:"schema"`
		Version         string       `json:"version"`
		Scan            gitLabScan   `json:"scan"`
		Vulnerabilities []gitLabVuln `json:"vulnerabilities"`
	}
	gitLabScan struct {
		Analyzer  gitLabTool      `json:"analyzer"`
		Scanner   gitLabTool      `json:"scanner"`
		Type      string          `json:"type"`
		StartTime string          `json:"start_time"` // UTC, without a zone
		EndTime   string          `json:"end_time"`
		Status    string          `json:"status"` // success or failure
		Messages  []gitLabMessage `json:"messages"`
	}
	gitLabTool struct {
		ID      string       `json:"id"`
		Name    string       `json:"name"`
		URL     string       `json:"url"`
		Version string       `json:"version"`
		Vendor  gitLabVendor `json:"vendor"`
	}
	gitLabVendor struct {
		Name string `json:"name"`
	}
	gitLabMessage struct {
		Level string `json:"level"` // info, warn or fatal
		Value string `json:"value"`
	}
	gitLabVuln struct {
		ID          string                `json:"id"`          // a UUID
		Name        string                `json:"name"`        // at most 255 characters
		Description string                `json:"description"` // GitLab's markdown
		Severity    string                `json:"severity"`    // Critical, High, Medium, Low, Info or Unknown
		Solution    string                `json:"solution,omitempty"`
		Identifiers []gitLabID            `json:"identifiers"` // the first is what the alert is known by
		CVSS        []gitLabCVSS          `json:"cvss_vectors,omitempty"`
		Links       []gitLabLink          `json:"links,omitempty"`
		Details     map[string]gitLabNote `json:"details"`
		Flags       []gitLabFlag          `json:"flags,omitempty"`
		Location    gitLabLocation        `json:"location"`
	}
	gitLabID struct {
		Type  string `json:"type"`
		Name  string `json:"name"`
		Value string `json:"value"`
		URL   string `json:"url,omitempty"`
	}
	gitLabCVSS struct {
		Vendor string `json:"vendor"`
		Vector string `json:"vector"`
	}
	gitLabLink struct {
		URL string `json:"url"`
	}

	// A gitLabNote is a named text, or a named list of texts.
	gitLabNote struct {
		Name  string       `json:"name,omitempty"`
		Type  string       `json:"type"` // text or list
		Value string       `json:"value,omitempty"`
		Items []gitLabNote `json:"items,omitempty"`
	}
	gitLabFlag struct {
		Type        string `json:"type"`
		Origin      string `json:"origin"`
		Description string `json:"description"`
	}
	gitLabLocation struct {
		File       string           `json:"file"` // slash path in the repository
		Dependency gitLabDependency `json:"dependency"`
	}
	gitLabDependency struct {
		Package gitLabPackage `json:"package"`
		Version string        `json:"version"`
		Direct  bool          `json:"direct"`
	}
	gitLabPackage struct {
		Name string `json:"name"`
	}
)

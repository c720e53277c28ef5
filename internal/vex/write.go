package vex

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	openvex "github.com/openvex/go-vex/pkg/vex"

	"github.com/publishgate/publishgate/internal/display"
)

// An Issue is a document to be written: what one author says about one package.
type Issue struct {
	PURL       string    // of the package
	Author     string    // who is responsible for it
	Tool       string    // the program that wrote it
	Time       time.Time // when it was issued
	Assertions []Assertion
}

// An Assertion says how an advisory about a part affects the package.
type Assertion struct {
	IDs           []string  // of the advisory, its best-known name first
	URL           string    // where it can be read; may be empty
	Part          string    // package URL; empty or the package's own: the package itself
	Status        string    // not_affected, affected or fixed
	Justification string    // OpenVEX vocabulary; may be empty
	Reason        string    // for people
	Notes         string    // whose statement it is and how long it counts; may be empty
	Said          time.Time // when it was said; zero: when the document is issued
}

// Write writes an OpenVEX 0.2.0 document, ending in a newline. Its identifier
// is derived from its content, so the same input gives the same bytes. It
// returns w's error, or one for an issue without package, author or time.
func Write(w io.Writer, d Issue) error {
	if d.PURL == "" || d.Author == "" || d.Time.IsZero() {
		return fmt.Errorf("write OpenVEX: it needs a package, an author and a time")
	}
	issued := d.Time.UTC()
	doc := openvex.VEX{Metadata: openvex.Metadata{
		Context: openvex.ContextLocator(), Author: d.Author, Timestamp: &issued, Version: 1, Tooling: d.Tool,
	}, Statements: []openvex.Statement{}}
	for _, a := range d.Assertions {
		doc.Statements = append(doc.Statements, a.statement(d.PURL))
	}
	slices.SortStableFunc(doc.Statements, func(a, b openvex.Statement) int {
		return cmp.Or(cmp.Compare(a.Vulnerability.Name, b.Vulnerability.Name), cmp.Compare(part(a), part(b)))
	})
	nameless, err := encode(&doc)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(nameless)
	doc.ID = openvex.PublicNamespace + "/public/vex-" + hex.EncodeToString(sum[:])
	data, err := encode(&doc)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write OpenVEX: %w", err)
	}
	return nil
}

func encode(doc *openvex.VEX) ([]byte, error) {
	var b bytes.Buffer
	if err := doc.ToJSON(&b); err != nil {
		return nil, fmt.Errorf("write OpenVEX: %w", err)
	}
	return display.JSON(b.Bytes()), nil
}

// statement puts the reason into the OpenVEX field for the status.
func (a Assertion) statement(product string) openvex.Statement {
	s := openvex.Statement{
		Vulnerability: openvex.Vulnerability{ID: a.URL},
		Products:      []openvex.Product{{Component: component(product)}},
		Status:        openvex.Status(a.Status),
		StatusNotes:   a.Notes,
	}
	for i, id := range a.IDs {
		if i == 0 {
			s.Vulnerability.Name = openvex.VulnerabilityID(id)
		} else {
			s.Vulnerability.Aliases = append(s.Vulnerability.Aliases, openvex.VulnerabilityID(id))
		}
	}
	if a.Part != "" && a.Part != product {
		s.Products[0].Subcomponents = []openvex.Subcomponent{{Component: component(a.Part)}}
	}
	if !a.Said.IsZero() {
		said := a.Said.UTC()
		s.Timestamp = &said
	}
	switch s.Status {
	case openvex.StatusNotAffected:
		s.Justification, s.ImpactStatement = openvex.Justification(a.Justification), a.Reason
	case openvex.StatusAffected:
		s.ActionStatement = a.Reason
	default:
		s.StatusNotes = a.Reason
		if a.Notes != "" {
			s.StatusNotes += " – " + a.Notes
		}
	}
	return s
}

func component(purl string) openvex.Component {
	return openvex.Component{ID: purl, Identifiers: map[openvex.IdentifierType]string{openvex.PURL: purl}}
}

func part(s openvex.Statement) string {
	if parts := s.Products[0].Subcomponents; len(parts) > 0 {
		return parts[0].ID
	}
	return ""
}

package verify

import (
	"bytes"
	"encoding/base64"
)

// readStatement: what was signed is an in-toto statement.
func (e *examination) readStatement() answer {
	envelope := e.signed.EnvelopeContent()
	asked := e.want.Subject != nil || e.want.PredicateType != "" || e.want.Artifact != nil && e.want.Artifact.Statement != nil
	if envelope == nil {
		if asked {
			return failed("an attestation", "the signature of a file")
		}
		return answer{}
	}
	const expected = "an in-toto statement"
	raw := envelope.RawEnvelope()
	if raw.PayloadType != StatementType {
		return failed(expected, "a payload of type "+raw.PayloadType)
	}
	payload, err := base64.StdEncoding.DecodeString(raw.Payload)
	if err != nil {
		return failed(expected, err.Error())
	}
	if a := e.want.Artifact; a != nil && a.Statement != nil && !bytes.Equal(a.Statement, payload) {
		return failed("the statement that was to be signed", "another one")
	}
	statement, err := parseStatement(payload)
	if err != nil {
		return failed(expected, err.Error())
	}
	e.statement = &statement
	return passed(expected, statement.PredicateType)
}

// subject: it is about what is expected.
func (e *examination) subject() answer {
	switch {
	case e.statement == nil:
		return answer{}
	case e.want.Subject != nil:
		return e.want.Subject.of(*e.statement)
	case e.want.Artifact != nil && e.want.Artifact.Statement == nil:
		return e.want.Artifact.among(*e.statement)
	}
	return answer{}
}

// predicateType: it says what is expected to be said.
func (e *examination) predicateType() answer {
	if e.statement == nil || e.want.PredicateType == "" {
		return answer{}
	}
	return compare(e.want.PredicateType, e.statement.PredicateType)
}

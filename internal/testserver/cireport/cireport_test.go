package cireport

import (
	"strings"
	"testing"
)

const gitLab = `{"schema": "https://x", "version": "15.2.0", "scan": {"analyzer": {"id": "a", "name": "a", "version": "1",
 "vendor": {"name": "a"}}, "scanner": {"id": "a", "name": "a", "version": "1", "vendor": {"name": "a"}}, "type": "dependency_scanning",
 "start_time": "2026-01-02T03:04:05", "end_time": "2026-01-02T03:04:05", "status": "success", "messages": []}, "vulnerabilities": [
 {"id": "1", "identifiers": [{"type": "cve", "name": "C", "value": "C"}], "severity": "Low",
  "cvss_vectors": [{"vendor": "x", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
  "details": {"a": {"name": "A", "type": "text", "value": "x"}},
  "location": {"file": "f", "dependency": {"package": {"name": "p"}, "version": "1"}}}]}`

const junit = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="s" package="s" id="0" timestamp="2026-01-02T03:04:05" hostname="localhost" tests="2" failures="1" errors="0"
 skipped="0" time="0.1"><properties><property name="a" value=""/></properties><testcase classname="s.a" name="b" time="0"/>
 <testcase classname="s.c" name="d" time="0"><failure type="t" message="m">text</failure></testcase>
 <system-out></system-out><system-err></system-err></testsuite></testsuites>`

// The two tell good from bad, or what is shown by them is nothing.
func TestRefuses(t *testing.T) {
	if err := GitLab([]byte(gitLab)); err != nil {
		t.Fatal(err)
	}
	if red, err := JUnit([]byte(junit)); err != nil || red != 1 {
		t.Fatal(red, err)
	}
	for _, c := range [][2]string{
		{`"Low"`, `"low"`}, {`"status": "success"`, `"status": "failure"`}, {`"type": "cve", `, ``}, {`03:04:05", "end`, `03:04:05Z", "end`},
		{`"messages": []`, `"messages": [{"level": "fatal", "value": "x"}]`}, {`"file": "f"`, `"file": ""`}, {"CVSS:3.1", "CVSS:4.0"},
		{`"identifiers": [{"type": "cve", "name": "C", "value": "C"}]`, `"identifiers": []`}, {`"name": "A", `, ``}, {`"id": "1", `, ``},
		{`"vendor": {"name": "a"}}, "scanner"`, `"vendor": {}}, "scanner"`}, {`"severity"`, `"unknown": 1, "severity"`},
		{`"15.2.0"`, `"14.0.0"`}, {`"vulnerabilities": [`, `"vulnerabilities": [{"id": "2", "identifiers": [{"type": "cve", "name": "D", "value":
		 "C"}], "location": {"file": "f", "dependency": {"package": {"name": "p"}, "version": "2"}}},`},
	} {
		if bad := strings.Replace(gitLab, c[0], c[1], 1); bad == gitLab || GitLab([]byte(bad)) == nil {
			t.Errorf("%s in place of %s is taken", c[1], c[0])
		}
	}
	for _, c := range [][2]string{
		{`failures="1"`, `failures="0"`}, {`tests="2"`, `tests="3"`}, {`hostname="localhost" `, ``}, {`time="0"`, `time="1e3"`},
		{`classname="s.c" name="d"`, `classname="s.a" name="b"`}, {`type="t" `, ``}, {"text", "&#8;"}, {"text", "[[ATTACHMENT|x]]"},
		{`<properties>`, `<properties/><properties>`}, {`<system-out></system-out>`, ``}, {`03:04:05"`, `03:04:05Z"`},
		{`<testcase classname="s.a" name="b" time="0"/>`, `<testcase classname="s.a" name="b" time="0" file="x"/>`},
		{`<testsuites>`, `<testsuites name="x">`}, {"</failure>", "</failure><error type='t' message='m'/>"},
		{`<testcase classname="s.a" name="b" time="0"/>`, `<testcase classname="s.a" name="b" time="0">text</testcase>`},
	} {
		bad := strings.Replace(junit, c[0], c[1], 1)
		if _, err := JUnit([]byte(bad)); bad == junit || err == nil {
			t.Errorf("%s in place of %s is taken", c[1], c[0])
		}
	}
}

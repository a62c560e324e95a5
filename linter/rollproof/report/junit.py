"""The report as JUnit XML, which every CI service can show: a suite for each file, a failed test for each finding."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from rollproof.report.printable import printable

if TYPE_CHECKING:
    from rollproof.finding import Finding, Report


def render(report: Report) -> str:
    """Findings as failures, whose ``type`` is the severity. A run without any is one test that passed."""
    total = len(report.findings)
    root = ET.Element("testsuites", name="rollproof", tests=str(total or 1), failures=str(total), errors="0")
    if not report.findings:
        suite = ET.SubElement(root, "testsuite", name="rollproof", tests="1", failures="0", errors="0")
        ET.SubElement(suite, "testcase", name="no problems", classname="rollproof")
    for path, group in groupby(report.findings, key=lambda finding: finding.path):
        findings = list(group)
        count = str(len(findings))
        suite = ET.SubElement(root, "testsuite", name=printable(path), tests=count, failures=count, errors="0")
        for finding in findings:
            suite.append(_case(finding))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(finding: Finding) -> ET.Element:
    # Printable text holds no character that XML 1.0 §2.2 forbids, escaped or not.
    path, message = printable(finding.path), printable(finding.message)
    where = f"{path}:{finding.span.line}:{finding.span.column}"
    case = ET.Element("testcase", name=f"{finding.rule} at {where}", classname=path, file=path, line=str(finding.span.line))
    failure = ET.SubElement(case, "failure", type=finding.severity, message=message)
    notes = [f"{printable(other.path)}:{other.span.line}:{other.span.column}: {printable(other.message)}" for other in finding.related]
    failure.text = "\n".join([f"{where}: {finding.severity}: {message} [{finding.rule}]", *notes])
    return case

"""What an examination found, line by line, and the exit code that follows; what is examined belongs elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nba_pipeline.calendar import DateRange
from nba_pipeline.markup import markdown, markdown_table, one_line

Result = Literal["PASS", "WARN", "FAIL", "INFO"]


@dataclass(frozen=True)
class Finding:
    """One line of a report.

    A failed finding that is not ``critical`` counts as a warning. ``number`` is None outside a numbered list.
    ``details`` are further lines for who asks for them.
    """

    title: str
    result: Result
    sentence: str
    remedy: str = ""
    number: int | None = None
    critical: bool = True
    details: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the report fails because of this line."""
        return self.result == "FAIL" and self.critical

    @property
    def warns(self) -> bool:
        """Whether this line deserves a look without stopping anything."""
        return self.result == "WARN" or (self.result == "FAIL" and not self.critical)

    @property
    def line(self) -> str:
        """Number, result, title and sentence; the remedy where something is wrong."""
        number = "" if self.number is None else f"{self.number:>2} "
        remedy = f" → {self.remedy}" if self.remedy and (self.blocks or self.warns) else ""
        return one_line(f"{number}{self.result:4}  {self.title}: {self.sentence}{remedy}")

    @property
    def document(self) -> dict[str, Any]:
        """The line for machines."""
        return {
            "number": self.number,
            "title": self.title,
            "result": self.result,
            "critical": self.critical,
            "sentence": self.sentence,
            "remedy": self.remedy if self.remedy and (self.blocks or self.warns) else None,
            "details": list(self.details),
        }


@dataclass(frozen=True)
class Report:
    """The lines of one examination of a range, those of further sections by heading.

    ``nothing_to_judge`` says that the range expects nothing, which is neither a pass nor a failure.
    """

    title: str
    dates: DateRange
    findings: Sequence[Finding]
    sections: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    nothing_to_judge: bool = False

    @property
    def all_findings(self) -> Iterator[Finding]:
        """Every line, sections included."""
        yield from self.findings
        for findings in self.sections.values():
            yield from findings

    @property
    def failing(self) -> list[Finding]:
        """The lines that make the report fail."""
        return [one for one in self.all_findings if one.blocks]

    @property
    def exit_code(self) -> int:
        """0 all in order, 1 something critical, 2 warnings only, 4 nothing to judge."""
        if self.failing:
            return 1
        if self.nothing_to_judge:
            return 4
        return 2 if any(one.warns for one in self.all_findings) else 0

    @property
    def verdict(self) -> str:
        """The exit code in words."""
        return {0: "PASS", 1: "FAIL", 2: "WARN", 4: "NOTHING TO JUDGE"}[self.exit_code]

    @property
    def total(self) -> str:
        """The last line: verdict and counts."""
        counted = list(self.all_findings)
        failed, warned = len(self.failing), sum(one.warns for one in counted)
        return f"{self.title} {self.dates}: {self.verdict}, {failed} failed, {warned} to look at, of {len(counted)}"

    def lines(self, *, details: bool = False) -> list[str]:
        """The report as plain lines."""
        listed = [*_lines(self.findings, details)]
        for heading, findings in self.sections.items():
            listed += [heading, *_lines(findings, details)]
        return [*listed, self.total]

    @property
    def markdown(self) -> str:
        """The report for the UI and for files."""
        parts = [f"**{markdown(self.total)}**", "", *_table(self.findings)]
        for heading, findings in self.sections.items():
            parts += ["", f"**{markdown(heading)}**", "", *_table(findings)]
        return "\n".join(parts)

    @property
    def document(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "report": self.title,
            "start": self.dates.start,
            "end": self.dates.end,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "findings": [one.document for one in self.findings],
            "sections": {heading: [one.document for one in found] for heading, found in self.sections.items()},
        }


def _lines(findings: Sequence[Finding], details: bool) -> Iterator[str]:
    for one in findings:
        yield one.line
        if details:
            yield from (f"         {one_line(detail)}" for detail in one.details)


def _table(findings: Sequence[Finding]) -> list[str]:
    return markdown_table(
        ("#", "result", "check", "finding", "what to do"),
        [
            (
                "" if one.number is None else one.number,
                one.result,
                one.title,
                one.sentence,
                one.remedy if one.blocks or one.warns else "",
            )
            for one in findings
        ],
    )

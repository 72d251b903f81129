"""What an examination found, line by line, and the exit code that follows; what is examined belongs elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nba_pipeline.calendar import DateRange
from nba_pipeline.document import Heading, Part, Table, Verdict, as_data, as_markdown, exit_code, plain, worst
from nba_pipeline.markup import one_line


@dataclass(frozen=True)
class Finding:
    """One line of a report; ``number`` is None outside a numbered list, ``details`` are for who asks for them."""

    title: str
    result: Verdict
    sentence: str
    remedy: str = ""
    number: int | None = None
    details: tuple[str, ...] = ()

    KEYS = ("number", "title", "result", "sentence", "to_do", "details")

    @property
    def blocks(self) -> bool:
        """Whether the report fails because of this line."""
        return self.result == "FAIL"

    @property
    def warns(self) -> bool:
        """Whether this line deserves a look without stopping anything."""
        return self.result == "WARN"

    @property
    def to_do(self) -> str:
        """The remedy where something is wrong."""
        return self.remedy if self.blocks or self.warns else ""

    def at(self, number: int) -> "Finding":
        """The same line as one of a numbered list."""
        return replace(self, number=number)

    @property
    def line(self) -> str:
        """Number, result, title and sentence; the remedy where something is wrong."""
        number = "" if self.number is None else f"{self.number:>2} "
        return one_line(f"{number}{self.result:4}  {self.title}: {self.sentence}" + (self.to_do and f" → {self.to_do}"))

    @property
    def document(self) -> dict[str, Any]:
        """The line for machines."""
        stated = as_data(self)
        return {"remedy" if name == "to_do" else name: value for name, value in stated.items()}


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
    def verdict(self) -> Verdict:
        """What the lines come to."""
        if self.nothing_to_judge and not self.failing:
            return "NOT_APPLICABLE"
        return worst(one.result for one in self.all_findings)

    @property
    def exit_code(self) -> int:
        """0 all in order, 1 something failed, 2 warnings only, 4 nothing to judge."""
        return exit_code(self.verdict)

    @property
    def total(self) -> str:
        """The last line: verdict and counts."""
        counted = list(self.all_findings)
        failed, warned = len(self.failing), sum(one.warns for one in counted)
        return f"{self.title} {self.dates}: {self.verdict}, {failed} failed, {warned} to look at, of {len(counted)}"

    def parts(self, *, detailed: bool = False) -> list[Part]:
        """Every line as a row, with its details where these are wanted, then the total."""
        parts: list[Part] = []
        for heading, findings in {"": self.findings, **self.sections}.items():
            if findings:
                rows = [(one.number, one.result, one.title, one.sentence, one.to_do) for one in findings]
                parts.append(Table(heading, ("#", "result", "check", "finding", "what to do"), rows))
            if detailed:
                parts += [one_line(f"{one.title}: {detail}") for one in findings for detail in one.details]
        return [*parts, self.total]

    def lines(self, *, details: bool = False) -> list[str]:
        """The report as plain lines."""
        return plain(self.parts(detailed=details))

    @property
    def markdown(self) -> str:
        """The report for the UI and for files."""
        *tables, total = self.parts()
        return as_markdown([Heading(str(total), 1), *tables])

    @property
    def document(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "report": self.title,
            **as_data(self.dates),
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "findings": [one.document for one in self.findings],
            "sections": {heading: [one.document for one in found] for heading, found in self.sections.items()},
        }

"""Headers: lines ``-- key: value`` above SQL, in sections that a line of ``;`` parts.

What the keys of a table mean belongs to ``format``, what those of a check mean to ``checks``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nba_pipeline.contract.mistakes import Mistake
from nba_pipeline.errors import ContractError

_LINE = re.compile(r"^-- (?P<key>[a-z_]+): ?(?P<value>.*)$")


@dataclass(frozen=True)
class Key:
    """One key that a header may state: how its value is written, what it means, and an example."""

    name: str
    value: str
    meaning: str
    example: str
    is_required: bool = False
    is_repeated: bool = False


@dataclass
class Entry:
    """One key as it is stated."""

    key: str
    value: str
    line: int


@dataclass
class Section:
    """A header and the SQL below it."""

    path: Path
    line: int
    entries: list[Entry] = field(default_factory=list)
    sql: str = ""
    sql_line: int = 1

    def require(self, keys: Iterable[Key]) -> None:
        """Raise for an unknown key, one that is stated twice and one that is missing."""
        known = {key.name: key for key in keys}
        seen: set[str] = set()
        for entry in self.entries:
            if entry.key not in known:
                raise self.error(Mistake.UNKNOWN_KEY, entry.line, key=entry.key, known=", ".join(known))
            if entry.key in seen and not known[entry.key].is_repeated:
                raise self.error(Mistake.STATED_TWICE, entry.line, key=entry.key)
            seen.add(entry.key)
        for key in known.values():
            if key.is_required and key.name not in seen:
                raise self.error(Mistake.MISSING_KEY, self.line, key=key.name)

    def all(self, key: str) -> list[Entry]:
        """Every statement of a key, in order."""
        return [entry for entry in self.entries if entry.key == key]

    def value(self, key: str) -> str | None:
        """The value of a key that is stated once at most."""
        return next((entry.value for entry in self.all(key)), None)

    def error(self, mistake: Mistake, line: int, **named: object) -> ContractError:
        """The error to raise for a mistake in this section."""
        return mistake.at(self.path, line, **named)

    def add(self, number: int, line: str) -> None:
        """Take the next line of the file."""
        matched = _LINE.match(line)
        if self.sql or not (line.startswith("--") or not line.strip()):
            self.sql_line = self.sql_line if self.sql else number
            self.sql += f"{line}\n"
        elif matched:
            self.line = self.line if self.entries else number
            self.entries.append(Entry(matched["key"], matched["value"].strip(), number))
        elif line.startswith("--   ") and self.entries:
            self.entries[-1].value = f"{self.entries[-1].value} {line[2:].strip()}".strip()
        elif line.strip() not in ("--", ""):
            raise self.error(Mistake.NOT_A_HEADER_LINE, number)


def read_sections(path: Path) -> list[Section]:
    """The sections of one file; raises ContractError for a line of a header that is none."""
    sections = [Section(path, 1)]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.rstrip() == ";":
            sections.append(Section(path, number + 1))
        else:
            sections[-1].add(number, line)
    for section in sections:
        section.sql = section.sql.strip()
    return sections if sections[-1].entries or sections[-1].sql else sections[:-1]

"""Every mistake that a table file or a check file can contain, with what to write instead.

Which part of a file is read how belongs to ``header``, ``format`` and ``checks``; what a query reads is compared with
the other files in ``catalog``.
"""

from enum import Enum
from pathlib import Path

from nba_pipeline.errors import ContractError


class Mistake(Enum):
    """One kind of mistake; the value is what its reader is told, with the names of what stands in the file."""

    NOT_A_HEADER_LINE = "write '-- key: value', or '--   ' before a continuation line."
    UNKNOWN_KEY = "unknown header '{key}'; write one of {known}."
    STATED_TWICE = "'{key}' is stated twice; keep one."
    MISSING_KEY = "the header lacks '-- {key}: …'; state it."
    NO_DATASET = "'{folder}' is not a dataset; put the file below one of {known}."
    NOT_ONE_OF = "'{value}' is no value of '{key}'; write one of {known}, or leave it out."
    NOT_A_GUARD = "write '-- guards: dataset.table, days', for example '-- guards: {example}'."
    NOT_A_COLUMN = "write '-- column: name | type | rules | description'."
    COLUMN_TWICE = "column {column} is stated twice; remove one."
    UNKNOWN_TYPE = "column {column}: unknown type '{type}'; write one of {known}."
    UNKNOWN_RULE = "column {column}: unknown rule '{rule}'; write one of {known}."
    NOT_A_RANGE = "column {column}: '{text}' is not a range; write low..high, either side may be empty."
    NOT_A_SHARE = "column {column}: '{text}' is not a share; write a number between 0 and 1."
    NO_SUCH_COLUMN = "{key} names '{column}', which is no documented column."
    PARTITION_IS_NO_DATE = "partition column {column} must be a date."
    KEY_MAY_BE_NULL = "key column {column} must be 'not null'."
    VIEW_WITHOUT_QUERY = "a view needs a query."
    NOT_GOOGLESQL = "the query is not GoogleSQL: {error}"
    NOT_PRODUCED = "column {column} is documented but the query does not produce it; add it to the last select."
    NOT_DOCUMENTED = "the query produces '{column}' but no '-- column: {column} | …' documents it; add the line."
    OTHER_ORDER = "the last select lists the columns in another order than the header."
    UNKNOWN_UPSTREAM = "the query reads {tables}, which no file below {folder} declares."
    GUARDS_NO_UPSTREAM = "the query does not read {table}; guard a table it reads."
    NOT_A_CHECK = "write '-- check: [Vnn] name | block, error or warn | sentence', then the predicate or a query."
    NO_CATALOG_NUMBER = "'{title}': before the name stands the number of a catalog entry, for example V12."
    LONG_PREDICATE = (
        "the predicate of {name} is longer than {most} characters or reads other rows; write it as a query below the "
        "table's, after a line of ';', so that formatter and linter see it."
    )
    CHECK_WITHOUT_QUERY = "there is no query below the header of {name}."
    NO_CHECK_ABOVE = "no '-- check: …' stands above this; state it first."
    NOT_A_THRESHOLD = "write '-- threshold: parameter = threshold', for example '-- threshold: {example}'."
    CHECK_OF_NO_TABLE = "no table file declares '{table}'."
    CHECK_WITHOUT_PARTITIONS = "{table} has no partitions; a check of it needs none either: state it in its table file."
    UNKNOWN_CATALOG_NUMBER = "'{id}' is no catalog entry; write one of {known}."
    UNKNOWN_THRESHOLD = "the query uses @{name}, which {file} does not state below {id}; state it there."

    def at(self, path: Path, line: int, **named: object) -> ContractError:
        """The error to raise for this mistake at one line of a file."""
        return ContractError(f"{path}:{line}: {self.value.format(**named)}")

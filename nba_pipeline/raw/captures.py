"""Which of several captures counts: the newest file of each replaced group, then the newest row of each key."""

from collections.abc import Sequence

from nba_pipeline.raw.chunk import Chunk
from nba_pipeline.raw.quarantine import ROW_KEY, Problem
from nba_pipeline.raw.scans import quoted


def drop_duplicates(chunk: Chunk) -> None:
    """Newest file of each replaced group, then newest row of each key; conflicts inside a file set aside."""
    chunk.connection.execute(
        "create temp table good as"
        f" select * exclude (is_bad, is_odd){_without_broken(chunk, costs_record=False)} from typed where not is_bad"
    )
    if chunk.contract.replace_by:
        _drop_replaced(chunk, chunk.contract.replace_by)
    key = ", ".join(quoted(name) for name in chunk.contract.key)
    (repeated,) = chunk.one(f"select count(*) - count(distinct ({key})) from good")
    if not repeated:
        return
    business = ", ".join(quoted(plan.column.name) for plan in chunk.reader.plans)
    chunk.connection.execute(
        "create or replace temp table ranked as"
        f" select good.*, hash({business}) as content,"
        " row_number() over newest as place,"
        f" row_number() over within_file as place_in_file, first_value(content) over within_file as first_content"
        " from good join landed_files using (file_id)"
        f" window newest as (partition by {key} order by landed_files.age desc, record_number),"
        f" within_file as (partition by file_id, {key} order by record_number)"
    )
    shown = ", ".join(f"coalesce(cast({quoted(name)} as varchar), '')" for name in chunk.contract.key)
    for number, record, value in chunk.connection.execute(
        f"select file_id, record_number, concat_ws(', ', {shown}) from ranked"
        " where place_in_file > 1 and content <> first_content order by 1, 2"
    ).fetchall():
        chunk.problems.append(Problem(number, record, ROW_KEY, value[:200], "duplicate key in one file"))
    chunk.connection.execute("create or replace temp table good as select * from ranked where place = 1")


def _without_broken(chunk: Chunk, *, costs_record: bool) -> str:
    """A ``replace`` clause that makes NULL of values that break a rule."""
    replaced = []
    for plan in chunk.reader.plans:
        name = quoted(plan.column.name)
        rules = [rule for rule, _ in chunk.rules(plan, name) if not rule.endswith(" is null")]
        # The landing date is a column of the files, not of the record.
        rules = [rule for rule in rules if "landing_date" not in rule]
        if rules and chunk.reader.costs_record(plan) == costs_record:
            replaced.append(f"case when not ({' or '.join(rules)}) then {name} end as {name}")
    return f" replace ({', '.join(replaced)})" if replaced else ""


def _drop_replaced(chunk: Chunk, replace_by: Sequence[str]) -> None:
    """Rows of a group that a newer file of the same landing date states without them.

    A row stays where the newer file has a record set aside that may be the same row: every part of the key that
    could be read agrees. A record whose group no good record of its file shares may belong to any group.
    """
    group = ", ".join(quoted(name) for name in replace_by)
    key = [name for name in chunk.contract.key if name != chunk.contract.partition]
    # Dates are replaced one by one, so that a range gives the rows of its days.
    date = "landing_date, " if chunk.contract.partition else ""
    chunk.connection.execute(
        "create or replace temp table bad as"
        f" with stated as (select distinct file_id, {group}, true as is_stated from good)"
        f" select distinct landing_date, age, {', '.join(map(quoted, key))}, is_stated is null as is_doubtful"
        f" from (select *{_without_broken(chunk, costs_record=True)} from typed where is_bad)"
        f" join landed_files using (file_id) left join stated using (file_id, {group})"
    )
    same = " and ".join(
        f"(bad.{quoted(name)} is null or bad.{quoted(name)} = aged.{quoted(name)}"
        f"{' or bad.is_doubtful' if name in replace_by else ''})"
        for name in key
    )
    if date:
        same += " and bad.landing_date = aged.landing_date"
    chunk.connection.execute(
        "create or replace temp table good as"
        f" with aged as (select good.*, landing_date, age, max(age) over (partition by {date}{group}) as newest"
        " from good join landed_files using (file_id))"
        " select * exclude (landing_date, age, newest) from aged where age = newest"
        " union all select * exclude (landing_date, age, newest) from aged where age < newest"
        f" and exists (select 1 from bad where bad.age >= aged.newest and {same})"
    )

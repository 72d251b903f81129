"""Which of several captures counts: the newest file of each replaced group, then the newest row of each key.

A group is what ``replace_by`` of the contract names: a player's line in box scores, so that a corrected line replaces
that line only; a whole game in play-by-play, whose events are numbered anew; a whole roster, which states who is there.
A capture with at least as many persons of a game as an older one is whole, not a correction: it replaces all of them,
so that a name spelled anew is not a second player.
"""

from collections.abc import Sequence

from nba_pipeline.raw.chunk import Chunk
from nba_pipeline.raw.quarantine import ABSENT_ROWS, FEWER_ROWS, ROW_KEY, Problem
from nba_pipeline.raw.scans import quoted

#: Last column of ``replace_by`` where a group is one person's line; the columns before it name the game.
PERSONS = ("nba_player_id", "bdl_player_id", "player_name")


def drop_duplicates(chunk: Chunk) -> None:
    """Newest file of each replaced group, then newest row of each key; conflicts inside a file set aside."""
    chunk.connection.execute(
        "create temp table good as"
        f" select * exclude (is_bad, is_odd){_without_broken(chunk, costs_record=False)} from typed where not is_bad"
    )
    if chunk.contract.replace_by:
        _drop_replaced(chunk, chunk.contract.replace_by)
    key = ", ".join(quoted(name) for name in chunk.contract.key)
    chunk.connection.execute(
        f"create or replace temp table repeated as select {key} from good group by all having count(*) > 1"
    )
    if chunk.one("select count(*) from repeated") == (0,):
        return
    same = " and ".join(
        f"good.{quoted(name)} is not distinct from repeated.{quoted(name)}" for name in chunk.contract.key
    )
    business = ", ".join(quoted(plan.column.name) for plan in chunk.reader.plans)
    chunk.connection.execute(
        "create or replace temp table ranked as"
        f" select good.*, hash({business}) as content,"
        " row_number() over newest as place,"
        f" row_number() over within_file as place_in_file, first_value(content) over within_file as first_content"
        f" from good semi join repeated on {same} join landed_files using (file_id)"
        f" window newest as (partition by {key} order by landed_files.age desc, record_number),"
        f" within_file as (partition by file_id, {key} order by record_number)"
    )
    shown = ", ".join(f"coalesce(cast({quoted(name)} as varchar), '')" for name in chunk.contract.key)
    for number, record, value in chunk.connection.execute(
        f"select file_id, record_number, concat_ws(', ', {shown}) from ranked"
        " where place_in_file > 1 and content <> first_content order by 1, 2"
    ).fetchall():
        chunk.problems.append(Problem(number, record, ROW_KEY, value[:200], "duplicate key in one file"))
    chunk.connection.execute(
        "delete from good using ranked where ranked.place > 1"
        " and ranked.file_id = good.file_id and ranked.record_number = good.record_number"
    )


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
    """Rows of a group that a newer file of the same landing date states; groups it does not state stay.

    A row stays where the newer file has a record set aside that may be the same row: every part of the key that
    could be read agrees. A record whose group no good record of its file shares may belong to any group that the
    newer file states with fewer rows.
    """
    group = ", ".join(quoted(name) for name in replace_by)
    # Dates are replaced one by one, so that a range gives the rows of its days.
    shared = f"{group}, landing_date" if chunk.contract.partition else group
    key = ", ".join(quoted(name) for name in chunk.contract.key)
    chunk.connection.execute(
        "create or replace temp table replaced as"
        f" with stated as (select {shared}, file_id, age, count(distinct ({key})) as size"
        " from good join landed_files using (file_id) where has_rivals group by all)"
        " select * exclude (age) from (select *, max(age) over newer as newest_age,"
        " arg_max(file_id, age) over newer as newest, arg_max(size, age) over newer as newest_size"
        f" from stated window newer as (partition by {shared})) where age < newest_age"
    )
    (count,) = chunk.one("select count(*) from replaced")
    if not count:
        return
    if replace_by[-1] in PERSONS:
        _replace_whole_games(chunk, replace_by)
    _store_unreadable(chunk, ", ".join(quoted(name) for name in _game(replace_by)))
    same = _may_be_same(chunk, replace_by, "older", is_doubted="older.size > older.newest_size")
    chunk.connection.execute(
        "create or replace temp table kept as select * exclude (landing_date, size, newest_age, newest, newest_size)"
        f" from (select * from good join (select file_id, landing_date from landed_files) using (file_id)"
        f" join replaced using (file_id, {shared})) as older"
        f" where exists (select 1 from bad where bad.age >= older.newest_age and {same})"
    )
    _note_absent_rows(chunk, replace_by)
    _note_fewer_rows(chunk, replace_by)
    chunk.connection.execute(
        f"create or replace temp table good as {_not_replaced(shared)} union all by name select * from kept"
    )


def _game(replace_by: Sequence[str]) -> Sequence[str]:
    """The part of a group that is not a person."""
    return replace_by[:-1] if replace_by[-1] in PERSONS else replace_by


def _replace_whole_games(chunk: Chunk, replace_by: Sequence[str]) -> None:
    """Lines that a whole recapture of their game does not state are replaced, too: by nothing."""
    group = ", ".join(quoted(name) for name in replace_by)
    game = ", ".join([*(quoted(name) for name in _game(replace_by)), "landing_date"])
    key = ", ".join(quoted(name) for name in chunk.contract.key)
    chunk.connection.execute(
        "insert into replaced by name"
        f" with sizes as (select {game}, file_id, age, count(distinct ({key})) as persons"
        " from typed join landed_files using (file_id) where has_rivals group by all),"
        f" whole as (select {game}, older.file_id, max(newer.age) as newest_age,"
        " arg_max(newer.file_id, newer.age) as newest from sizes as older"
        f" join sizes as newer using ({game})"
        " where newer.age > older.age and newer.persons >= older.persons group by all)"
        f" select distinct {group}, landing_date, file_id, 1 as size, newest_age, newest, 0 as newest_size"
        f" from good join (select file_id, landing_date from landed_files) using (file_id)"
        f" join whole using (file_id, {game}) semi join replaced using (file_id, {game})"
        f" anti join replaced using (file_id, {group}, landing_date)"
    )


def _not_replaced(shared: str) -> str:
    return (
        "select * exclude (landing_date) from"
        " (select * from good join (select file_id, landing_date from landed_files) using (file_id))"
        f" anti join replaced using (file_id, {shared})"
    )


def _store_unreadable(chunk: Chunk, group: str) -> None:
    """What could be read of the keys of records that are set aside."""
    key = ", ".join(quoted(name) for name in chunk.contract.key if name != chunk.contract.partition)
    chunk.connection.execute(
        "create or replace temp table bad as"
        f" with stated as (select distinct file_id, {group}, true as is_stated from good)"
        f" select distinct landing_date, age, {key}, is_stated is null as is_doubtful"
        f" from (select *{_without_broken(chunk, costs_record=True)} from typed where is_bad)"
        f" join landed_files using (file_id) left join stated using (file_id, {group})"
    )


def _may_be_same(chunk: Chunk, replace_by: Sequence[str], row: str, *, is_doubted: str = "true") -> str:
    """A predicate: what could be read of a bad record's key agrees with the row's."""
    tests = []
    for name in chunk.contract.key:
        if name == chunk.contract.partition:
            tests.append(f"bad.landing_date = {row}.landing_date")
            continue
        column = quoted(name)
        unread = f"bad.{column} is null"
        if name in _game(replace_by):
            unread = f"(({unread} or bad.is_doubtful) and {is_doubted})"
        elif name in replace_by:
            unread = f"({unread} and {is_doubted})"
        tests.append(f"({unread} or bad.{column} = {row}.{column})")
    return " and ".join(tests)


def _note_absent_rows(chunk: Chunk, replace_by: Sequence[str]) -> None:
    """A capture that states a part of what an older one states is named; the rows it does not state stay."""
    group = ", ".join(quoted(name) for name in replace_by)
    shared = f"{group}, landing_date" if chunk.contract.partition else group
    shown = ", ".join(f"coalesce(cast(older.{quoted(name)} as varchar), '')" for name in chunk.contract.key)
    same = _may_be_same(chunk, replace_by, "older")
    found = chunk.connection.execute(
        "with newer as (select file_id, arg_max(newest, newest_age) as newest from replaced group by file_id),"
        f" older as (select * from ({_not_replaced(shared)}) join newer using (file_id)"
        " join landed_files using (file_id))"
        f" select newest, count(*), max(source_file), min(concat_ws(', ', {shown})) from older"
        f" where not exists (select 1 from bad where bad.age > older.age and {same})"
        " group by newest order by newest"
    ).fetchall()
    for newest, count, older_file, example in found:
        reason = (
            f"newer capture lacks rows of an older one: {count} of {older_file}, for example {example}; they were kept"
        )
        chunk.problems.append(Problem(newest, 0, ABSENT_ROWS, str(count), reason, is_row_kept=True))


def _note_fewer_rows(chunk: Chunk, replace_by: Sequence[str]) -> None:
    """A capture that states a group with fewer rows than an older one is named; it counts all the same."""
    shown = ", ".join(f"coalesce(cast(older.{quoted(name)} as varchar), '')" for name in replace_by)
    date = " and bad.landing_date = older.landing_date" if chunk.contract.partition else ""
    same = " and ".join(
        f"(bad.{quoted(name)} is null or bad.is_doubtful or bad.{quoted(name)} = older.{quoted(name)})"
        for name in replace_by
        if name != chunk.contract.partition
    )
    found = chunk.connection.execute(
        f"select newest, sum(size - newest_size), count(*), min(concat_ws(', ', {shown})) from replaced as older"
        " where size > newest_size and not exists"
        f" (select 1 from bad where bad.age = older.newest_age{date} and {same or 'true'})"
        " group by newest order by newest"
    ).fetchall()
    for newest, count, groups, example in found:
        reason = (
            f"newer capture states {count} rows fewer than an older one in {groups} groups"
            f" ({', '.join(replace_by)}), for example {example}; the newer one counts"
        )
        chunk.problems.append(Problem(newest, 0, FEWER_ROWS, str(count), reason, is_row_kept=True))

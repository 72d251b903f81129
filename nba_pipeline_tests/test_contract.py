"""Table files: what a good one yields, that every mistake is named with its place and its remedy.

The page about the format says what the parser knows.
"""

import re

import pytest

from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.contract.checks import CHECK_KEYS, FILE_KEYS, LONGEST, read_check_file
from nba_pipeline.contract.format import KEYS, RULES, load_contract
from nba_pipeline.contract.mistakes import Mistake
from nba_pipeline.contract.queries import tables_read
from nba_pipeline.errors import ContractError
from nba_pipeline.pages.contract_format import PAGE, contract_page, examples
from nba_pipeline.validation.catalogue import check_files
from nba_pipeline.validation.implied import facts_of

GOOD = """\
-- description: Points per game.
--   And a second line.
-- grain: One row per player and game.
-- key: game_id, player_lookup
-- partition: game_date
-- column: game_id | string | not null | Game.
-- column: player_lookup | string | not null | Player.
-- column: game_date | date | not null | Date.
-- column: points | int64 | range=0..100; warn=0..60; unit=points; core; nulls<=0.2 | Points scored.
-- check: points_are_even | warn | Points are even. | mod(points, 2) = 1
select
    game_id,
    player_lookup,
    game_date,
    points
from nba_analytics.player_game_summary
;

-- check: V11 points_are_believable | block | Nobody scores more than
--   anybody ever did.
select *
from nba_analytics.points
where
    points > 100
    or points < 0
;

-- check: games_have_points | error | Somebody scores.
-- date: game_date
select game_date
from nba_analytics.points
where game_date between @start_date and @end_date
group by game_date
having sum(points) = 0
"""
FILE = """\
-- table: nba_analytics.player_game_summary
-- check: V08 minutes_are_known | error | Most minutes are known.
-- date: game_date
-- valid_share: minutes_null_share
-- threshold: least = points_null_share
-- check: V08 minutes_are_filled | warn | Nearly all minutes are known.
-- threshold: least = minutes_null_share
select
    game_date,
    minutes_played > @least as is_valid
from nba_analytics.player_game_summary
where game_date between @start_date and @end_date
"""
#: Mistake, what is replaced in the good file, by what, the line that is named, and what is said.
OF_TABLES = [
    (Mistake.NOT_A_HEADER_LINE, "-- grain: One", "-- one", 3, "write '-- key: value'"),
    (Mistake.UNKNOWN_KEY, "-- grain:", "-- grian:", 3, "unknown header 'grian'"),
    (Mistake.STATED_TWICE, "-- partition:", "-- grain: x\n-- partition:", 5, "'grain' is stated twice"),
    (Mistake.MISSING_KEY, "-- grain: One row per player and game.\n", "", 1, "lacks '-- grain: …'"),
    (Mistake.NOT_ONE_OF, "-- partition:", "-- level: L4\n-- partition:", 5, "write one of L1, L2, L3"),
    (Mistake.NOT_A_GUARD, "-- partition:", "-- guards: a.b\n-- partition:", 5, "-- guards: dataset.table, days"),
    (Mistake.NOT_A_COLUMN, "game_id | string | not null | Game.", "game_id | string", 6, "name | type | rules"),
    (Mistake.COLUMN_TWICE, "-- column: player_lookup", "-- column: game_id", 7, "column game_id is stated twice"),
    (Mistake.UNKNOWN_TYPE, "| int64 |", "| integer |", 9, "unknown type 'integer'"),
    (Mistake.UNKNOWN_RULE, "core;", "crore;", 9, "unknown rule 'crore'"),
    (Mistake.UNKNOWN_RULE, "unit=points", "unit", 9, "unknown rule 'unit'"),
    (Mistake.UNKNOWN_RULE, "core;", "core=yes;", 9, "unknown rule 'core=yes'"),
    (Mistake.NOT_A_RANGE, "range=0..100", "range=0-100", 9, "is not a range"),
    (Mistake.NOT_A_SHARE, "nulls<=0.2", "nulls<=few", 9, "is not a share"),
    (Mistake.NO_SUCH_COLUMN, "-- key: game_id", "-- key: game", 4, "key names 'game'"),
    (Mistake.PARTITION_IS_NO_DATE, "-- partition: game_date", "-- partition: points", 5, "must be a date"),
    (Mistake.KEY_MAY_BE_NULL, "game_id | string | not null", "game_id | string |", 6, "must be 'not null'"),
    (Mistake.VIEW_WITHOUT_QUERY, GOOD[GOOD.index("select") :], "-- view: true\n", 11, "a view needs a query"),
    (Mistake.NOT_GOOGLESQL, "select\n    game_id,", "select select\n    game_id,", 11, "is not GoogleSQL"),
    (Mistake.NOT_PRODUCED, "    points\n", "    points + 1 as more\n", 9, "column points is documented but"),
    (Mistake.NOT_DOCUMENTED, "    points\n", "    points,\n    assists\n", 6, "produces 'assists' but no"),
    (Mistake.OTHER_ORDER, "    game_id,\n    player_lookup,", "    player_lookup,\n    game_id,", 6, "another order"),
    (Mistake.NOT_A_CHECK, "| warn | Points", "| warning | Points", 10, "write '-- check:"),
    (Mistake.NOT_A_CHECK, " | mod(points, 2) = 1", "", 10, "then the predicate or a query"),
    (Mistake.NO_CATALOG_NUMBER, "-- check: points", "-- check: 12 points", 10, "for example V12"),
    (Mistake.LONG_PREDICATE, "mod(points, 2) = 1", "points in (select 1)", 10, "write it as a query below"),
    (Mistake.LONG_PREDICATE, "mod(points, 2) = 1", "points = 1" + " or points = 3" * 12, 10, "write it as a query"),
    (Mistake.NO_CHECK_ABOVE, "-- check: games_have_points | error | Somebody scores.\n", "", 28, "stands above this"),
    (
        Mistake.NO_CHECK_ABOVE,
        "-- check: games_have_points | error | Somebody scores.\n-- date: game_date\n",
        "",
        27,
        "above",
    ),
    (
        Mistake.CHECK_WITHOUT_QUERY,
        GOOD[GOOD.index("select game_date\n") :],
        "",
        28,
        "no query below the header of games",
    ),
]
#: The same for the file of checks.
OF_CHECK_FILES = [
    (Mistake.MISSING_KEY, "-- table: nba_analytics.player_game_summary\n", "", 1, "lacks '-- table: …'"),
    (Mistake.CHECK_OF_NO_TABLE, "-- table: nba_analytics.player_game_summary", "-- table: a.b", 1, "declares 'a.b'"),
    (
        Mistake.CHECK_WITHOUT_PARTITIONS,
        "-- table: nba_analytics.player_game_summary",
        "-- table: nba_reference.arenas",
        6,
        "no",
    ),
    (Mistake.NOT_A_THRESHOLD, "least = p", "least: p", 5, "parameter = threshold"),
    (Mistake.UNKNOWN_CATALOG_NUMBER, "V08 minutes_are_known", "V99 minutes_are_known", 2, "'V99' is no catalog entry"),
    (Mistake.UNKNOWN_THRESHOLD, "least = minutes_null_share", "least = nothing", 6, "@nothing"),
]
#: Mistakes about several files or a folder, each with a test of its own.
OF_FOLDERS = {Mistake.NO_DATASET, Mistake.UNKNOWN_UPSTREAM, Mistake.GUARDS_NO_UPSTREAM}


def written(tmp_path, text, dataset="nba_analytics"):
    path = tmp_path / dataset / "points.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def told(mistake, message):
    """Whether a message is what is said of a mistake, with whatever names."""
    pattern = "".join(
        ".*" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", mistake.value)
    )
    return re.fullmatch(pattern, message.partition(": ")[2], re.DOTALL)


def test_a_file_states_everything_about_its_table(tmp_path):
    contract = load_contract(written(tmp_path, GOOD))
    assert contract.name == "nba_analytics.points"
    assert contract.description == "Points per game. And a second line."
    assert contract.key == ("game_id", "player_lookup")
    points = contract.column("points")
    assert (points.minimum, points.maximum, points.unit, points.core, points.null_share) == (
        0,
        100,
        "points",
        True,
        0.2,
    )
    assert contract.upstreams == ("nba_analytics.player_game_summary",)


def test_checks_stand_in_the_header_and_below_the_query(tmp_path):
    even, believable, games = load_contract(written(tmp_path, GOOD)).checks
    assert (even.severity, even.id, even.of_rows) == ("warn", "", "mod(points, 2) = 1")
    assert (believable.severity, believable.id) == ("block", "V11")
    assert believable.sentence == "Nobody scores more than anybody ever did."
    assert believable.of_rows == "points > 100\n    or points < 0"
    assert (games.of_rows, games.date, games.line) == (None, "game_date", 28)
    assert games.query.startswith("select game_date")


def test_checks_of_single_rows_share_a_scan_and_others_are_judged_alone(tmp_path):
    facts = {fact.name: fact for fact in facts_of(load_contract(written(tmp_path, GOOD)))}
    assert facts["points_are_even"].of_rows == ("nba_analytics.points", "mod(points, 2) = 1")
    assert facts["points_are_believable"].of_rows == ("nba_analytics.points", "points > 100\n    or points < 0")
    assert facts["points_are_believable"].date == "game_date"
    assert (facts["games_have_points"].of_rows, facts["games_have_points"].blocking) == (None, False)


@pytest.mark.parametrize("case", OF_TABLES)
def test_a_mistake_is_named_with_file_line_and_remedy(tmp_path, case):
    mistake, old, new, line, message = case
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert f"{path}:{line}: " in str(caught.value)
    assert message in str(caught.value)
    assert told(mistake, str(caught.value))


@pytest.mark.parametrize("case", OF_CHECK_FILES)
def test_a_mistake_in_a_file_of_checks_is_named_alike(tmp_path, case):
    mistake, old, new, line, message = case
    assert old in FILE
    path = tmp_path / "one.sql"
    path.write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        check_files(tmp_path)
    assert f"{path}:{line}: " in str(caught.value)
    assert message in str(caught.value)
    assert told(mistake, str(caught.value))


def test_every_mistake_is_made_by_a_test():
    assert {case[0] for case in (*OF_TABLES, *OF_CHECK_FILES)} | OF_FOLDERS == set(Mistake)


def test_a_file_outside_the_datasets_is_refused(tmp_path):
    with pytest.raises(ContractError, match="'misc' is not a dataset") as caught:
        load_contract(written(tmp_path, GOOD, dataset="misc"))
    assert told(Mistake.NO_DATASET, str(caught.value))


def test_a_query_that_reads_what_nobody_declares_is_refused(tmp_path):
    path = written(tmp_path, GOOD)
    with pytest.raises(ContractError, match=r"reads nba_analytics\.player_game_summary, which no file") as caught:
        load_contracts(tmp_path)
    assert f"{path}:11: " in str(caught.value)
    assert told(Mistake.UNKNOWN_UPSTREAM, str(caught.value))


def test_a_guard_on_what_the_query_does_not_read_is_refused(tmp_path):
    lone = GOOD[: GOOD.index("select")].replace("-- partition", "-- guards: nba_raw.x, 10\n-- partition")
    path = written(tmp_path, lone)
    with pytest.raises(ContractError, match=r"does not read nba_raw\.x") as caught:
        load_contracts(tmp_path)
    assert f"{path}:5: " in str(caught.value)
    assert told(Mistake.GUARDS_NO_UPSTREAM, str(caught.value))


def test_two_checks_of_one_file_differ_in_their_threshold_and_scope(tmp_path):
    (tmp_path / "one.sql").write_text(FILE.replace("@least", "2"), encoding="utf-8")
    ((_, (by_date, by_range)),) = check_files(tmp_path).values()
    assert (by_date.scope, by_range.scope) == ("date", "range")
    assert by_date.violations.endswith("having safe_divide(countif(is_valid), count(*)) < @minutes_null_share")
    assert "group by game_date" in by_date.violations
    assert by_range.violations.startswith("select\n    game_date")


def test_the_stored_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == contract_page(), "run nba-pipeline dictionary"


def test_the_page_has_every_key_every_rule_and_every_mistake():
    page = contract_page().replace("\\|", "|")
    for key in (*KEYS, *CHECK_KEYS, *FILE_KEYS):
        assert re.search(rf"^\| `{key.name}`.* \| `{re.escape(key.example)}` \|$", page, re.MULTILINE), key.name
    for rule in RULES:
        assert f"| `{rule.written}` | {rule.meaning} | `{rule.example}` |" in page
    for mistake in Mistake:
        assert f"- `{mistake.value.replace('{', '<').replace('}', '>')}`" in page


def test_every_file_the_page_shows_can_be_read(tmp_path):
    shown = re.findall(r"^```sql\n(.*?)^```", contract_page(), re.MULTILINE | re.DOTALL)
    assert shown == list(examples().values())
    for name, text in examples().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.parent.name == "checks":
            assert [fact.blocking for _, facts in check_files(path.parent).values() for fact in facts] == [False, False]
        else:
            assert load_contract(path).columns
            assert facts_of(load_contract(path))


@pytest.mark.parametrize("key", [key for key in KEYS if not key.is_required], ids=lambda key: key.name)
def test_the_example_of_a_key_can_be_read_and_says_something(tmp_path, key):
    plain = GOOD.replace("-- partition: game_date\n", "")
    said = plain.replace("-- grain", f"-- {key.name}: {key.example}\n-- grain")
    assert load_contract(written(tmp_path, said)) != load_contract(written(tmp_path / "plain", plain))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_of_a_rule_can_be_read_and_says_something(tmp_path, rule):
    plain = GOOD.replace("range=0..100; warn=0..60; unit=points; core; nulls<=0.2", "")
    said = plain.replace("points | int64 | ", f"points | int64 | {rule.example}")
    one, other = (
        load_contract(written(tmp_path / name, text)).column("points") for name, text in (("a", said), ("b", plain))
    )
    assert getattr(one, rule.sets) != getattr(other, rule.sets)


def test_the_examples_of_check_keys_can_be_read(tmp_path):
    stated = "\n".join(f"-- {key.name}: {key.example}" for key in FILE_KEYS).replace(" | mod(points, 2) = 1", "")
    path = tmp_path / "one.sql"
    path.write_text(f"{stated}\nselect game_date, true as is_valid from nba_analytics.x\n", encoding="utf-8")
    (check,) = read_check_file(path)[1]
    assert (check.date, check.valid_share, check.thresholds) == (
        "game_date",
        "valid_share_of_a_date",
        {"least_ratio": "regression_ratio"},
    )


def test_no_line_of_the_package_is_longer_than_a_reader_can_take_in():
    checks = [check for contract in load_contracts().values() for check in contract.checks]
    assert len(checks) > 40
    lines = [line for contract in load_contracts().values() for line in contract.path.read_text().splitlines()]
    assert [line for line in lines if line.startswith("-- check: ") and len(line) > LONGEST] == []


def test_tables_read_leaves_out_the_query_s_own_names():
    sql = "with a as (select * from nba_raw.x) select * from a join nba_reference.y using (k)"
    assert tables_read(sql) == ("nba_raw.x", "nba_reference.y")

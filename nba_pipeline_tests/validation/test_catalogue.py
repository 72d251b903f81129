"""The check catalogue: on sound tables every check is silent, and each named fault is caught by exactly its checks.

The tables are the start of a simulated season, put right where the simulated league is awkward on purpose. A fault is
one change behind the pipeline's back. All checks that read a changed table are judged, so a check that speaks up about
somebody else's fault fails the test as well as one that stays silent about its own.
"""

import re
import shutil
from collections.abc import Sequence
from typing import NamedTuple

import dagster as dg
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import load_contracts, runnable_contracts, stored_tables
from nba_pipeline.contract.queries import tables_read
from nba_pipeline.errors import ContractError
from nba_pipeline.home import HOME_VARIABLE, Home
from nba_pipeline.validation.catalogue import check_files, checks_of
from nba_pipeline.validation.facts import evaluate
from nba_pipeline.validation.thresholds import PACKAGED, catalogue
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import SEASON_START, SLATES, spoil

PGS, UPGC, UTGC, TOGS, TDGS = (
    f"nba_analytics.{name}"
    for name in (
        "player_game_summary",
        "upcoming_player_game_context",
        "upcoming_team_game_context",
        "team_offense_game_summary",
        "team_defense_game_summary",
    )
)
TDZA, PSZA, PCF, PDC = (
    f"nba_precompute.{name}"
    for name in (
        "team_defense_zone_analysis",
        "player_shot_zone_analysis",
        "player_composite_factors",
        "player_daily_cache",
    )
)
MLFS = "nba_predictions.ml_feature_store_v2"
GAMES = "nba_reference.dim_game"
TABLES = (PGS, UPGC, UTGC, TOGS, TDGS, TDZA, PSZA, PCF, PDC, MLFS, GAMES)
STATUS = "nba_processing.partition_status"
FAILURES = "nba_processing.registry_failures"
OPEN = "nba_processing.check_violations"
GAME = "20211104_BOS_PHI"
#: The phase gates, the readiness for training and the smoke window are judged by commands, not by checks of a table.
NOT_OF_A_TABLE = {"V21", "V22", "V23", "V32", "V33"}

#: A fortnight is judged as if it were months.
NUMBERS = """\
V18: {thresholds: {fewest_days: 3, settled_after_days: 10}}
V20: {thresholds: {settled_after_days: 10, mean_quality: 60, gold_and_silver_share: 0.4}}
V24: {thresholds: {fewest_rows: 100}}
"""
#: What the simulated league does that a check rightly tells.
PUT_RIGHT = (
    (
        f"update {PGS} set usage_rate = least(usage_rate, 45),"
        " universal_player_id = coalesce(universal_player_id, 'a_1'), has_complete_shot_zones = true,"
        " assisted_fg_makes = case when assisted_fg_makes is not null then fg_makes end,"
        " unassisted_fg_makes = case when assisted_fg_makes is not null then 0 end"
    ),
    f"update {TOGS} set has_complete_shot_zones = true, pace = least(pace, 110), possessions = least(possessions, 110)",
    (
        f"update {TDGS} set has_complete_shot_zones = true, opponent_pace = least(opponent_pace, 110),"
        " opp_paint_attempts = coalesce(opp_paint_attempts, 30),"
        " opp_mid_range_attempts = coalesce(opp_mid_range_attempts, 20)"
    ),
    f"update {UPGC} set has_prop_line = true, universal_player_id = coalesce(universal_player_id, 'a_1')",
    (
        f"update {PCF} set fatigue_score = case when player_lookup < 'm' then 80 else 100 end,"
        " fatigue_adjustment = case when player_lookup < 'm' then -1 else 0 end,"
        " total_composite_adjustment = case when player_lookup < 'm' then -1 else 0 end"
        " + coalesce(shot_zone_mismatch_score, 0) + coalesce(pace_score, 0) + coalesce(usage_spike_score, 0)"
    ),
    f"update {MLFS} set fatigue_score = 70 + hash(player_lookup) % 31, ppm_avg_last_10 = least(ppm_avg_last_10, 1)",
    f"delete from {FAILURES}",
)


@pytest.fixture(scope="module")
def sound(season_start, tmp_path_factory):
    """A home with the season start put right, and the numbers above."""
    home = Home(tmp_path_factory.mktemp("sound"))
    shutil.copy(season_start.warehouse, home.warehouse)
    (home.root / "thresholds.yaml").write_text(NUMBERS, encoding="utf-8")
    spoil(home, *PUT_RIGHT)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(HOME_VARIABLE, str(home.root))
        yield home


@pytest.fixture
def spoilt(sound, tmp_path):
    """Judge a copy after these statements: checks that fail although they did not, as ``table.check``."""

    def judge(*statements: str, dates: DateRange = SEASON_START) -> set[str]:
        copy = Home(tmp_path / "copy")
        copy.root.mkdir()
        shutil.copy(sound.warehouse, copy.warehouse)
        spoil(copy, *statements)
        return broken(copy, changed=changed_by(statements), dates=dates)

    return judge


def broken(home: Home, changed: Sequence[str] = (), dates: DateRange = SEASON_START) -> set[str]:
    """Failing checks of the computed tables, as ``table.check``; of those that read ``changed`` if it is given."""
    warehouse = EmbeddedWarehouse(home.warehouse)
    found = set()
    for table in TABLES:
        contract = load_contracts()[table]
        facts = [
            fact
            for fact in checks_of(contract)
            if not changed or set(changed) & set(stored_tables(tables_read(fact.violations)))
        ]
        with warehouse.session():
            verdicts = list(evaluate(warehouse, facts, dates))
        found |= {f"{contract.table}.{verdict.fact.name}" for verdict in verdicts if not verdict.passed}
    return found


def changed_by(statements: Sequence[str]) -> list[str]:
    return [name for name in load_contracts() if any(name in statement for statement in statements)]


def of(table: str, *checks: str) -> set[str]:
    return {f"{table.partition('.')[2]}.{check}" for check in checks}


def pending(day: str, name: str = "'a'", **more: str) -> str:
    """A statement that records an unknown name of a date; expressions of further columns by name."""
    columns = {
        "player_lookup": name,
        "game_date": f"date '{day}'",
        "processor_name": "'player_game_summary'",
        "created_at": "now()",
        "occurrence_count": "1",
        "run_id": "'r'",
    } | more
    listed = ", ".join(f"{value} as {column}" for column, value in columns.items())
    return f"insert into {FAILURES} by name select {listed} from range(11) as numbers (i)"


class Fault(NamedTuple):
    """A change behind the pipeline's back, the entry it is about, and every check that must tell it."""

    id: str
    what: str
    told_by: set[str]
    statements: tuple[str, ...]
    dates: DateRange = SEASON_START


FAULTS = [
    Fault(
        "V01",
        "a line is stored twice",
        of(PGS, "key_is_unique", "unique_game_date_player_lookup"),
        (f"insert into {PGS} select * from {PGS} where is_dnp order by player_lookup limit 1",),
    ),
    Fault(
        "V02",
        "a line has lost its player",
        of(PGS, "key_is_filled"),
        (
            f"alter table {PGS} alter player_lookup drop not null",
            (
                f"update {PGS} set player_lookup = null where is_dnp and game_id = '{GAME}' and player_lookup = "
                f"(select min(player_lookup) from {PGS} where is_dnp and game_id = '{GAME}')"
            ),
        ),
    ),
    Fault(
        "V03",
        "a date is missing",
        of(PGS, "covers_every_game", "everybody_of_the_game_book_has_a_row"),
        (f"delete from {PGS} where game_date = '2021-11-04'",),
    ),
    Fault(
        "V03",
        "a game is missing",
        of(TOGS, "covers_every_game") | of(TDGS, "mirrors_the_offence_table"),
        (f"delete from {TOGS} where game_id = '{GAME}'",),
    ),
    Fault(
        "V03",
        "a line names a third team as opponent",
        of(PGS, "game_is_in_the_schedule"),
        (f"update {PGS} set opponent_team_abbr = 'LAL' where game_id = '{GAME}' and team_abbr = 'BOS'",),
    ),
    Fault(
        "V04",
        "team and opponent are swapped",
        of(TOGS, "home_team_is_at_home", "score_equals_the_schedule")
        | of(PGS, "player_points_sum_to_the_team", "player_turnovers_do_not_exceed_the_team")
        | of(TDGS, "mirrors_the_offence_table"),
        (f"update {TOGS} set team_abbr = opponent_team_abbr, opponent_team_abbr = team_abbr where game_id = '{GAME}'",),
    ),
    *(
        Fault(
            "V04",
            f"home and away are swapped in {table}",
            of(table, "home_team_is_at_home"),
            (f"update {table} set home_game = not home_game where game_id = '{GAME}'",),
        )
        for table in (PGS, UPGC, UTGC, TOGS, TDGS)
    ),
    Fault(
        "V04",
        "one side of a game is missing",
        of(TOGS, "both_teams_of_a_game_have_a_row") | of(TDGS, "mirrors_the_offence_table"),
        (f"delete from {TOGS} where game_id = '{GAME}' and home_game",),
    ),
    Fault(
        "V04",
        "one side of a game is missing before it",
        of(UTGC, "two_rows_per_game"),
        (f"delete from {UTGC} where game_id = '{GAME}' and home_game",),
    ),
    Fault(
        "V05",
        "half of the players of a game are gone",
        of(
            PGS,
            "everybody_of_the_game_book_has_a_row",
            "number_of_players_fits_a_game",
            "player_points_sum_to_the_team",
            "player_seconds_sum_to_the_game",
            "minutes_sum_to_the_game",
        ),
        (f"delete from {PGS} where game_id = '{GAME}' and player_lookup < 'k'",),
    ),
    Fault(
        "V06",
        "a player of the slate has no context",
        of(UPGC, "everybody_of_the_slate_has_a_row") | of(MLFS, "every_slate_player_has_a_row"),
        (
            (
                f"delete from {UPGC} where game_id = '{GAME}' and player_lookup = "
                f"(select min(player_lookup) from {UPGC} where game_id = '{GAME}')"
            ),
        ),
    ),
    Fault(
        "V06",
        "a row vanished without a failure",
        of(PDC, "everybody_is_accounted_for"),
        (f"delete from {PDC} where cache_date = '2021-11-03' and player_lookup like 'a%'",),
    ),
    Fault(
        "V07",
        "a second run of a slate stored less",
        of(MLFS, "rows_fit_the_slate", "everybody_is_accounted_for", "every_slate_player_has_a_row"),
        (f"delete from {MLFS} where game_date = '2021-11-03' and player_lookup > 'f'",),
    ),
    Fault(
        "V08",
        "minutes are missing",
        of(PGS, "minutes_are_filled", "who_played_has_minutes"),
        (f"update {PGS} set minutes_played = null where game_id = '{GAME}' and player_lookup < 'g'",),
    ),
    Fault(
        "V08",
        "usage is missing",
        of(PGS, "usage_is_filled"),
        (f"update {PGS} set usage_rate = null where game_id = '{GAME}'",),
    ),
    Fault(
        "V08",
        "points are missing",
        of(PGS, "points_are_filled", "player_points_sum_to_the_team"),
        (f"update {PGS} set points = null where game_id = '{GAME}' and player_lookup < 'k'",),
    ),
    Fault(
        "V08",
        "assists are missing",
        of(PGS, "counting_statistics_are_filled"),
        (f"update {PGS} set assists = null where game_id = '{GAME}'",),
    ),
    Fault(
        "V08",
        "a date has no shot zones",
        of(PGS, "shot_zones_are_filled"),
        (f"update {PGS} set paint_attempts = null where game_date = '2021-11-04'",),
    ),
    Fault(
        "V09",
        "a defence has no rating",
        of(TDGS, "defence_is_filled"),
        (f"update {TDGS} set defensive_rating = null where game_id = '{GAME}'",),
    ),
    Fault(
        "V09",
        "an offence has no pace",
        of(TOGS, "offence_is_filled"),
        (f"update {TOGS} set pace = null where game_id = '{GAME}'",),
    ),
    Fault(
        "V10",
        "props reached nobody",
        of(UPGC, "points_lines_cover_the_slate"),
        (f"update {UPGC} set has_prop_line = false where player_lookup > 'h'",),
    ),
    Fault(
        "V10",
        "game lines reached no team since Halloween's week",
        of(UTGC, "spreads_cover_the_slate"),
        (f"update {UTGC} set game_spread = null where game_date > '2021-10-24'",),
    ),
    Fault(
        "V10",
        "props of a date belong to teams that do not play",
        of(UPGC, "props_have_a_game"),
        ("update nba_raw.odds_api_player_points_props set home_team_abbr = 'NYK' where game_date = '2021-11-04'",),
    ),
    Fault(
        "V10",
        "game lines of a date belong to teams that do not play",
        of(UTGC, "game_lines_have_a_game"),
        ("update nba_raw.odds_api_game_lines set home_team_abbr = 'NYK' where game_date = '2021-11-04'",),
    ),
    Fault(
        "V10",
        "props are captured in the evening and nothing tells the start",
        of(UPGC, "props_count_without_a_tipoff"),
        (
            "update nba_reference.dim_game set tipoff_at = null where game_date = '2021-11-04'",
            (
                "update nba_raw.odds_api_player_points_props set game_start_time = null,"
                " snapshot_timestamp = timestamptz '2021-11-04 23:00:00+00' where game_date = '2021-11-04'"
            ),
        ),
    ),
    Fault(
        "V10",
        "game lines are captured in the evening and nothing tells the start",
        of(UTGC, "game_lines_count_without_a_tipoff"),
        (
            "update nba_reference.dim_game set tipoff_at = null where game_date = '2021-11-04'",
            (
                "update nba_raw.odds_api_game_lines set commence_time = null,"
                " snapshot_timestamp = timestamptz '2021-11-04 23:00:00+00' where game_date = '2021-11-04'"
            ),
        ),
    ),
    Fault(
        "V11",
        "the calendar has its All-Star break where games are played",
        of(GAMES, "calendar_agrees_with_the_schedule"),
        ("update nba_reference.season_calendar set all_star_start = '2021-11-03', all_star_end = '2021-11-05'",),
    ),
    Fault(
        "V11",
        "more steals than anybody ever had",
        of(PGS, "values_are_possible"),
        (f"update {PGS} set steals = 30 where game_id = '{GAME}' and did_play",),
    ),
    Fault(
        "V11",
        "more minutes than a game has without overtimes",
        of(PGS, "values_are_usual", "minutes_and_usage_are_believable"),
        (f"update {PGS} set minutes_played = 66 where game_id = '{GAME}' and did_play",),
    ),
    Fault(
        "V11",
        "more made than attempted",
        of(TDGS, "makes_do_not_exceed_attempts"),
        (f"update {TDGS} set opp_paint_makes = opp_paint_attempts + 1 where game_id = '{GAME}'",),
    ),
    Fault(
        "V12",
        "rebounds are not the sum of both kinds",
        of(PGS, "rebounds_add_up"),
        (f"update {PGS} set total_rebounds = total_rebounds + 1 where game_id = '{GAME}'",),
    ),
    Fault(
        "V12",
        "points are not the sum of the baskets",
        of(TOGS, "points_add_up"),
        (f"update {TOGS} set ft_makes = ft_makes - 1 where game_id = '{GAME}'",),
    ),
    Fault(
        "V13",
        "a player has ten minutes more than the clock",
        of(PGS, "player_seconds_sum_to_the_game", "minutes_sum_to_the_game"),
        (
            (
                f"update {PGS} set seconds_played = seconds_played + 600 where player_lookup = "
                f"(select min(player_lookup) from {PGS} where game_id = '{GAME}' and did_play) and game_id = '{GAME}'"
            ),
        ),
    ),
    Fault(
        "V14",
        "defence and offence disagree about a game",
        of(TDGS, "mirrors_the_offence_table"),
        (f"update {TDGS} set points_allowed = points_allowed + 1 where game_id = '{GAME}'",),
    ),
    Fault(
        "V15",
        "the context of a slate breaks a blocking check",
        of(PDC, "upstreams_are_sound") | of(PCF, "upstreams_are_sound") | of(MLFS, "upstreams_are_sound"),
        (f"insert into {OPEN} values ('{UPGC}', 'key_is_unique', 'V01', '2021-11-03', 'error', true, 1)",),
    ),
    Fault(
        "V16",
        "a date of the look-back was never computed",
        of(PDC, "lookback_is_whole") | of(PSZA, "lookback_is_whole") | of(MLFS, "lookback_is_whole"),
        (f"delete from {STATUS} where table_name = '{PGS}' and partition_date = '2021-10-30'",),
    ),
    Fault(
        "V17",
        "the opponents of a date shot from nowhere",
        of(TDGS, "opponent_zones_are_real", "opponent_zones_are_real_nearly_always"),
        (
            (
                f"update {TDGS} set opp_paint_attempts = 0, opp_paint_makes = 0, opp_mid_range_attempts = 0,"
                " opp_mid_range_makes = 0 where game_date = '2021-11-03'"
            ),
        ),
    ),
    Fault(
        "V17",
        "the opponents of five games of eleven shot from nowhere",
        of(TDGS, "opponent_zones_are_real_nearly_always"),
        (
            (
                f"update {TDGS} set opp_paint_attempts = 0, opp_paint_makes = 0 where game_id in "
                f"(select distinct game_id from {TDGS} where game_date = '2021-11-03' and opp_paint_attempts > 0 "
                "order by game_id limit 5)"
            ),
        ),
    ),
    Fault(
        "V10",
        "lines of points, rebounds and assists together stand where points lines belong",
        of(MLFS, "lines_are_about_points"),
        (f"update {MLFS} set vegas_points_line = vegas_points_line + 9 where game_date = '2021-11-03'",),
    ),
    Fault(
        "V17",
        "no team has a paint defence",
        of(TDZA, "zones_are_held_against_the_league", "zones_are_held_against_the_league_nearly_always"),
        (f"update {TDZA} set paint_defense_vs_league_avg = null where analysis_date = '2021-11-03'",),
    ),
    Fault(
        "V17",
        "no player has a paint share",
        of(PSZA, "paint_share_is_known", "paint_share_is_known_nearly_always"),
        (
            (
                f"update {PSZA} set paint_rate_last_10 = null, primary_scoring_zone = null"
                " where analysis_date = '2021-11-03'"
            ),
        ),
    ),
    Fault(
        "V17",
        "no player has a zone mismatch",
        of(PCF, "zone_mismatch_is_known", "zone_mismatch_is_known_nearly_always"),
        (
            (
                f"update {PCF} set total_composite_adjustment = total_composite_adjustment"
                " - coalesce(shot_zone_mismatch_score, 0), shot_zone_mismatch_score = null"
                " where game_date = '2021-11-03'"
            ),
        ),
    ),
    Fault(
        "V17",
        "no player has a season's average",
        of(PDC, "season_average_is_known", "season_average_is_known_nearly_always"),
        (f"update {PDC} set points_avg_season = null where cache_date = '2021-11-03'",),
    ),
    Fault(
        "V17",
        "no opponent has a rating",
        of(MLFS, "opponent_rating_is_known", "opponent_rating_is_known_nearly_always"),
        (f"update {MLFS} set opponent_def_rating = null where game_date = '2021-11-03'",),
    ),
    Fault(
        "V18",
        "a feature is the same for everybody",
        of(MLFS, "rest_advantage_varies"),
        (f"update {MLFS} set rest_advantage = 0",),
    ),
    Fault(
        "V18",
        "a required feature is a default for everybody",
        of(MLFS, "features_rest_on_data", "required_values_are_known"),
        (
            (
                f"update {MLFS} set early_season_flag = false, src_pct_free_throw = 'missing',"
                " required_default_count = 1, feature_quality_score = least(feature_quality_score, 69)"
            ),
        ),
    ),
    Fault(
        "V19",
        "a feature has an impossible value",
        of(MLFS, "values_are_possible"),
        (f"update {MLFS} set pct_free_throw = 0.9 where game_id = '{GAME}'",),
    ),
    Fault(
        "V19",
        "a feature is no number",
        of(MLFS, "values_are_possible"),
        (f"update {MLFS} set pct_free_throw = 'nan' where game_id = '{GAME}'",),
    ),
    Fault(
        "V20",
        "lines of poor sources",
        of(PGS, "quality_is_high_after_a_month"),
        (f"update {PGS} set quality_score = 60, quality_tier = 'bronze'",),
    ),
    Fault(
        "V20",
        "no row of the month is production ready",
        of(MLFS, "production_readiness_follows_the_month"),
        (f"update {MLFS} set is_production_ready = false",),
    ),
    Fault(
        "V24",
        "a tenth of the assisted makes is missing",
        of(PGS, "statistics_are_almost_as_full_as_before"),
        (f"update {PGS} set assisted_fg_makes = null where game_date >= '2021-11-02' and player_lookup < 'b'",),
        SLATES,
    ),
    Fault(
        "V24",
        "a third of the assisted makes is missing",
        of(PGS, "statistics_are_as_full_as_before", "statistics_are_almost_as_full_as_before"),
        (f"update {PGS} set assisted_fg_makes = null where game_date >= '2021-11-02' and player_lookup < 'g'",),
        SLATES,
    ),
    Fault(
        "V25",
        "a row of the bootstrap",
        of(TDZA, "bootstrap_is_empty"),
        (
            (
                f"insert into {TDZA} select * replace (date '2021-10-25' as analysis_date,"
                f" '2021-10-20' as contributing_game_dates) from {TDZA} order by analysis_date, team_abbr limit 1"
            ),
        ),
    ),
    Fault(
        "V26",
        "a name is pending for eight days",
        of(PGS, "no_name_is_pending_for_long"),
        (pending("2021-10-27"),),
    ),
    Fault(
        "V26",
        "eleven names are pending",
        of(PGS, "few_names_are_pending"),
        (pending("2021-11-04", "'a' || i"),),
    ),
    Fault(
        "V26",
        "a name became known and its date was not rebuilt",
        of(PGS, "no_known_name_waits_for_its_rebuild"),
        (pending("2021-10-20", resolved_at="now()", outcome="'resolved'"),),
    ),
    Fault(
        "V26",
        "a game of unknown players",
        of(PGS, "names_are_known"),
        (f"update {PGS} set universal_player_id = null where game_id = '{GAME}' and team_abbr = 'BOS'",),
    ),
    Fault(
        "V27",
        "the newest two slates were not computed",
        of(MLFS, "newest_slate_is_there", "everybody_is_accounted_for"),
        (f"delete from {MLFS} where game_date > '2021-11-02'",),
    ),
    Fault(
        "V28",
        "a row knows a game of its own date",
        of(PSZA, "history_ends_before_the_slate"),
        (
            (
                f"update {PSZA} set contributing_game_dates = contributing_game_dates || ',2021-11-03'"
                " where analysis_date = '2021-11-03' and player_lookup < 'b'"
            ),
        ),
    ),
    Fault(
        "V28",
        "a line of after tip-off",
        of(UTGC, "lines_precede_tipoff"),
        (f"update {UTGC} set betting_lines_updated_at = '2021-11-06 12:00:00+00' where game_id = '{GAME}'",),
    ),
]


def test_sound_tables_break_no_check(sound):
    assert broken(sound) == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.id} {fault.what}")
def test_a_fault_is_told_by_its_checks_and_by_no_other(spoilt, fault: Fault):
    assert spoilt(*fault.statements, dates=fault.dates) == fault.told_by


def test_every_entry_about_tables_has_a_fault_and_every_check_told_of_one_belongs_to_the_entry(sound):
    of_checks = {
        f"{contract.table}.{fact.name}": fact.id
        for contract in map(load_contracts().__getitem__, TABLES)
        for fact in checks_of(contract)
    }
    for fault in FAULTS:
        assert fault.id in {of_checks[name] for name in fault.told_by}, fault.what
    assert {fault.id for fault in FAULTS} == catalogue().keys() - NOT_OF_A_TABLE


def test_a_written_check_has_a_fault_that_it_tells():
    told = {name for fault in FAULTS for name in fault.told_by}
    assert {
        f"{table.partition('.')[2]}.{fact.name}" for table, facts in check_files().values() for fact in facts
    } <= told


@pytest.mark.parametrize(
    ("what", "statements"),
    [
        (
            "without props and game lines nobody can have a line",
            (
                f"update {UPGC} set has_prop_line = false",
                f"update {UTGC} set game_spread = null where game_date > '2021-10-20'",
                "delete from nba_raw.odds_api_player_points_props",
                "delete from nba_raw.bettingpros_player_points_props",
                "delete from nba_raw.odds_api_game_lines where game_date > '2021-10-20'",
            ),
        ),
        (
            "a rejected name is not pending",
            (pending("2021-10-20", outcome="'rejected'"),),
        ),
        (
            "a name is pending for a week",
            (pending("2021-10-28"),),
        ),
        (
            "a feature that may be missing is missing",
            (f"update {MLFS} set early_season_flag = required_default_count > 0, src_vegas_line_move = 'missing'",),
        ),
        (
            "players without five games have no zone mismatch",
            (
                (
                    f"update {PCF} set total_composite_adjustment = total_composite_adjustment"
                    " - coalesce(shot_zone_mismatch_score, 0), shot_zone_mismatch_score = null"
                    " where actual_games_count < 5"
                ),
            ),
        ),
        ("the newest slate is a day behind", (f"delete from {TDGS} where game_date > '2021-12-01'",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_fault_is_not_told(spoilt, what, statements):
    assert spoilt(*statements) == set(), what


def test_the_first_month_of_a_season_promises_no_quality(spoilt, monkeypatch, tmp_path):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "without numbers of its own"))
    assert spoilt(f"update {MLFS} set quality_tier = 'critical', is_production_ready = false") == set()


def test_what_is_wrong_about_the_simulated_league_is_wrong_on_purpose(season_start):
    """No check of level error fails on any table, also not where sources are awkward."""
    warehouse = EmbeddedWarehouse(season_start.warehouse)
    errors = {
        f"{contract.name}.{verdict.fact.name}": verdict.rows
        for contract in runnable_contracts().values()
        for verdict in evaluate(warehouse, checks_of(contract), SEASON_START)
        if not verdict.passed and verdict.fact.severity is dg.AssetCheckSeverity.ERROR
    }
    assert errors == {}


def test_every_entry_of_the_catalogue_has_a_check_and_every_check_an_entry():
    used = {fact.id for contract in runnable_contracts().values() for fact in checks_of(contract)} - {""}
    assert used == catalogue().keys() - NOT_OF_A_TABLE


def test_a_check_states_every_number_it_uses_and_no_name_twice():
    for contract in runnable_contracts().values():
        names = [fact.name for fact in checks_of(contract)]
        assert len(names) == len(set(names))
        for fact in checks_of(contract):
            assert all(f"@{name}" in fact.violations for name in fact.thresholds)


def test_a_check_that_follows_from_contracts_is_some_table_s_and_names_that_table():
    facts = [(name, fact) for name, contract in runnable_contracts().items() for fact in checks_of(contract)]
    files = {path.stem for path in (PACKAGED.parent / "of_contracts").glob("*.sql")}
    assert len(files) > 10
    assert files <= {fact.name for _, fact in facts}
    for name, fact in facts:
        assert re.findall(r"\bthe_[a-z]+\b", fact.violations.replace("the_only_value", "")) == []
        assert fact.name not in files or name in fact.violations or name.partition(".")[2] in fact.violations


@pytest.mark.parametrize("table", TABLES)
def test_wrong_keys_stop_what_is_downstream(table):
    blocking = {fact.id for fact in checks_of(load_contracts()[table]) if fact.blocking}
    assert {"V01", "V02"} <= blocking


QUERY = """\
select game_date from nba_analytics.player_game_summary
where game_date between @start_date and @end_date and rand() > @minutes_null_share
"""
FILE = f"""\
-- table: nba_analytics.player_game_summary
-- check: V08 minutes_are_filled | error | Nobody lacks his minutes,
--   nobody at all.
-- date: game_date
{QUERY}"""


def test_a_file_is_read_as_one_check(tmp_path):
    (tmp_path / "one.sql").write_text(FILE, encoding="utf-8")
    ((table, (fact,)),) = check_files(tmp_path).values()
    assert table == PGS
    assert (fact.id, fact.name, fact.date, fact.blocking) == ("V08", "minutes_are_filled", "game_date", False)
    assert fact.severity is dg.AssetCheckSeverity.ERROR
    assert fact.sentence == "Nobody lacks his minutes, nobody at all."
    assert dict(fact.thresholds) == {"minutes_null_share": 0.01}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("-- table: nba_analytics.player_game_summary\n", "", "one.sql:1: the header lacks '-- table"),
        ("V08", "V99", "one.sql:2: 'V99' is no catalog entry"),
        ("nba_analytics.player_game_summary\n", "nba_analytics.nothing\n", "one.sql:1: no table file declares"),
        ("| error |", "| loud |", "one.sql:2: write '-- check"),
        ("@minutes_null_share", "@no_such_number", "one.sql:2: the query uses @no_such_number"),
        ("-- date: game_date", "-- when: game_date", "one.sql:4: unknown header 'when'"),
        (QUERY, "", "no query"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(tmp_path, before, after, complaint):
    assert before in FILE
    (tmp_path / "one.sql").write_text(FILE.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ContractError, match=complaint) as caught:
        check_files(tmp_path)
    assert "one.sql" in str(caught.value)

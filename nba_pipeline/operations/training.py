"""Whether the features of a range can be trained on: enough rows, filled, sound, varying, and none from the future."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.coverage import expected_dates
from nba_pipeline.completeness.training import PLAYERS, TRAINING, VIEW, filled, rows_by_date, values_of
from nba_pipeline.contract.catalog import declared, load_contracts
from nba_pipeline.document import Verdict, pct, share
from nba_pipeline.features import STORE, feature_versions
from nba_pipeline.home import current_home
from nba_pipeline.operations.fact_findings import facts_finding, judge
from nba_pipeline.operations.findings import Finding, Report
from nba_pipeline.operations.ten_checks import ten_tables, whole_seasons
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.seam import Warehouse

_STATISTICS = ("rebounds", "assists", "field_goal_attempts", "three_point_attempts")
_MORE_SEASONS = "Backfill more seasons; nba-pipeline verify season names what is missing."


def ml_ready(warehouse: Warehouse, dates: DateRange, *, home: Path | None = None) -> Report:
    """Whether the training features of a range can be trained on: exit code 0 ready, 1 not ready, 2 with caveats.

    A labelled row is a row of the feature view whose player played that day and has points.
    """
    least = catalogue(home or current_home().root)["V32"].thresholds
    title = "Readiness for training"
    with warehouse.session():
        warehouse.create(load_contracts().values())
        expected = expected_dates(warehouse, dates)
        if not expected.final and not expected.unknown:
            nothing = Finding("labelled rows", "INFO", "the schedule expects nothing here")
            return Report(title, dates, [nothing], nothing_to_judge=True)
        rows = filled(warehouse, dates)
        tables = [declared(name) for name in (PLAYERS, STORE)]
        facts = judge(warehouse, tables, dates, lambda fact: fact.id in ("V01", "V11", "V19"))
        pre_game = [table for table in ten_tables() if any(fact.id == "V28" for fact in checks_of(table))]
        leaks = judge(warehouse, pre_game, dates, lambda fact: fact.id == "V28")
        findings = [
            *_filled(rows, least, dates),
            facts_finding("no duplicates", facts, ("V01",), absent="WARN"),
            facts_finding("no impossible values", facts, ("V11", "V19"), absent="WARN"),
            _features_present(warehouse, dates),
            _split(rows_by_date(warehouse, dates), _of_seasons(least["split_rows"], dates)),
            facts_finding("no row knows its own game", leaks, ("V28",), absent="WARN"),
        ]
    return Report(title, dates, findings, {}, not expected.after_bootstrap)


def _of_seasons(documented: float, dates: DateRange) -> int:
    """What is documented of four seasons, for as many whole ones as the range holds, one at least."""
    return int(documented * min(4, max(1, whole_seasons(dates))) / 4)


def _filled(rows: Mapping[str, Any], least: Mapping[str, float], dates: DateRange) -> list[Finding]:
    """Enough rows, and enough of them with what is learned from."""
    labelled, wanted = int(rows["labelled"]), _of_seasons(least["labelled_rows"], dates)
    enough: Verdict = "PASS" if labelled >= wanted else "FAIL"
    mean = rows["quality"]
    good: Verdict = "PASS" if mean is not None and mean >= least["mean_quality"] else "WARN"
    said = "no rows" if mean is None else f"mean {mean:.1f}, at least {least['mean_quality']:g}"
    statistics = [("points", labelled, rows["played"])]
    statistics += [(what, rows[what], labelled) for what in _STATISTICS]
    return [
        Finding("labelled rows", enough, f"{labelled:,}, at least {wanted:,}", _MORE_SEASONS),
        _share("minutes", rows["minutes"], labelled, least["minutes_filled_share"]),
        _share("usage", rows["usage"], rows["with_minutes"], least["usage_filled_share"]),
        *(_share(what, part, whole, least["statistics_filled_share"]) for what, part, whole in statistics),
        _share("shot zones", rows["zones"], rows["with_shots"], least["zones_filled_share"], otherwise="WARN"),
        Finding("quality", good, said, catalogue()["V20"].remedy),
        _share("production ready", rows["ready"], labelled, least["production_ready_share"], "V20", otherwise="WARN"),
    ]


def _share(
    what: str, part: int, whole: int, least: float, remedy: str = "V08", *, otherwise: Verdict = "FAIL"
) -> Finding:
    good: Verdict = "PASS" if whole and part >= least * whole else otherwise
    said = f"{part:,} of {whole:,} rows, {pct(share(part, whole), 2)} %, at least {least:.0%}"
    return Finding(what.replace("_", " "), good, said, catalogue()[remedy].remedy)


def _features_present(warehouse: Warehouse, dates: DateRange) -> Finding:
    """Every training feature has stored values that differ; defaults of the view do not count."""
    features = feature_versions()[TRAINING]
    title = f"the {len(features)} training features"
    offered = {column.name for column in declared(VIEW).columns}
    absent = [feature.name for feature in features if feature.name not in offered]
    if absent:
        return Finding(title, "FAIL", f"{VIEW} lacks {', '.join(absent)}", "nba-pipeline dictionary rewrites the view.")
    values = values_of(warehouse, features, dates)
    remedy, most = catalogue()["V18"].remedy, catalogue()["V18"].thresholds["default_share"]
    unavailable = [one for one in features if not values[one.name]["asked"] and not values[one.name]["distinct"]]
    named = ", ".join(f"{one.name} (no {(one.needs or 'rows').replace('_', ' ')})" for one in unavailable)
    without = f"; no source here for {named}: missing in every row, marked" if unavailable else ""
    judged = {one.name: values[one.name] for one in features if one not in unavailable}
    constant = [name for name, found in judged.items() if found["distinct"] < 2]
    if constant:
        return Finding(title, "FAIL", f"without two different values: {', '.join(constant)}{without}", remedy)
    thin = {name: found["missing"] / found["asked"] for name, found in judged.items() if found["asked"]}
    thin = {name: part for name, part in thin.items() if part > most}
    if thin:
        listed = ", ".join(f"{name} {part:.0%}" for name, part in thin.items())
        said = f"all present and varying; defaulted in more than {most:.0%}: {listed}{without}"
        return Finding(title, "WARN", said, remedy)
    present = f"{len(judged)} present" if unavailable else "all present"
    return Finding(title, "PASS", f"{present}, none constant{without}")


def chronological_split(counts: Mapping[dt.date, int]) -> tuple[int, int, int]:
    """Rows of training, validation and test: 70, 15 and 15 % in the order of time, no date in two of them."""
    total = sum(counts.values())
    parts = [0, 0, 0]
    before = 0
    for day in sorted(counts):
        part = 0 if 100 * before < 70 * total else 1 if 100 * before < 85 * total else 2
        parts[part] += counts[day]
        before += counts[day]
    return parts[0], parts[1], parts[2]


def _split(counts: Mapping[dt.date, int], least: int) -> Finding:
    train, validation, test = chronological_split(counts)
    said = f"{train:,} training, {validation:,} validation, {test:,} test rows; the last two at least {least:,}"
    good: Verdict = "PASS" if min(validation, test) >= least else "FAIL"
    return Finding("chronological split 70/15/15", good, said, _MORE_SEASONS)

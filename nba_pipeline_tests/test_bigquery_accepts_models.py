"""Every model is valid GoogleSQL: Google's own analyzer resolves it against the contracts' schemas.

What the embedded engine runs today BigQuery must accept tomorrow; parsing with SQLGlot proves neither names nor types.
"""

import re
from collections.abc import Callable, Iterator

import pytest
import sqlglot
from sqlglot import exp

from nba_pipeline.contract.catalog import load_contracts, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.facts import Fact

MODELS = [contract for contract in load_contracts().values() if contract.query]
FACTS = {name: checks_of(contract) for name, contract in runnable_contracts().items()}
KINDS = {
    "string": "TYPE_STRING",
    "int64": "TYPE_INT64",
    "float64": "TYPE_DOUBLE",
    "bool": "TYPE_BOOL",
    "date": "TYPE_DATE",
    "timestamp": "TYPE_TIMESTAMP",
}
PARAMETERS = {
    "start_date": "date",
    "end_date": "date",
    "history_start": "date",
    "today": "date",
    "processor_name": "string",
    "run_id": "string",
    "run_at": "timestamp",
}
#: Constructs that run on both engines with different meaning, or on one only.
BANNED = {
    exp.Normalize: "names are folded at ingestion",
    exp.ArrayAgg: "use QUALIFY ROW_NUMBER or MAX_BY",
    exp.PercentileCont: "rank and pick the middle",
    exp.Rand: "results must repeat",
    exp.CurrentDate: "a row never depends on when it was computed",
    exp.CurrentTimestamp: "a row never depends on when it was computed",
    exp.FarmFingerprint: "differs between engines",
    exp.StDistance: "distances are a reference table",
}
#: No stored row reads these: they say how things stand today, and a decision may have expired.
OF_TODAY = {"nba_processing.partition_state"}


Analyze = Callable[[str], list[tuple[str, str]]]


@pytest.fixture(scope="session")
def compiled_once(once) -> Iterator[None]:
    """The analyzer is half a minute's compilation: one worker of a session compiles, the others load what it made."""
    client = pytest.importorskip("zetasql.core.wasm_client", reason="zetasql is not installed: BigQuery is not tested")
    compile_file, deserialize_file = client.Module.from_file, client.Module.deserialize_file

    class SharedModule:
        @staticmethod
        def from_file(engine, path):
            folder = once("analyzer", lambda root: (root / "code").write_bytes(compile_file(engine, path).serialize()))
            return deserialize_file(engine, str(folder / "code"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "Module", SharedModule)
        yield


@pytest.fixture(scope="session")
def analyze(compiled_once) -> Analyze:
    """Names and types of the columns a statement produces.

    The catalogue is sent once, and of the answer only the columns are read: making Python objects of every resolved
    node takes longer than resolving them.
    """
    from zetasql import api as zetasql
    from zetasql.core.local_service import ZetaSqlLocalService
    from zetasql.types import AnalyzeRequest, AnalyzerOptions, LanguageOptions, TypeKind, ZetaSQLBuiltinFunctionOptions
    from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import AnalyzeResponse

    language = LanguageOptions.maximum_features()
    datasets: dict[str, object] = {}
    for contract in load_contracts().values():
        table = zetasql.TableBuilder(contract.table)
        for column in contract.columns:
            table = table.add_column(column.name, getattr(TypeKind, KINDS[column.type]))
        builder = datasets.setdefault(contract.dataset, zetasql.CatalogBuilder(contract.dataset))
        builder.add_table(table.build())
    catalog = (
        zetasql.CatalogBuilder("project")
        .with_builtin_functions(ZetaSQLBuiltinFunctionOptions(language_options=language))
        .build()
    )
    for builder in datasets.values():
        catalog.catalog.append(builder.build())
    options = AnalyzerOptions(language_options=language)
    options.allow_undeclared_parameters = True
    service = ZetaSqlLocalService.get_instance()
    registered = service.register_catalog(simple_catalog=catalog).registered_id

    def columns(sql: str) -> list[tuple[str, str]]:
        request = AnalyzeRequest(sql_statement=sql, options=options, registered_catalog_id=registered)
        response = service.wasm_client.call_grpc_func(
            "ZetaSqlLocalService_Analyze", request.to_proto(), AnalyzeResponse
        )
        produced = response.resolved_statement.resolved_query_stmt_node.output_column_list
        return [(one.name, TypeKind(one.column.type.type_kind).name) for one in produced]

    return columns


def with_typed_parameters(sql: str) -> str:
    """Parameters as typed NULLs, because the analyzer is not told their types."""
    for name, kind in PARAMETERS.items():
        sql = re.sub(rf"@{name}\b", f"cast(null as {kind})", sql)
    return sql


def with_thresholds(fact: Fact) -> str:
    """The query of a fact with its numbers in place."""
    sql = fact.violations
    for name, number in fact.thresholds.items():
        sql = re.sub(rf"@{name}\b", str(number), sql)
    return sql


@pytest.mark.parametrize("contract", MODELS, ids=lambda contract: contract.name)
def test_google_resolves_the_query_to_the_documented_columns(analyze: Analyze, contract: TableContract):
    produced = analyze(with_typed_parameters(contract.query or ""))
    assert produced == [(column.name, KINDS[column.type]) for column in contract.columns]


def test_google_rejects_what_bigquery_rejects(analyze: Analyze):
    """The leg above can fail: an unknown column and a date compared with a timestamp are refused."""
    for broken in (
        "select no_such_column from nba_reference.dim_game",
        "select game_id from nba_reference.dim_game where game_date > tipoff_at",
    ):
        with pytest.raises(Exception, match=r"(?i)unrecognized|no matching signature"):
            analyze(broken)


@pytest.mark.parametrize("table", FACTS)
def test_google_resolves_every_check_and_its_date(analyze: Analyze, table: str):
    """All checks of a table in one statement."""
    counted = (
        f"select max({fact.date or 'cast(null as date)'}) as day, count(*) as violations from ({with_thresholds(fact)})"
        for fact in FACTS[table]
    )
    produced = analyze(with_typed_parameters(" union all ".join(counted)))
    assert [kind for _, kind in produced] == ["TYPE_DATE", "TYPE_INT64"]


@pytest.mark.parametrize("table", FACTS)
def test_checks_keep_to_the_proved_subset(table: str):
    assert [found for fact in FACTS[table] for found in banned_in(with_thresholds(fact))] == []


def banned_in(sql: str) -> list[str]:
    tree = sqlglot.parse_one(sql, read="bigquery")
    found = [f"{kind.__name__}: {advice}" for kind, advice in BANNED.items() if tree.find(kind)]
    found += [
        f"{node.sql()}: take it from a calendar table"
        for node in tree.find_all(exp.Extract)
        if node.name.upper() not in ("YEAR", "MONTH", "DAY")
    ]
    found += [
        f"{node.sql()}: cast the result to DATE"
        for node in tree.find_all(exp.DateAdd, exp.DateSub, exp.DateTrunc)
        if not isinstance(node.parent, exp.Cast)
    ]
    found += [
        f"{node.sql()}: only whole days and minutes agree on both engines"
        for node in tree.find_all(exp.DateDiff, exp.TimestampDiff)
        if str(node.args.get("unit", "DAY")).upper() not in ("DAY", "MINUTE", "SECOND")
    ]
    return found


@pytest.mark.parametrize("contract", MODELS, ids=lambda contract: contract.name)
def test_models_keep_to_the_proved_subset(contract: TableContract):
    said = banned_in(contract.query or "")
    assert said == ([f"CurrentDate: {BANNED[exp.CurrentDate]}"] if contract.name in OF_TODAY else [])


@pytest.mark.parametrize(
    "sql",
    [
        "select extract(dayofweek from game_date) as d from t",
        "select date_sub(game_date, interval 7 day) as d from t",
        "select array_agg(x) as xs from t",
        "select current_date() as d",
        "select date_diff(a, b, week) as d from t",
    ],
)
def test_the_banned_list_can_fail(sql: str):
    assert banned_in(sql)

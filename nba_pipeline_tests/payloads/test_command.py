"""``nba-pipeline ingest payloads``: what it says of every file, and its exit codes."""

from pathlib import Path

from nba_pipeline.cli.output import Exit
from nba_pipeline.home import Home
from nba_pipeline_tests.conftest import cli
from nba_pipeline_tests.payloads.harness import live_box, write


def ingest(tmp_path: Path, *words: str) -> tuple[int, str, str]:
    done = cli(Home(tmp_path / "home"), "ingest", "payloads", str(tmp_path / "payloads"), *words)
    return done.returncode, done.stdout, done.stderr


def test_every_file_and_every_source_has_a_line(tmp_path):
    write(tmp_path / "payloads", box=live_box(), notes=b"nothing")
    code, out, _ = ingest(tmp_path)
    assert code == Exit.PASSED
    sources = "nbac_gamebook_player_stats 2 rows, nbac_team_boxscore 2 rows, nbac_schedule 1 rows"
    assert out.splitlines() == [
        f"box: live box score: {sources}, 2025-02-07",
        "notes: not recognised: neither JSON, a table nor a PDF",
        "nbac_gamebook_player_stats: 2 rows, 1 dates 2025-02-07 to 2025-02-07",
        "nbac_schedule: 1 rows, 1 dates 2025-02-07 to 2025-02-07",
        "nbac_team_boxscore: 2 rows, 1 dates 2025-02-07 to 2025-02-07",
    ]


def test_a_broken_file_beside_good_ones_is_a_warning(tmp_path):
    write(tmp_path / "payloads", box=live_box(), cut=b'{"game": {')
    code, out, _ = ingest(tmp_path)
    assert code == Exit.WARNINGS
    assert "cut: broken: the JSON is broken or cut" in out


def test_a_folder_that_gives_nothing_is_a_wrong_request(tmp_path):
    write(tmp_path / "payloads", box=live_box())
    code, out, error = ingest(tmp_path, "--start", "2025-02-08", "--end", "2025-02-09")
    assert code == Exit.BAD_REQUEST
    assert "left out 5 rows dated outside 2025-02-08 to 2025-02-09" in out
    assert "was landed for 2025-02-08...2025-02-09: the lines above say why, file by file." in error


def test_a_moment_that_is_none_is_named(tmp_path):
    write(tmp_path / "payloads", box=live_box())
    code, _, error = ingest(tmp_path, "--captured-at", "yesterday")
    assert code == Exit.BAD_REQUEST
    assert "--captured-at 'yesterday' is no moment" in error

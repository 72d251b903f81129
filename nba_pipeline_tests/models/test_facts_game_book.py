"""player_source_lines and player_box_lines: what a game book with person ids and starters adds."""

from nba_pipeline_tests.models.harness import given, run, warehouse
from nba_pipeline_tests.models.rows import DAY, absent, both, game, gamebook, log, registered

BOOK, LOG, REGISTRY = (
    "nba_raw.nbac_gamebook_player_stats",
    "nba_raw.nbac_player_boxscores",
    "nba_reference.nba_players_registry",
)


def lines(
    table: str, *, book: list[dict], logged: list[dict] | None = None, people: list[dict] | None = None
) -> list[dict]:
    con = warehouse()
    given(con, "nba_reference.dim_game", [game()])
    given(con, REGISTRY, people or registered())
    given(con, BOOK, book)
    given(con, LOG, logged or [])
    sent = run(con, "nba_reference.player_source_lines", DAY)
    return sent if table == "player_source_lines" else run(con, "nba_reference.player_box_lines", DAY)


def test_a_person_id_of_the_book_names_him_whatever_his_name_is_there():
    """Also one who did not play, whom no log could name."""
    other = {"player_name": "G One", "player_lookup": "gone", "nba_player_id": 101}
    book = [row | other if row["player_lookup"] == "gswone" else row for row in both(gamebook)]
    book.append(absent("BOS", "bnine", nba_player_id=209))
    people = [*registered(), {"universal_player_id": "bosnine_001", "player_lookup": "bosnine", "nba_player_id": 209}]
    found = {row["player_lookup"]: row for row in lines("player_box_lines", book=book, people=people)}
    assert {"gone", "bnine"}.isdisjoint(found)
    assert (found["gswone"]["match_method"], found["gswone"]["nba_player_id"]) == ("person_id", 101)
    assert (found["bosnine"]["match_method"], found["bosnine"]["did_play"]) == ("person_id", False)


def test_the_book_says_who_started_and_the_log_does_not():
    book = [row | {"is_starter": row["player_lookup"] == "gswone"} for row in both(gamebook)]
    sent = lines("player_source_lines", book=book, logged=both(log))
    started = {(row["source_rank"], row["is_starter"]) for row in sent if row["sent_lookup"] == "gswone"}
    assert started == {(1, True), (2, None)}
    assert {row["is_starter"] for row in sent if row["sent_lookup"] != "gswone"} == {False, None}


def test_only_who_played_is_known_to_have_started_or_not():
    """A book may list five starters of whom one was hurt in the warm-up."""
    book = [row | {"is_starter": row["player_lookup"] == "gswone"} for row in both(gamebook)]
    book.append(absent("BOS", "bosnine", is_starter=True))
    found = {row["player_lookup"]: row["is_starter"] for row in lines("player_box_lines", book=book)}
    assert (found["gswone"], found["gswtwo"], found["bosnine"]) == (True, False, None)

"""The injury report: a PDF whose reasons wrap around their player's line, and tables made of it."""

import datetime as dt

import pytest

from nba_pipeline.payloads.ingest import ingest_payloads
from nba_pipeline_tests.payloads.harness import landed, said, stored, write

COLUMNS = {"date": 23, "gametime": 120, "matchup": 200, "team": 264, "player": 425, "status": 586, "reason": 666}
TITLES = {"date": "Game Date", "gametime": "Game Time", "matchup": "Matchup", "team": "Team", "player": "Player Name",
          "status": "Current Status", "reason": "Reason"}  # fmt: skip


def words(x: float, y: float, text: str) -> str:
    """A cell as the report draws it: word by word, glued at hyphens."""
    out = []
    for position, word in enumerate(text.split(" ")):
        escaped = word.replace("(", r"\(").replace(")", r"\)")
        out.append(f"BT /F1 8 Tf 1 0 0 1 {x + 24 * position} {y} Tm ({escaped}) Tj ET")
    return "\n".join(out)


def page(number: int, *cells: tuple[str, float, str], title: str = "Injury Report: 01/10/25 05:30 PM") -> str:
    drawn = [words(289, 533, title), words(398, 50, f"Page {number} of 2")]
    if number == 1:
        drawn += [words(x, 480, TITLES[name]) for name, x in COLUMNS.items()]
    return "\n".join(drawn + [words(COLUMNS[name] + 1, y, text) for name, y, text in cells])


def pdf(*pages: str) -> bytes:
    """The smallest PDF that draws these pages."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]  # fmt: skip
    for number, content in enumerate(pages):
        resources = "<< /Font << /F1 3 0 R >> >>"
        box = f"/MediaBox [0 0 842 595] /Resources {resources} /Contents {5 + 2 * number} 0 R"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} >>")
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return (out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}" + end).encode()


FIRST = page(
    1,
    ("date", 450, "01/10/2025"), ("gametime", 450, "07:00 (ET)"), ("matchup", 450, "GSW@IND"),
    ("team", 450, "Golden State Warriors"), ("player", 450, "Curry, Stephen"), ("status", 450, "Out"),
    ("reason", 457, "Injury/Illness - Bilateral Knee; Injury"), ("reason", 443, "Management"),
    ("player", 421, "Jackson- Davis, Trayce"), ("status", 421, "Questionable"), ("reason", 421, "G League - Two- Way"),
    ("player", 399, "Green, Draymond"), ("status", 399, "Out"), ("reason", 406, "Injury/Illness - Right Foot; Stress"),
)  # fmt: skip
SECOND = page(
    2,
    ("reason", 507, "Fracture"),
    ("team", 485, "Indiana Pacers"), ("player", 485, "Jovic Jr., Nikola"), ("status", 485, "Available"),
    ("reason", 485, "Rest"),
    ("matchup", 463, "SAC@BOS"), ("team", 463, "Sacramento Kings"), ("reason", 463, "NOT YET SUBMITTED"),
    ("date", 441, "01/11/2025"), ("gametime", 441, "03:00 (ET)"), ("matchup", 441, "HOU@ATL"),
    ("team", 441, "Atlanta Hawks"), ("player", 441, "Zeller, Cody"), ("status", 441, "Out"),
    ("reason", 441, "Not With Team"),
)  # fmt: skip


def test_blocks_carry_over_and_every_reason_finds_its_player(tmp_path):
    """A reason cut by the page end goes on above the first line of the next page."""
    landing, report = landed(tmp_path, a=pdf(FIRST, SECOND))
    columns = ("player_full_name", "game_date", "away_team_abbr", "team_abbr", "injury_status", "reason")
    today, tomorrow = dt.date(2025, 1, 10), dt.date(2025, 1, 11)
    assert stored(landing, "nbac_injury_report", *columns) == [
        ("Cody Zeller", tomorrow, "HOU", "ATL", "out", "Not With Team"),
        ("Draymond Green", today, "GSW", "GSW", "out", "Injury/Illness - Right Foot; Stress Fracture"),
        ("Nikola Jovic Jr.", today, "GSW", "IND", "available", "Rest"),
        ("Stephen Curry", today, "GSW", "GSW", "out", "Injury/Illness - Bilateral Knee; Injury Management"),
        ("Trayce Jackson-Davis", today, "GSW", "GSW", "questionable", "G League - Two-Way"),
    ]
    assert "left out 1 teams that had not submitted" in said(report, "a")


@pytest.mark.parametrize(
    ("title", "published"),
    [
        ("Injury Report: 01/10/25 05:30 PM", dt.datetime(2025, 1, 10, 22, 30, tzinfo=dt.UTC)),
        ("Injury Report: 01/10/25 12:15 AM", dt.datetime(2025, 1, 10, 5, 15, tzinfo=dt.UTC)),
        ("Injury Report: 01/10/25 12:45 PM", dt.datetime(2025, 1, 10, 17, 45, tzinfo=dt.UTC)),
    ],
)
def test_the_title_says_when_the_report_was_published(tmp_path, title, published):
    first = FIRST.replace(words(289, 533, "Injury Report: 01/10/25 05:30 PM"), words(289, 533, title))
    landing, _ = landed(tmp_path, **{"Injury-Report_2025-01-10_05PM.pdf": pdf(first)})
    assert set(stored(landing, "nbac_injury_report", "report_at", "fetched_at")) == {(published, published)}


@pytest.mark.parametrize(
    ("payload", "line"),
    [
        (pdf(FIRST)[:-200][:600], "broken: the PDF is damaged, cut or locked"),
        (pdf(""), "broken: the PDF holds no text"),
        (pdf(page(1, title="Officials of the day")), "PDF that is no injury report: no table wants it"),
        (pdf(FIRST.replace("(Reason)", "(Cause)")), "broken: the first page has no column Reason"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(tmp_path, payload, line):
    landing, report = landed(tmp_path, a=payload)
    assert said(report, "a").startswith(line)
    assert not landing.exists()


SHORT = 'gameDate,team,player,status,reason,page\n02/08/2026,Miami Heat,"Jaquez Jr., Jaime",Out,Rest,1\n'
LONG = (
    "Game Date,Game Time,Matchup,Team,Player Name,Current Status,Reason\n"
    '02/08/2026,02:00 (ET),MIA@WAS,Miami Heat,"Jaquez Jr., Jaime",Out,Rest\n'
    "02/08/2026,02:00 (ET),MIA@WAS,Washington Wizards,,,NOT YET SUBMITTED\n"
)


@pytest.mark.parametrize(("text", "matchup"), [(SHORT, None), (LONG, "MIA@WAS")])
def test_a_table_of_a_report_is_of_the_moment_the_user_names(tmp_path, text, matchup):
    landing = tmp_path / "landing"
    moment = dt.datetime(2026, 2, 8, 20, 30, tzinfo=dt.UTC)
    ingest_payloads(write(tmp_path / "payloads", a=text.encode()), landing, captured_at=moment)
    columns = ("report_at", "game_date", "team_abbr", "player_full_name", "injury_status", "matchup")
    assert stored(landing, "nbac_injury_report", *columns) == [
        (moment, dt.date(2026, 2, 8), "MIA", "Jaime Jaquez Jr.", "out", matchup)
    ]


def test_a_table_of_a_report_without_its_moment_is_not_landed(tmp_path):
    _, report = landed(tmp_path, a=SHORT.encode())
    assert "does not say when it was captured" in said(report, "a")


def test_a_moment_at_which_no_report_listed_the_game_is_refused(tmp_path):
    """Otherwise a status would be known before or long after its game."""
    moment = dt.datetime(2026, 3, 8, 20, 30, tzinfo=dt.UTC)
    folder = write(tmp_path / "payloads", a=SHORT.encode())
    report = ingest_payloads(folder, tmp_path / "landing", captured_at=moment)
    assert "it lists games of 2026-02-08, which no report of 2026-03-08" in said(report, "a")

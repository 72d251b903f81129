"""How the text of a landing field becomes a typed value: one DuckDB expression per type and ``parse=`` kind.

Expressions only; which field feeds which column is the contract's business, and running them is the reader's.
Every kind takes the cleaned texts of its fields (trimmed, empty = NULL) and returns a value that is NULL where the
text does not say one; a kind with a ``complaint`` turns "text but no value" into a quarantined record.
"""

from collections.abc import Callable
from dataclasses import dataclass

EASTERN = "America/New_York"
#: Years a date or an instant of this league can be of; 'infinity' and 294247 are dates to DuckDB.
YEARS = (1900, 2199)
#: The highest decimal price that is one, as the contracts' ranges say.
MOST_DECIMAL = 1000
#: The longest favorite a book quotes; what is beyond is no price.
LEAST_AMERICAN = -100_000
#: Texts that vendors send for "nothing".
NOTHING = ("", "-", "null", "NULL", "None")
_DATE_FORMATS = "['%m/%d/%Y', '%Y%m%d', '%b %d, %Y', '%B %d, %Y', '%m/%d/%Y %H:%M', '%m/%d/%Y %H:%M:%S', '%Y/%m/%d']"
#: Keywords of the injury report's reasons, tested in order.
_INJURY_REASONS = {
    "injury/illness": "injury",
    "g league": "g_league",
    "two-way": "g_league",
    "suspension": "suspension",
    "health and safety": "health_safety_protocol",
    "rest": "rest",
    "personal": "personal",
    "injury": "injury",
    "illness": "injury",
}


@dataclass(frozen=True)
class Kind:
    """One way of reading; ``sql`` gets one text expression per field."""

    sql: Callable[..., str]
    complaint: str | None = None


#: Books whose names feeds and archives abbreviate.
_SHORT_BOOKS = {
    "dk": "draftkings",
    "fd": "fanduel",
    "mgm": "betmgm",
    "cz": "caesars",
    "pn": "pinnacle",
    "espn": "espnbet",
    "365": "bet365",
}


def clean(text: str) -> str:
    """Trimmed text, NULL for the vendors' spellings of nothing."""
    blanks = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
    # Trimming costs ten times a look at both ends, and hardly any text needs it.
    ends = " or ".join(f"ends_with({text}, {blank})" for blank in blanks.split(" || "))
    is_blank = f"{text} < '!' or starts_with({text}, chr(160)) or {ends}"
    trimmed = f"case when {is_blank} then trim({text}, {blanks}) else {text} end"
    return f"case when {trimmed} in ({', '.join(repr(word) for word in NOTHING)}) then null else {trimmed} end"


def first_of(*texts: str) -> str:
    return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"


def number(*texts: str) -> str:
    value = f"try_cast({first_of(*texts)} as double)"
    return f"case when isfinite({value}) then {value} end"


def integer(*texts: str) -> str:
    # A cast of '12.5' would round; '12.0' is what float columns make of 12.
    value = f"try_cast({first_of(*texts)} as double)"
    return f"case when isfinite({value}) and {value} = floor({value}) then try_cast({value} as bigint) end"


def boolean(*texts: str) -> str:
    text = f"lower({first_of(*texts)})"
    return (
        f"case when {text} in ('true', 't', '1', '1.0', 'yes', 'y') then true"
        f" when {text} in ('false', 'f', '0', '0.0', 'no', 'n') then false end"
    )


def believable(day: str) -> str:
    """A date or an instant, NULL when no game can be of its year."""
    return f"case when isfinite({day}) and year({day}) between {YEARS[0]} and {YEARS[1]} then {day} end"


def date(*texts: str) -> str:
    text = first_of(*texts)
    return believable(f"coalesce(try_cast(left({text}, 10) as date), try_strptime({text}, {_DATE_FORMATS})::date)")


def instant(*texts: str) -> str:
    """A text without offset is UTC, as the session's time zone is."""
    return believable(f"try_cast({first_of(*texts)} as timestamptz)")


def instant_or_null(*texts: str) -> str:
    text = first_of(*texts)
    return f"case when length({text}) > 10 then {instant(text)} end"


def eastern_date(*texts: str) -> str:
    text = first_of(*texts)
    return (
        f"case when length({text}) <= 10 then {date(text)}"
        f" else cast(timezone('{EASTERN}', {instant(text)}) as date) end"
    )


def eastern_report_time(day: str, hour: str, minute: str) -> str:
    clock = f"to_hours({integer(hour)}) + to_minutes(coalesce({integer(minute)}, 0))"
    at = f"timezone('{EASTERN}', cast({date(day)} as timestamp) + {clock})"
    return f"case when {integer(hour)} between 0 and 23 then {at} end"


def nba_game_id(text: str) -> str:
    value = integer(text)
    return f"case when {value} between 10000000 and 69999999 then '00' || cast({value} as varchar) end"


def exhibition(text: str) -> str:
    """True for a pre-season (001) or All-Star (003) id; such games do not exist for this project."""
    return f"coalesce({integer(text)} // 10000000 in (1, 3), false)"


def season_of_game_id(text: str) -> str:
    year = f"({integer(text)} // 100000) % 100"
    return f"{year} + case when {year} < 60 then 2000 else 1900 end"


def season_of_date(text: str) -> str:
    day = date(text)
    return f"year({day}) - case when month({day}) < 10 then 1 else 0 end"


def playing_seconds(text: str) -> str:
    """'34:12', '34.000000:12', 'PT34M12.00S' exactly; '35' and '35.5' as minutes."""
    part = f"regexp_extract({text}, 'PT(?:(\\d+)M)?(?:(\\d+)(?:\\.\\d+)?S)?', {{}})"
    minutes, seconds = part.format(1), part.format(2)
    value = number(text)
    return (
        f"case when starts_with({text}, 'PT') then"
        f" case when regexp_full_match({text}, 'PT(\\d+M)?([0-5]?\\d(\\.\\d+)?S)?') and length({text}) > 2 then"
        f" coalesce(try_cast({minutes} as bigint), 0) * 60 + coalesce(try_cast({seconds} as bigint), 0) end"
        f" when contains({text}, ':') then"
        f" case when regexp_full_match({text}, '\\d{{1,3}}(\\.0+)?:[0-5]\\d') then"
        f" try_cast(split_part(split_part({text}, ':', 1), '.', 1) as bigint) * 60"
        f" + try_cast(split_part({text}, ':', 2) as bigint) end"
        f" when {value} >= 0 then cast(round({value} * 60) as bigint) end"
    )


def whole_minutes(text: str) -> str:
    return integer(f"split_part({text}, ':', 1)")


def clock_seconds(text: str) -> str:
    """'PT11M42.00S', '0:11:42', '11:42', and '51.6' under a minute; fractions dropped."""
    iso_minutes = f"try_cast(split_part(substr({text}, 3), 'M', 1) as bigint)"
    iso_seconds = f"try_cast(floor(try_cast(split_part(split_part({text}, 'M', 2), 'S', 1) as double)) as bigint)"
    parts = [f"try_cast(floor(try_cast(split_part({text}, ':', {n}) as double)) as bigint)" for n in (1, 2, 3)]
    shapes = {
        "PT\\d{1,2}M[0-5]?\\d(\\.\\d+)?S": f"{iso_minutes} * 60 + {iso_seconds}",
        "\\d{1,2}:[0-5]?\\d:[0-5]?\\d(\\.\\d+)?": f"{parts[0]} * 3600 + {parts[1]} * 60 + {parts[2]}",
        "\\d{1,2}:[0-5]?\\d(\\.\\d+)?": f"{parts[0]} * 60 + {parts[1]}",
        "[0-5]?\\d\\.\\d+": parts[0],
    }
    tests = " ".join(f"when regexp_full_match({text}, '{shape}') then {value}" for shape, value in shapes.items())
    return f"case {tests} end"


def elapsed_seconds(period: str, clock: str) -> str:
    played, left = integer(period), clock_seconds(clock)
    return f"case when {played} <= 4 then {played} * 720 - ({left}) else 2880 + ({played} - 4) * 300 - ({left}) end"


def person_id(text: str) -> str:
    return f"nullif({integer(text)}, 0)"


def american_odds(text: str) -> str:
    value = integer(text)
    return f"case when upper({text}) = 'EVEN' then 100 when abs({value}) >= 100 then {value} end"


def _is_american(value: str) -> str:
    """No book of a basketball line offers a decimal price of 100: such a number is American odds."""
    return f"abs({value}) >= 100"


def decimal_odds(text: str) -> str:
    """Decimal odds; American ones, which some feeds mix in, are turned into decimal."""
    value = number(text)
    return (
        f"case when {_is_american(value)} and {value} > 0 then 1 + {value} / 100"
        f" when {_is_american(value)} and {value} >= {LEAST_AMERICAN} then 1 - 100 / {value} else {value} end"
    )


def american_from_decimal(text: str) -> str:
    # Rounded before the truncation, or 2.3 would become +129 by binary arithmetic.
    value = number(text)
    return (
        f"case when {decimal_odds(text)} > {MOST_DECIMAL} or {value} < {LEAST_AMERICAN} then null"
        f" when {_is_american(value)} then try_cast(trunc({value}) as bigint)"
        f" when {value} >= 2 then try_cast(trunc(round(({value} - 1) * 100, 6)) as bigint)"
        f" when {value} > 1 then try_cast(trunc(round(-100 / ({value} - 1), 6)) as bigint) end"
    )


def lower(text: str) -> str:
    return f"lower({text})"


def book_key(text: str) -> str:
    """A book's own name in lower case, also where a feed abbreviates it."""
    key = f"regexp_replace(lower({text}), '[^a-z0-9_]', '', 'g')"
    short = " ".join(f"when '{code}' then '{name}'" for code, name in _SHORT_BOOKS.items())
    return f"case {key} {short} else {key} end"


def text_or_none(*texts: str) -> str:
    return f"coalesce({', '.join(texts)}, 'none')"


def capture_key(text: str) -> str:
    return f"case when {text} is null then 'none' else strftime({instant(text)}, '%Y-%m-%dT%H:%M:%S.%fZ') end"


def joined_name(*texts: str) -> str:
    return f"nullif(concat_ws(' ', {', '.join(texts)}), '')"


def last_first_name(text: str) -> str:
    after, before = f"trim(split_part({text}, ',', 2))", f"trim(split_part({text}, ',', 1))"
    return f"case when contains({text}, ',') then {after} || ' ' || {before} else {text} end"


def unglued_name(*texts: str) -> str:
    return f"nullif(ltrim({first_of(*texts)}, '0123456789 '), '')"


def name_unless_inactive(full_name: str, name: str, status: str) -> str:
    return f"coalesce({full_name}, case when lower({status}) <> 'inactive' then {name} end)"


def last_name_source(full_name: str, name: str, status: str) -> str:
    """'full:…' or 'last:…', so that the reader's name function knows whether the first word is a first name."""
    return (
        f"case when {full_name} is null and lower({status}) = 'inactive' then 'last:' || {name}"
        f" else 'full:' || coalesce({full_name}, {name}) end"
    )


def player_status(text: str) -> str:
    value = f"lower({text})"
    return f"case when {value} = 'did_not_play' then 'dnp' else {value} end"


def dnp_category(dnp_reason: str, reason: str, status: str) -> str:
    prefix = f"upper(left(coalesce({dnp_reason}, {reason}), 3))"
    return (
        f"case when lower({status}) = 'inactive' then 'INACTIVE'"
        f" when {player_status(status)} <> 'dnp' then null"
        f" when {prefix} in ('DNP', 'DND', 'NWT') then {prefix} else 'DNP' end"
    )


def second_role(*texts: str) -> str:
    named = zip(texts, ("assist", "block", "steal"), strict=True)
    return "case " + " ".join(f"when {text} is not null then '{role}'" for text, role in named) + " end"


def bdb_shot_made(result: str, event_type: str) -> str:
    return (
        f"case when lower({event_type}) not in ('shot', 'miss') then null"
        f" when lower({result}) = 'made' then true when lower({result}) = 'missed' then false end"
    )


def bdb_shot_type(subtype: str, event_type: str) -> str:
    return (
        f"case when lower({event_type}) = 'free throw' then 'FT'"
        f" when lower({event_type}) in ('shot', 'miss')"
        f" then case when contains(lower({subtype}), '3pt') then '3PT' else '2PT' end end"
    )


def home_side(is_home: str, matchup: str) -> str:
    return (
        f"coalesce({boolean(is_home)},"
        f" case when contains({matchup}, ' vs') then true when contains({matchup}, ' @ ') then false end)"
    )


def injury_category(text: str) -> str:
    tests = " ".join(
        f"when contains(lower({text}), '{word}') then '{category}'" for word, category in _INJURY_REASONS.items()
    )
    return f"case when {text} is null then 'unknown' {tests} else 'other' end"


def _matchup_side(position: int) -> Callable[[str], str]:
    return lambda text: f"case when contains({text}, '@') then trim(split_part({text}, '@', {position})) end"


TYPES = {
    "string": Kind(first_of),
    "int64": Kind(integer, "not an integer"),
    "float64": Kind(number, "not a finite number"),
    "bool": Kind(boolean, "not true or false"),
    "date": Kind(date, "not a date"),
    "timestamp": Kind(instant, "not a timestamp"),
}

#: The reader supplies the value itself: the landing date, and keys that need the name functions.
LANDING_DATE = "landing_date"
PLAYING_SECONDS = "playing_seconds"
WHOLE_MINUTES = "whole_minutes"
LAST_NAME_KEY = "last_name_key"
NBA_GAME_ID = "nba_game_id"

KINDS = {
    "american_from_decimal": Kind(american_from_decimal),
    "american_odds": Kind(american_odds, "not American odds (at most -100 or at least 100)"),
    "bdb_shot_made": Kind(bdb_shot_made),
    "bdb_shot_type": Kind(bdb_shot_type),
    "book_key": Kind(book_key),
    "capture_key": Kind(capture_key),
    "clock_seconds": Kind(clock_seconds, "not a game clock"),
    "decimal_odds": Kind(decimal_odds, "not a finite number"),
    "dnp_category": Kind(dnp_category),
    "eastern_date": Kind(eastern_date, "not a date"),
    "eastern_report_time": Kind(eastern_report_time, "not a report time"),
    "elapsed_seconds": Kind(elapsed_seconds),
    "home_side": Kind(home_side),
    "injury_category": Kind(injury_category),
    "instant_or_null": Kind(instant_or_null),
    "is_global_game": Kind(lambda text: f"coalesce(lower({text}) = 'global games', false)"),
    "joined_name": Kind(joined_name),
    "last_first_name": Kind(last_first_name),
    LAST_NAME_KEY: Kind(last_name_source),
    "lower": Kind(lower),
    "matchup_away": Kind(_matchup_side(1)),
    "matchup_home": Kind(_matchup_side(2)),
    "name_unless_inactive": Kind(name_unless_inactive),
    NBA_GAME_ID: Kind(nba_game_id, "not an NBA game id"),
    "outcome_team": Kind(lambda text: f"case when lower({text}) not in ('over', 'under') then {text} end"),
    "person_id": Kind(person_id),
    "player_status": Kind(player_status),
    PLAYING_SECONDS: Kind(playing_seconds, "not a playing time (MM:SS, minutes or PT..M..S)"),
    "season_of_date": Kind(season_of_date),
    "season_of_game_id": Kind(season_of_game_id),
    "second_role": Kind(second_role),
    "team_or_free_agent": Kind(lambda text: f"nullif(upper({text}), 'FA')"),
    "text_or_none": Kind(text_or_none),
    "unglued_name": Kind(unglued_name),
    WHOLE_MINUTES: Kind(whole_minutes, "not a number of minutes"),
}

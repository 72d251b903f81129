"""The names people give the columns of archives, without case and separators, first choice first."""

HOME = ("home", "hometeam", "hometeamname", "homename", "teamhome", "homeabbr", "hometeamabbr")
AWAY = ("away", "awayteam", "awayteamname", "visitor", "visitorteam", "road", "teamaway", "awayabbr", "awayteamabbr")
#: One text for both teams, visitor first: 'den @ phx'.
PAIR = ("game", "matchup", "event", "fixture")
DAY = ("gamedate", "date", "gamedateest", "day", "eventdate")
START = ("commencetime", "starttime", "gametime", "startat", "gamestarttime", "eventstart", "scheduled")
CAPTURE = ("timestamp", "snapshottimestamp", "snapshot", "capturedat", "fetchedat", "scrapedat", "updatedat", "time")
BOOK = ("bookmakerkey", "bookmaker", "book", "sportsbook", "platform", "source", "provider", "bookname")
LAST_UPDATE = ("bookmakerlastupdate", "lastupdate")
EVENT = ("eventid", "gameid", "oddsapieventid")
PLAYER = ("playername", "player", "name", "description", "participant", "athlete", "fullname")
MARKET = ("market", "marketkey", "stat", "stattype", "markettype", "proptype", "category", "prop")
LINE = ("line", "linescore", "point", "points", "linevalue", "value", "threshold", "stake")
SIDE = ("side", "overunder", "betside", "selection", "outcome", "outcomename", "overorunder", "label")
PRICE = ("outcomeprice", "price", "odds", "cost")
OVER_PRICE = ("overprice", "overodds", "oddsover", "over")
UNDER_PRICE = ("underprice", "underodds", "oddsunder", "under")
OUTCOME = ("outcomename", "outcome", "name", "side", "selection", "label")
OUTCOME_POINT = ("outcomepoint", "point", "line")
SPREAD = ("spread", "pointspread", "homespread", "spreadhome", "homeline", "spreadline", "homepointspread", "line")
AWAY_SPREAD = ("awayspread", "spreadaway", "awayline", "visitorspread")
TOTAL = ("total", "overunder", "ou", "totalline", "gametotal", "overunderline", "totalpoints")
FAVOURITE = ("whosfavored", "favorite", "favourite", "favored", "whofavored")
PERSON_ID = ("personid", "playerid", "nbaplayerid", "id")
PERSON_NAME = ("displayfirstlast", "fullname", "playername", "displayname", "name")
FIRST_NAME = ("firstname", "playerfirstname")
LAST_NAME = ("lastname", "playerlastname")
BIRTH_DATE = ("birthdate", "birthday", "dob")
POSITION = ("position", "pos")
FIRST_SEASON = ("fromyear", "firstseason")
LAST_SEASON = ("toyear", "lastseason")

HOME_CODE = ("homeabbr", "hometeamabbr", "hometricode", "hometeamtricode", "hometeamabbreviation", *HOME)
AWAY_CODE = ("awayabbr", "awayteamabbr", "awaytricode", "awayteamtricode", "awayteamabbreviation", *AWAY)
HOME_SCORE = ("homepts", "homescore", "homepoints", "hometeamscore", "scorehome", "ptshome")
AWAY_SCORE = ("awaypts", "awayscore", "awaypoints", "awayteamscore", "scoreaway", "ptsaway", "visitorscore")
STATUS = ("status", "gamestatus", "gamestatusid")

SCHEDULE = frozenset({"gameid", *DAY, *START, *HOME_CODE, *AWAY_CODE, *HOME_SCORE, *AWAY_SCORE, *STATUS})
LINES = frozenset({
    *HOME, *AWAY, *DAY, *START, *CAPTURE, *BOOK, *LAST_UPDATE, "id", *EVENT, *MARKET, *PRICE, *OUTCOME,
    *OUTCOME_POINT, *SPREAD, *AWAY_SPREAD, *TOTAL, *FAVOURITE,
})  # fmt: skip
PROPS = frozenset({
    *HOME, *AWAY, *PAIR, *DAY, *START, *CAPTURE, *BOOK, *EVENT, *PLAYER, *MARKET, *LINE, *SIDE, *PRICE, *OVER_PRICE,
    *UNDER_PRICE,
})  # fmt: skip
PERSONS = frozenset({
    *PERSON_ID, *PERSON_NAME, *FIRST_NAME, *LAST_NAME, *BIRTH_DATE, *POSITION, *FIRST_SEASON, *LAST_SEASON,
})  # fmt: skip

-- description: Games with the moment until which a pre-game row may know something: tip-off, or noon Eastern where it is unknown.
-- grain: One row per game.
-- key: game_id
-- view: true
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null | Kind of game.
-- column: tipoff_at | timestamp | | Tip-off, UTC; NULL where the source has no time.
-- column: home_team_abbr | string | not null | Home team.
-- column: away_team_abbr | string | not null | Away team.
-- column: noon_at | timestamp | not null | Noon Eastern of the date, UTC.
-- column: known_until | timestamp | not null | Tip-off, else noon Eastern.
-- column: first_team | string | not null | First of the two teams by the alphabet, whichever a feed calls the host.
-- column: second_team | string | not null | The other one.
-- column: days_since_meeting | int64 | unit=days | Days since the last game of the two teams; NULL before their first.
-- column: days_to_meeting | int64 | unit=days | Days to their next game; NULL when none is known.
with
scheduled_games as (
    select
        game_id,
        game_date,
        season_year,
        season_type,
        tipoff_at,
        home_team_abbr,
        away_team_abbr,
        least(home_team_abbr, away_team_abbr) as first_team,
        greatest(home_team_abbr, away_team_abbr) as second_team,
        'madison_square_garden' as eastern_arena_id
    from nba_reference.dim_game
),

games_with_noon as (
    select
        games.*,
        timestamp_add(
            cast(games.game_date as timestamp), interval 720 - coalesce(eastern.utc_offset_minutes, -240) minute
        ) as noon_at
    from scheduled_games as games
    left join nba_reference.arena_clocks as eastern
        on
            games.eastern_arena_id = eastern.arena_id
            and games.game_date between eastern.valid_from and eastern.valid_to
)

select
    game_id,
    game_date,
    season_year,
    season_type,
    tipoff_at,
    home_team_abbr,
    away_team_abbr,
    noon_at,
    coalesce(tipoff_at, noon_at) as known_until,
    first_team,
    second_team,
    date_diff(game_date, lag(game_date) over meetings, day) as days_since_meeting,
    date_diff(lead(game_date) over meetings, game_date, day) as days_to_meeting
from games_with_noon
window meetings as (partition by first_team, second_team order by game_date)

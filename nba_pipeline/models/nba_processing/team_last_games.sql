-- description: Every counted game of a team with pace and rating of its last ten games of the season up to it.
--   How a team had played before a slate is its newest row before it, that is the row with game_date < slate and
--   next_game_date null or not before the slate. Readers state the range of seasons, so that nothing is summed over others.
--   Sums are of whole millionths, so that they do not depend on the order of the rows.
-- grain: One row per team and game that counts.
-- key: team_abbr, game_id
-- view: true
-- column: team_abbr | string | not null | Team.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: next_game_date | date | | Date of its next game that counts; NULL after the newest.
-- column: pace_10 | float64 | unit=possessions per 48 minutes | Mean pace of the last ten games.
-- column: offensive_rating_10 | float64 | unit=points per 100 possessions | Mean offensive rating of them.
-- column: pace_season_millionths | int64 | | Mean pace of the season so far, in millionths.
with
team_games as (
    select
        team_abbr,
        season_year,
        game_id,
        game_date,
        cast(round(pace * 1000000) as int64) as pace_millionths,
        cast(round(offensive_rating * 1000000) as int64) as rating_millionths
    from nba_analytics.team_offense_game_summary
    where season_type in (select season_type from nba_reference.counted_season_types)
)

select
    team_abbr,
    season_year,
    game_id,
    game_date,
    lead(game_date) over season_order as next_game_date,
    safe_divide(sum(pace_millionths) over last_10, count(pace_millionths) over last_10) / 1000000 as pace_10,
    safe_divide(sum(rating_millionths) over last_10, count(rating_millionths) over last_10) / 1000000
        as offensive_rating_10,
    cast(round(safe_divide(sum(pace_millionths) over so_far, count(pace_millionths) over so_far)) as int64)
        as pace_season_millionths
from team_games
window
    season_order as (partition by team_abbr, season_year order by game_date, game_id),
    so_far as (season_order rows between unbounded preceding and current row),
    last_10 as (season_order rows between 9 preceding and current row)

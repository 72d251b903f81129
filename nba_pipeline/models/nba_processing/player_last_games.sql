-- description: Every counted game of a player with sums over his last games of the season up to it: two, five, ten, twenty, all.
--   What he had done before a slate is his newest row before it, that is the row with game_date < slate and next_game_date
--   null or not before the slate. Readers state the range of seasons, so that nothing is summed over others. Sums are of
--   whole numbers, so that they do not depend on the order of the rows.
-- grain: One row per player and game that counts.
-- key: player_lookup, game_id
-- view: true
-- column: player_lookup | string | not null | Canonical folded name.
-- column: universal_player_id | string | | Person in the registry; NULL when the name is unknown.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: team_abbr | string | not null | Team he played for.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: next_game_date | date | | Date of his next game that counts; NULL after the newest.
-- column: games_so_far | int64 | not null; range=1.. | Games of the season up to this one.
-- column: points_avg_season | float64 | unit=points | Mean points of them.
-- column: seconds_season | int64 | unit=seconds | Their playing time.
-- column: usage_rate_season | float64 | unit=percent | Their mean usage, games without usage left out.
-- column: points_2 | int64 | not null; unit=points | Points of the last two games.
-- column: points_5 | int64 | not null; unit=points | Points of the last five games.
-- column: points_games_5 | int64 | not null; range=0..5 | Those of them with points.
-- column: games_10 | int64 | not null; range=1..10 | Games among the last ten.
-- column: points_10 | int64 | unit=points | Points of the last ten games.
-- column: points_games_10 | int64 | not null; range=0..10 | Those of them with points.
-- column: squared_points_10 | int64 | | Sum of the squares of their points.
-- column: ft_makes_10 | int64 | | Free throws made in them.
-- column: seconds_10 | int64 | unit=seconds | Their playing time.
-- column: seconds_games_10 | int64 | not null; range=0..10 | Those of them with a playing time.
-- column: usage_rate_10 | float64 | unit=percent | Their mean usage, games without usage left out.
-- column: ts_pct_10 | float64 | unit=fraction | Their mean true shooting, games without attempts left out.
-- column: points_per_minute_10 | float64 | unit=points per minute | Mean of their points per minute.
-- column: zone_games_10 | int64 | not null; range=0..10 | Those of them with complete shot zones.
-- column: paint_attempts_10 | int64 | | Attempts within 8 feet in those with zones.
-- column: paint_makes_10 | int64 | | Makes of them.
-- column: mid_range_attempts_10 | int64 | | Two-point attempts beyond 8 feet.
-- column: mid_range_makes_10 | int64 | | Makes of them.
-- column: three_attempts_10 | int64 | | Three-point attempts.
-- column: three_makes_10 | int64 | | Makes of them.
-- column: zone_attempts_10 | int64 | | Attempts of the three zones.
-- column: assisted_makes_10 | int64 | | Makes that were assisted.
-- column: unassisted_makes_10 | int64 | | Makes that were not.
-- column: assist_known_makes_10 | int64 | | Makes of the games whose source names assists.
-- column: game_dates_10 | string | not null | Dates of the last ten games, oldest first, separated by commas.
-- column: games_20 | int64 | not null; range=1..20 | Games among the last twenty.
-- column: zone_games_20 | int64 | not null; range=0..20 | Those of them with complete shot zones.
-- column: paint_attempts_20 | int64 | | Attempts within 8 feet in those with zones.
-- column: paint_makes_20 | int64 | | Makes of them.
-- column: zone_attempts_20 | int64 | | Attempts of the three zones.
-- column: game_dates_20 | string | not null | Dates of the last twenty games, oldest first, separated by commas.
select
    player_lookup,
    universal_player_id,
    season_year,
    team_abbr,
    game_id,
    game_date,
    lead(game_date) over season_order as next_game_date,
    count(*) over so_far as games_so_far,
    safe_divide(sum(points) over so_far, count(points) over so_far) as points_avg_season,
    sum(seconds_played) over so_far as seconds_season,
    safe_divide(sum(usage_millionths) over so_far, count(usage_millionths) over so_far) / 1000000 as usage_rate_season,
    coalesce(sum(points) over last_2, 0) as points_2,
    coalesce(sum(points) over last_5, 0) as points_5,
    count(points) over last_5 as points_games_5,
    count(*) over last_10 as games_10,
    sum(points) over last_10 as points_10,
    count(points) over last_10 as points_games_10,
    sum(points * points) over last_10 as squared_points_10,
    sum(ft_makes) over last_10 as ft_makes_10,
    sum(seconds_played) over last_10 as seconds_10,
    count(seconds_played) over last_10 as seconds_games_10,
    safe_divide(sum(usage_millionths) over last_10, count(usage_millionths) over last_10) / 1000000 as usage_rate_10,
    safe_divide(sum(ts_millionths) over last_10, count(ts_millionths) over last_10) / 1000000 as ts_pct_10,
    safe_divide(
        sum(points_per_minute_millionths) over last_10, count(points_per_minute_millionths) over last_10
    ) / 1000000 as points_per_minute_10,
    countif(is_zone_game) over last_10 as zone_games_10,
    sum(paint_attempts) over last_10 as paint_attempts_10,
    sum(paint_makes) over last_10 as paint_makes_10,
    sum(mid_range_attempts) over last_10 as mid_range_attempts_10,
    sum(mid_range_makes) over last_10 as mid_range_makes_10,
    sum(three_attempts) over last_10 as three_attempts_10,
    sum(three_makes) over last_10 as three_makes_10,
    sum(paint_attempts + mid_range_attempts + three_attempts) over last_10 as zone_attempts_10,
    sum(assisted_fg_makes) over last_10 as assisted_makes_10,
    sum(unassisted_fg_makes) over last_10 as unassisted_makes_10,
    sum(assisted_fg_makes + unassisted_fg_makes) over last_10 as assist_known_makes_10,
    string_agg(cast(game_date as string), ',') over last_10 as game_dates_10,
    count(*) over last_20 as games_20,
    countif(is_zone_game) over last_20 as zone_games_20,
    sum(paint_attempts) over last_20 as paint_attempts_20,
    sum(paint_makes) over last_20 as paint_makes_20,
    sum(paint_attempts + mid_range_attempts + three_attempts) over last_20 as zone_attempts_20,
    string_agg(cast(game_date as string), ',') over last_20 as game_dates_20
from nba_processing.eligible_player_games
window
    season_order as (partition by player_lookup, season_year order by game_date, game_id),
    so_far as (season_order rows between unbounded preceding and current row),
    last_2 as (season_order rows between 1 preceding and current row),
    last_5 as (season_order rows between 4 preceding and current row),
    last_10 as (season_order rows between 9 preceding and current row),
    last_20 as (season_order rows between 19 preceding and current row)

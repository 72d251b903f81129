-- table: nba_analytics.player_game_summary
-- check: V13 minutes_sum_to_the_game | error | By the game book a team plays 240 minutes and 25 per overtime, give or
--   take two.
-- date: game_date
with
players as (
    select
        game_date,
        game_id,
        team_abbr,
        sum(seconds_played) as seconds_played
    from nba_analytics.player_game_summary
    where game_date between @start_date and @end_date
    group by game_date, game_id, team_abbr
    having countif(primary_source_used <> 'nbac_gamebook') = 0
)

select
    players.game_date,
    players.game_id,
    players.team_abbr,
    players.seconds_played / 60 as minutes_played,
    240 + 25 * team.overtime_periods as minutes_of_the_game
from players
inner join nba_analytics.team_offense_game_summary as team
    on players.game_id = team.game_id and players.team_abbr = team.team_abbr
where
    team.game_date between @start_date and @end_date
    and abs(players.seconds_played - 60 * (240 + 25 * team.overtime_periods)) > 60 * @minutes_tolerance

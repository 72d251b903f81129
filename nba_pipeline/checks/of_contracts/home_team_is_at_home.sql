-- table: the_table
-- check: V04 home_team_is_at_home | block | Who is at home is the home team of the schedule.
-- date: the_date
select
    stored.*,
    dim_game.home_team_abbr
from the_table as stored
inner join nba_reference.dim_game on stored.game_id = dim_game.game_id
where
    stored.the_date between @start_date and @end_date
    and stored.home_game != (stored.the_team = dim_game.home_team_abbr)

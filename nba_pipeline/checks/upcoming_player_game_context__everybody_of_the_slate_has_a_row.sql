-- table: nba_analytics.upcoming_player_game_context
-- check: V06 everybody_of_the_slate_has_a_row | error | Every player of the slate's universe has a row.
-- date: game_date
select
    universe.game_date,
    universe.game_id,
    universe.player_lookup
from nba_reference.player_universe as universe
left join nba_analytics.upcoming_player_game_context as context
    on
        universe.game_id = context.game_id
        and universe.player_lookup = context.player_lookup
        and context.game_date between @start_date and @end_date
where universe.game_date between @start_date and @end_date and context.player_lookup is null

-- table: nba_analytics.upcoming_team_game_context
-- check: V10 spreads_cover_the_slate | warn | Seven in ten teams of the dates with game lines have a spread.
with
dates_with_lines as (
    select distinct game_date
    from nba_raw.odds_api_game_lines
    where game_date between @start_date and @end_date
)

select
    count(context.game_spread) as rows_with_a_spread,
    count(*) as row_count
from nba_analytics.upcoming_team_game_context as context
inner join dates_with_lines on context.game_date = dates_with_lines.game_date
where context.game_date between @start_date and @end_date
having safe_divide(count(context.game_spread), count(*)) < @spread_share

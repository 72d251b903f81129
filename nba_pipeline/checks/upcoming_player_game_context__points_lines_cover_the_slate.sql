-- table: nba_analytics.upcoming_player_game_context
-- check: V10 points_lines_cover_the_slate | warn | Four in ten players of the dates with props have a points line.
with
dates_with_props as (
    select game_date
    from nba_raw.odds_api_player_points_props
    where game_date between @start_date and @end_date
    union distinct
    select game_date
    from nba_raw.bettingpros_player_points_props
    where game_date between @start_date and @end_date
)

select
    countif(context.has_prop_line) as rows_with_a_line,
    count(*) as row_count
from nba_analytics.upcoming_player_game_context as context
inner join dates_with_props on context.game_date = dates_with_props.game_date
where context.game_date between @start_date and @end_date
having safe_divide(countif(context.has_prop_line), count(*)) < @prop_line_share

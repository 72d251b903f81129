-- check: V17
-- name: opponent_zones_are_real_nearly_always
-- table: nba_analytics.team_defense_game_summary
-- severity: warn
-- sentence: Over the range 99 % of the teams have opponents who shot from all three zones.
with
judged as (
    select
        game_date,
        coalesce(
            opp_paint_attempts > 0 and opp_mid_range_attempts > 0 and opp_three_pt_attempts > 0,
            false
        ) as is_valid
    from nba_analytics.team_defense_game_summary
    where
        game_date between @start_date and @end_date
        and game_id in (
            select game_id
            from nba_reference.shot_events
            where game_date between @start_date and @end_date
        )
)

select
    countif(is_valid) as valid_rows,
    count(*) as row_count
from judged
having safe_divide(countif(is_valid), count(*)) < @valid_share_of_a_range

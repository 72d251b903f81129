-- check: V17
-- name: paint_share_is_known_nearly_always
-- table: nba_precompute.player_shot_zone_analysis
-- severity: warn
-- sentence: Over the range 99 % of the players have a paint share and games behind it.
with
judged as (
    select
        analysis_date,
        coalesce(
            paint_rate_last_10 is not null and games_in_sample_10 > 0,
            false
        ) as is_valid
    from nba_precompute.player_shot_zone_analysis
    where
        analysis_date between @start_date and @end_date
        and analysis_date in (
            select analysis_date
            from nba_processing.available_sources
            where source_kind = 'shots'
        )
)

select
    countif(is_valid) as valid_rows,
    count(*) as row_count
from judged
having safe_divide(countif(is_valid), count(*)) < @valid_share_of_a_range

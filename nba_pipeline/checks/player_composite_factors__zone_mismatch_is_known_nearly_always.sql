-- check: V17
-- name: zone_mismatch_is_known_nearly_always
-- table: nba_precompute.player_composite_factors
-- severity: warn
-- sentence: Over the range 99 % of the players with five games have a zone mismatch.
with
judged as (
    select
        game_date,
        coalesce(
            shot_zone_mismatch_score is not null,
            false
        ) as is_valid
    from nba_precompute.player_composite_factors
    where
        game_date between @start_date and @end_date and actual_games_count >= @fewest_games
        and game_date in (
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

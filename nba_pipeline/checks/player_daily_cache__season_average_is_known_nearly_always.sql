-- check: V17
-- name: season_average_is_known_nearly_always
-- table: nba_precompute.player_daily_cache
-- severity: warn
-- sentence: Over the range 99 % of the players have a season's average and games behind it.
with
judged as (
    select
        cache_date,
        coalesce(
            points_avg_season is not null and games_played_season > 0,
            false
        ) as is_valid
    from nba_precompute.player_daily_cache
    where cache_date between @start_date and @end_date
)

select
    countif(is_valid) as valid_rows,
    count(*) as row_count
from judged
having safe_divide(countif(is_valid), count(*)) < @valid_share_of_a_range

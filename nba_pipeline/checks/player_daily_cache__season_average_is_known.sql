-- check: V17
-- name: season_average_is_known
-- table: nba_precompute.player_daily_cache
-- severity: error
-- date: cache_date
-- sentence: On every date half of the players have a season's average and games behind it.
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
    cache_date,
    countif(is_valid) as valid_rows,
    count(*) as row_count
from judged
group by cache_date
having safe_divide(countif(is_valid), count(*)) < @valid_share_of_a_date

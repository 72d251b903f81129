-- table: nba_precompute.player_daily_cache
-- check: V17 season_average_is_known | error | On every date half of the players have a season's average and games
--   behind it.
-- date: cache_date
-- valid_share: valid_share_of_a_date
-- check: V17 season_average_is_known_nearly_always | warn | Over the range 99 % of the players have a season's
--   average and games behind it.
-- valid_share: valid_share_of_a_range
select
    cache_date,
    points_avg_season is not null and games_played_season > 0 as is_valid
from nba_precompute.player_daily_cache
where cache_date between @start_date and @end_date

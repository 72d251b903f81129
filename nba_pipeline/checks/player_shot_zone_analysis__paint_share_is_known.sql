-- table: nba_precompute.player_shot_zone_analysis
-- check: V17 paint_share_is_known | error | On every date half of the players have a paint share and games behind it.
-- date: analysis_date
-- valid_share: valid_share_of_a_date
-- check: V17 paint_share_is_known_nearly_always | warn | Over the range 99 % of the players have a paint share and
--   games behind it.
-- valid_share: valid_share_of_a_range
select
    analysis_date,
    paint_rate_last_10 is not null and games_in_sample_10 > 0 as is_valid
from nba_precompute.player_shot_zone_analysis
where
    analysis_date between @start_date and @end_date
    and analysis_date in (
        select analysis_date
        from nba_processing.available_sources
        where source_kind = 'shots'
    )

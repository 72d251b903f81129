-- table: nba_precompute.player_composite_factors
-- check: V17 zone_mismatch_is_known | error | On every date half of the players with five games have a zone mismatch.
-- date: game_date
-- valid_share: valid_share_of_a_date
-- check: V17 zone_mismatch_is_known_nearly_always | warn | Over the range 99 % of the players with five games have a
--   zone mismatch.
-- valid_share: valid_share_of_a_range
select
    game_date,
    shot_zone_mismatch_score is not null as is_valid
from nba_precompute.player_composite_factors
where
    game_date between @start_date and @end_date and actual_games_count >= @fewest_games
    and game_date in (
        select analysis_date
        from nba_processing.available_sources
        where source_kind = 'shots'
    )

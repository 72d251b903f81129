-- table: nba_analytics.team_defense_game_summary
-- check: V17 opponent_zones_are_real | error | On every date half of the teams have opponents who shot from all three
--   zones.
-- date: game_date
-- valid_share: valid_share_of_a_date
-- check: V17 opponent_zones_are_real_nearly_always | warn | Over the range 99 % of the teams have opponents who shot
--   from all three zones.
-- valid_share: valid_share_of_a_range
select
    game_date,
    opp_paint_attempts > 0 and opp_mid_range_attempts > 0 and opp_three_pt_attempts > 0 as is_valid
from nba_analytics.team_defense_game_summary
where
    game_date between @start_date and @end_date
    and game_id in (
        select game_id
        from nba_reference.shot_events
        where game_date between @start_date and @end_date
    )

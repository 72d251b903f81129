-- table: nba_precompute.team_defense_zone_analysis
-- check: V17 zones_are_held_against_the_league | error | On every date half of the teams have all three zones beside
--   the league's.
-- date: analysis_date
-- valid_share: valid_share_of_a_date
-- check: V17 zones_are_held_against_the_league_nearly_always | warn | Over the range 99 % of the teams have all three
--   zones beside the league's.
-- valid_share: valid_share_of_a_range
select
    analysis_date,
    paint_defense_vs_league_avg is not null
    and mid_range_defense_vs_league_avg is not null
    and three_pt_defense_vs_league_avg is not null as is_valid
from nba_precompute.team_defense_zone_analysis
where
    analysis_date between @start_date and @end_date
    and analysis_date in (
        select analysis_date
        from nba_processing.available_sources
        where source_kind = 'shots'
    )

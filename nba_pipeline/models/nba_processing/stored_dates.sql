-- description: Rows that every tracked table holds of a date now, counted in the table itself.
--   Generated from the contracts by nba_pipeline.completeness.tracked; change those, not this file.
-- grain: One row per table and date with rows.
-- key: table_name, partition_date
-- view: true
-- column: table_name | string | not null | Two-part name.
-- column: partition_date | date | not null | US-Eastern date.
-- column: row_count | int64 | not null; range=1.. | Rows of the date.
select
    'nba_analytics.player_game_summary' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_analytics.player_game_summary
group by game_date
union all
select
    'nba_analytics.team_defense_game_summary' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_analytics.team_defense_game_summary
group by game_date
union all
select
    'nba_analytics.team_offense_game_summary' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_analytics.team_offense_game_summary
group by game_date
union all
select
    'nba_analytics.upcoming_player_game_context' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_analytics.upcoming_player_game_context
group by game_date
union all
select
    'nba_analytics.upcoming_team_game_context' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_analytics.upcoming_team_game_context
group by game_date
union all
select
    'nba_precompute.player_composite_factors' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_precompute.player_composite_factors
group by game_date
union all
select
    'nba_precompute.player_daily_cache' as table_name,
    cache_date as partition_date,
    count(*) as row_count
from nba_precompute.player_daily_cache
group by cache_date
union all
select
    'nba_precompute.player_shot_zone_analysis' as table_name,
    analysis_date as partition_date,
    count(*) as row_count
from nba_precompute.player_shot_zone_analysis
group by analysis_date
union all
select
    'nba_precompute.team_defense_zone_analysis' as table_name,
    analysis_date as partition_date,
    count(*) as row_count
from nba_precompute.team_defense_zone_analysis
group by analysis_date
union all
select
    'nba_predictions.ml_feature_store_v2' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_predictions.ml_feature_store_v2
group by game_date
union all
select
    'nba_raw.bdl_player_boxscores' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.bdl_player_boxscores
group by game_date
union all
select
    'nba_raw.bettingpros_player_points_props' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.bettingpros_player_points_props
group by game_date
union all
select
    'nba_raw.bigdataball_play_by_play' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.bigdataball_play_by_play
group by game_date
union all
select
    'nba_raw.espn_team_rosters' as table_name,
    roster_date as partition_date,
    count(*) as row_count
from nba_raw.espn_team_rosters
group by roster_date
union all
select
    'nba_raw.nbac_gamebook_player_stats' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.nbac_gamebook_player_stats
group by game_date
union all
select
    'nba_raw.nbac_injury_report' as table_name,
    report_date as partition_date,
    count(*) as row_count
from nba_raw.nbac_injury_report
group by report_date
union all
select
    'nba_raw.nbac_play_by_play' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.nbac_play_by_play
group by game_date
union all
select
    'nba_raw.nbac_player_boxscores' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.nbac_player_boxscores
group by game_date
union all
select
    'nba_raw.nbac_player_list_current' as table_name,
    source_file_date as partition_date,
    count(*) as row_count
from nba_raw.nbac_player_list_current
group by source_file_date
union all
select
    'nba_raw.nbac_schedule' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.nbac_schedule
group by game_date
union all
select
    'nba_raw.nbac_shot_chart' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.nbac_shot_chart
group by game_date
union all
select
    'nba_raw.nbac_team_boxscore' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.nbac_team_boxscore
group by game_date
union all
select
    'nba_raw.odds_api_game_lines' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.odds_api_game_lines
group by game_date
union all
select
    'nba_raw.odds_api_player_other_props' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.odds_api_player_other_props
group by game_date
union all
select
    'nba_raw.odds_api_player_points_props' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_raw.odds_api_player_points_props
group by game_date
union all
select
    'nba_reference.dim_game' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.dim_game
group by game_date
union all
select
    'nba_reference.game_lines' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.game_lines
group by game_date
union all
select
    'nba_reference.player_box_lines' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.player_box_lines
group by game_date
union all
select
    'nba_reference.player_injuries' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.player_injuries
group by game_date
union all
select
    'nba_reference.player_source_lines' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.player_source_lines
group by game_date
union all
select
    'nba_reference.player_universe' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.player_universe
group by game_date
union all
select
    'nba_reference.points_lines' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.points_lines
group by game_date
union all
select
    'nba_reference.shot_events' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.shot_events
group by game_date
union all
select
    'nba_reference.team_box_lines' as table_name,
    game_date as partition_date,
    count(*) as row_count
from nba_reference.team_box_lines
group by game_date

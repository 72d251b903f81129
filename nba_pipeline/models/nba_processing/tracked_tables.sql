-- description: Tables with daily partitions that runs write, and what completeness asks of each.
--   Generated from the contracts by nba_pipeline.completeness.tracked; change those, not this file.
-- grain: One row per table.
-- key: table_name
-- view: true
-- column: table_name | string | not null | Two-part name.
-- column: processor_name | string | not null | Name without the dataset, as failures are recorded by.
-- column: holds_games | bool | not null | Whether it must hold every final game of a date it holds.
-- column: is_of_sources | bool | not null | Whether it has what its sources have, and no game to cover.
-- column: is_of_slates | bool | not null | Whether it has rows for slates after the bootstrap only.
select
    'nba_analytics.player_game_summary' as table_name,
    'player_game_summary' as processor_name,
    true as holds_games,
    false as is_of_sources,
    false as is_of_slates
union all
select
    'nba_analytics.team_defense_game_summary' as table_name,
    'team_defense_game_summary' as processor_name,
    true as holds_games,
    false as is_of_sources,
    false as is_of_slates
union all
select
    'nba_analytics.team_offense_game_summary' as table_name,
    'team_offense_game_summary' as processor_name,
    true as holds_games,
    false as is_of_sources,
    false as is_of_slates
union all
select
    'nba_analytics.upcoming_player_game_context' as table_name,
    'upcoming_player_game_context' as processor_name,
    true as holds_games,
    false as is_of_sources,
    false as is_of_slates
union all
select
    'nba_analytics.upcoming_team_game_context' as table_name,
    'upcoming_team_game_context' as processor_name,
    true as holds_games,
    false as is_of_sources,
    false as is_of_slates
union all
select
    'nba_precompute.player_composite_factors' as table_name,
    'player_composite_factors' as processor_name,
    false as holds_games,
    false as is_of_sources,
    true as is_of_slates
union all
select
    'nba_precompute.player_daily_cache' as table_name,
    'player_daily_cache' as processor_name,
    false as holds_games,
    false as is_of_sources,
    true as is_of_slates
union all
select
    'nba_precompute.player_shot_zone_analysis' as table_name,
    'player_shot_zone_analysis' as processor_name,
    false as holds_games,
    false as is_of_sources,
    true as is_of_slates
union all
select
    'nba_precompute.team_defense_zone_analysis' as table_name,
    'team_defense_zone_analysis' as processor_name,
    false as holds_games,
    false as is_of_sources,
    true as is_of_slates
union all
select
    'nba_predictions.ml_feature_store_v2' as table_name,
    'ml_feature_store_v2' as processor_name,
    false as holds_games,
    false as is_of_sources,
    true as is_of_slates
union all
select
    'nba_raw.bdl_player_boxscores' as table_name,
    'bdl_player_boxscores' as processor_name,
    true as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.bettingpros_player_points_props' as table_name,
    'bettingpros_player_points_props' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.bigdataball_play_by_play' as table_name,
    'bigdataball_play_by_play' as processor_name,
    true as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.espn_team_rosters' as table_name,
    'espn_team_rosters' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.nbac_gamebook_player_stats' as table_name,
    'nbac_gamebook_player_stats' as processor_name,
    true as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.nbac_injury_report' as table_name,
    'nbac_injury_report' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.nbac_play_by_play' as table_name,
    'nbac_play_by_play' as processor_name,
    true as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.nbac_player_boxscores' as table_name,
    'nbac_player_boxscores' as processor_name,
    true as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.nbac_player_list_current' as table_name,
    'nbac_player_list_current' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.nbac_schedule' as table_name,
    'nbac_schedule' as processor_name,
    true as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.nbac_shot_chart' as table_name,
    'nbac_shot_chart' as processor_name,
    true as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.nbac_team_boxscore' as table_name,
    'nbac_team_boxscore' as processor_name,
    true as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.odds_api_game_lines' as table_name,
    'odds_api_game_lines' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.odds_api_player_other_props' as table_name,
    'odds_api_player_other_props' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_raw.odds_api_player_points_props' as table_name,
    'odds_api_player_points_props' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.dim_game' as table_name,
    'dim_game' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.game_lines' as table_name,
    'game_lines' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.player_box_lines' as table_name,
    'player_box_lines' as processor_name,
    false as holds_games,
    false as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.player_injuries' as table_name,
    'player_injuries' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.player_source_lines' as table_name,
    'player_source_lines' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.player_universe' as table_name,
    'player_universe' as processor_name,
    false as holds_games,
    false as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.points_lines' as table_name,
    'points_lines' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.shot_events' as table_name,
    'shot_events' as processor_name,
    false as holds_games,
    true as is_of_sources,
    false as is_of_slates
union all
select
    'nba_reference.team_box_lines' as table_name,
    'team_box_lines' as processor_name,
    false as holds_games,
    false as is_of_sources,
    false as is_of_slates

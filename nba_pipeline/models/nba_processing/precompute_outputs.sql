-- description: Which entities have a row in which precompute table.
-- grain: One row per table, entity and slate.
-- key: processor_name, entity_id, analysis_date
-- view: true
-- column: processor_name | string | not null | Table that holds the row.
-- column: analysis_date | date | not null | Slate.
-- column: entity_id | string | not null | player_lookup or team_abbr.
-- column: is_production_ready | bool | not null | Whether the row's own history and inputs are complete enough.
select
    'team_defense_zone_analysis' as processor_name,
    analysis_date,
    team_abbr as entity_id,
    is_production_ready
from nba_precompute.team_defense_zone_analysis
union all
select
    'player_shot_zone_analysis' as processor_name,
    analysis_date,
    player_lookup as entity_id,
    is_production_ready
from nba_precompute.player_shot_zone_analysis
union all
select
    'player_daily_cache' as processor_name,
    cache_date as analysis_date,
    player_lookup as entity_id,
    is_production_ready
from nba_precompute.player_daily_cache
union all
select
    'player_composite_factors' as processor_name,
    game_date as analysis_date,
    player_lookup as entity_id,
    is_production_ready
from nba_precompute.player_composite_factors
union all
select
    'ml_feature_store_v2' as processor_name,
    game_date as analysis_date,
    player_lookup as entity_id,
    is_production_ready
from nba_predictions.ml_feature_store_v2

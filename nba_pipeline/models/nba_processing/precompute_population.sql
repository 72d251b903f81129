-- description: Whom every precompute table owes a row or a recorded failure.
--   Zone defense: the thirty teams. Shot zones: everybody who has played this season before the slate. The others: the
--   players of the slate's pre-game context; the entity DATE_LEVEL where that context has nothing for a slate with games.
-- grain: One row per table, entity and slate.
-- key: processor_name, entity_id, analysis_date
-- view: true
-- column: processor_name | string | not null | Table that owes the row.
-- column: analysis_date | date | not null | Slate.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: entity_id | string | not null | player_lookup, team_abbr, or DATE_LEVEL for a whole date.
-- column: team_abbr | string | | Team of the entity on the slate; NULL for a player of the league without a game that day.
-- column: universal_player_id | string | | Person in the registry.
with
slates as (
    select
        analysis_date,
        season_year
    from nba_processing.precompute_slates
),

first_game_by_player as (
    select
        player_lookup,
        season_year,
        max(universal_player_id) as universal_player_id,
        min(game_date) as first_game_date
    from nba_processing.eligible_player_games
    group by player_lookup, season_year
),

slate_players as (
    select
        slates.analysis_date,
        slates.season_year,
        coalesce(player.player_lookup, 'DATE_LEVEL') as entity_id,
        player.team_abbr,
        player.universal_player_id
    from slates
    left join nba_analytics.upcoming_player_game_context as player on slates.analysis_date = player.game_date
),

context_tables as (
    select processor_name
    from unnest(['player_daily_cache', 'player_composite_factors', 'ml_feature_store_v2']) as processor_name
)

select
    'team_defense_zone_analysis' as processor_name,
    slates.analysis_date,
    slates.season_year,
    arenas.team_abbr as entity_id,
    arenas.team_abbr,
    cast(null as string) as universal_player_id
from slates
inner join nba_reference.team_arenas as arenas on slates.season_year = arenas.season_year
union all
select
    'player_shot_zone_analysis' as processor_name,
    slates.analysis_date,
    slates.season_year,
    first_game.player_lookup as entity_id,
    cast(null as string) as team_abbr,
    first_game.universal_player_id
from slates
inner join first_game_by_player as first_game
    on slates.season_year = first_game.season_year and first_game.first_game_date < slates.analysis_date
union all
select
    context_tables.processor_name,
    players.analysis_date,
    players.season_year,
    players.entity_id,
    players.team_abbr,
    players.universal_player_id
from slate_players as players
cross join context_tables

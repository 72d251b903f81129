-- description: Entities of a precompute table's population that have no row, each with one reason.
--   Written by the publication of the table itself, in the same transaction, so a rebuilt date resolves its failures.
-- grain: One row per table, entity and slate without a row.
-- key: processor_name, entity_id, analysis_date
-- partition: analysis_date
-- cluster: processor_name, failure_category
-- history: season
-- column: processor_name | string | not null | Table that has no row of the entity.
-- column: run_id | string | not null | Run that published the date.
-- column: analysis_date | date | not null | Slate.
-- column: entity_id | string | not null | player_lookup, team_abbr, or DATE_LEVEL for a whole date.
-- column: failure_category | string | not null; in=NO_UPSTREAM_PARTITION/NAME_UNRESOLVED/DATA_GAP/RAW_GAME_MISSING/UPSTREAM_ROW_MISSING/INSUFFICIENT_HISTORY/PLAYER_DNP | The first that applies, in this order.
-- column: failure_reason | string | not null | The same in words.
-- column: is_expected | bool | not null | Nothing to repair: short history or a player who sat out.
-- column: is_correctable | bool | not null | Goes away when the named data arrive; the opposite of is_expected.
-- column: can_retry | bool | not null | Same as is_correctable, the name operators know.
-- column: min_required | int64 | not null; range=0.. | Games the table asks for.
-- column: games_found | int64 | not null; range=0.. | Games of the season before the slate that count.
-- column: expected_game_count | int64 | not null; range=0.. | Games he should have: played, lost or never ingested.
-- column: missing_game_ids | string | | Ids of lost or never ingested games, separated by commas.
with
population as (
    select *
    from nba_processing.precompute_population
    where processor_name = @processor_name and analysis_date between @start_date and @end_date
),

outputs as (
    select *
    from nba_processing.precompute_outputs
    where processor_name = @processor_name and analysis_date between @start_date and @end_date
),

entities_without_row as (
    select population.*
    from population
    left join outputs
        on population.analysis_date = outputs.analysis_date and population.entity_id = outputs.entity_id
    where outputs.entity_id is null
),

games_by_entity as (
    select
        player_lookup as entity_id,
        season_year,
        game_id,
        game_date,
        status
    from nba_processing.player_game_status
    where game_date >= @history_start and game_date < @end_date and @processor_name <> 'team_defense_zone_analysis'
    union all
    select
        team_abbr as entity_id,
        season_year,
        game_id,
        game_date,
        status
    from nba_processing.team_game_status
    where game_date >= @history_start and game_date < @end_date and @processor_name = 'team_defense_zone_analysis'
),

-- A game of which somebody accepted that no source has a box score will not come.
dates_without_source as (
    select partition_date as game_date
    from nba_processing.accepted_gaps
    where table_name = 'nba_reference.player_box_lines'
),

games_counted_by_entity as (
    select
        entities.analysis_date,
        entities.entity_id,
        max(entities.universal_player_id) as universal_player_id,
        countif(games.status = 'played') as games_found,
        countif(games.status in ('played', 'data_gap') or (games.status = 'raw_missing' and lost.game_date is null))
            as expected_game_count,
        countif(games.status = 'data_gap') as data_gaps,
        countif(games.status = 'raw_missing' and lost.game_date is null) as raw_missing,
        countif(games.status = 'dnp') as games_sat_out,
        string_agg(if(games.status in ('data_gap', 'raw_missing'), games.game_id, null), ',' order by games.game_id)
            as missing_game_ids
    from entities_without_row as entities
    left join games_by_entity as games
        on
            entities.entity_id = games.entity_id
            and entities.season_year = games.season_year
            and games.game_date < entities.analysis_date
    left join dates_without_source as lost on games.game_date = lost.game_date
    group by entities.analysis_date, entities.entity_id
),

entities_with_minimum as (
    select
        *,
        cast(if(@processor_name in ('player_composite_factors', 'ml_feature_store_v2'), 0, 5) as int64) as min_required
    from games_counted_by_entity
),

categorized_entities as (
    select
        *,
        case
            when entity_id = 'DATE_LEVEL' then 'NO_UPSTREAM_PARTITION'
            when
                @processor_name <> 'team_defense_zone_analysis' and universal_player_id is null and games_found = 0
                then 'NAME_UNRESOLVED'
            when data_gaps > 0 and games_found < min_required then 'DATA_GAP'
            when raw_missing > 0 and games_found < min_required then 'RAW_GAME_MISSING'
            when games_found >= min_required then 'UPSTREAM_ROW_MISSING'
            when games_found + games_sat_out < min_required then 'INSUFFICIENT_HISTORY'
            else 'PLAYER_DNP'
        end as failure_category
    from entities_with_minimum
)

select
    @processor_name as processor_name,
    @run_id as run_id,
    analysis_date,
    entity_id,
    failure_category,
    case failure_category
        when 'NO_UPSTREAM_PARTITION'
            then 'upcoming_player_game_context has no rows for a slate with games'
        when 'NAME_UNRESOLVED' then 'the name is not in the registry and no game counts under it'
        when 'DATA_GAP'
            then concat(cast(data_gaps as string), ' games are in the raw box scores but not in analytics')
        when 'RAW_GAME_MISSING'
            then concat(cast(raw_missing as string), ' final games have no box score')
        when 'UPSTREAM_ROW_MISSING'
            then concat(cast(games_found as string), ' games count, but an upstream row is missing')
        when 'INSUFFICIENT_HISTORY'
            then concat(
                'only ', cast(games_found as string), ' games count, ', cast(min_required as string), ' are needed'
            )
        else concat(
            'only ',
            cast(games_found as string),
            ' games played, sat out ',
            cast(games_sat_out as string)
        )
    end as failure_reason,
    failure_category in ('INSUFFICIENT_HISTORY', 'PLAYER_DNP') as is_expected,
    failure_category not in ('INSUFFICIENT_HISTORY', 'PLAYER_DNP') as is_correctable,
    failure_category not in ('INSUFFICIENT_HISTORY', 'PLAYER_DNP') as can_retry,
    min_required,
    games_found,
    expected_game_count,
    missing_game_ids
from categorized_entities

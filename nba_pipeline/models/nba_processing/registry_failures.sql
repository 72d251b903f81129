-- description: Players whose name the registry did not know when their game was processed.
--   Recorded by the publication of the table that met them, in the same transaction; what happened to a
--   row since (resolved, reprocessed) is kept when the date is published again.
-- grain: One row per player, date and table that met the unknown name.
-- key: player_lookup, game_date, processor_name
-- partition: game_date
-- cluster: player_lookup, processor_name
-- column: player_lookup | string | not null | Folded full name that no registry row or active alias knows.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: processor_name | string | not null | Table that met the name.
-- column: team_abbr | string |  | Team the player was listed for.
-- column: season | string |  | Season label, for example 2021-22.
-- column: game_id | string |  | Game the player was listed in.
-- column: created_at | timestamp | not null | When the name was first missed.
-- column: resolved_at | timestamp |  | When the name became resolvable; NULL while pending.
-- column: reprocessed_at | timestamp |  | When the date was rebuilt with the name resolved.
-- column: occurrence_count | int64 | not null; range=1.. | Runs that missed the name on this date.
-- column: run_id | string | not null | Run that missed it last.
-- column: outcome | string | in=resolved/new_player/rejected/vanished | How the failure ended; vanished = a rebuild no longer met the name while it was pending.
with
misses as (
    select
        player_lookup,
        game_date,
        'player_game_summary' as processor_name,
        team_abbr,
        game_id,
        season_year
    from nba_analytics.player_game_summary
    where universal_player_id is null and game_date between @start_date and @end_date
    union all
    select
        player_lookup,
        game_date,
        'upcoming_player_game_context' as processor_name,
        team_abbr,
        game_id,
        season_year
    from nba_analytics.upcoming_player_game_context
    where universal_player_id is null and game_date between @start_date and @end_date
),

current_misses as (
    select
        misses.player_lookup,
        misses.game_date,
        misses.processor_name,
        misses.team_abbr,
        misses.game_id,
        season_calendar.season
    from misses
    left join nba_reference.season_calendar
        on misses.season_year = season_calendar.season_year
    where misses.processor_name = @processor_name
),

recorded as (
    select *
    from nba_processing.registry_failures
    where processor_name = @processor_name and game_date between @start_date and @end_date
)

select
    coalesce(current_misses.player_lookup, recorded.player_lookup) as player_lookup,
    coalesce(current_misses.game_date, recorded.game_date) as game_date,
    @processor_name as processor_name,
    coalesce(current_misses.team_abbr, recorded.team_abbr) as team_abbr,
    coalesce(current_misses.season, recorded.season) as season,
    coalesce(current_misses.game_id, recorded.game_id) as game_id,
    coalesce(recorded.created_at, @run_at) as created_at,
    recorded.resolved_at,
    recorded.reprocessed_at,
    coalesce(recorded.occurrence_count, 0) + if(current_misses.player_lookup is null, 0, 1) as occurrence_count,
    if(current_misses.player_lookup is null, recorded.run_id, @run_id) as run_id,
    if(
        current_misses.player_lookup is null and recorded.resolved_at is null,
        coalesce(recorded.outcome, 'vanished'),
        if(recorded.outcome = 'vanished', null, recorded.outcome)
    ) as outcome
from current_misses
full outer join recorded
    on current_misses.player_lookup = recorded.player_lookup
    and current_misses.game_date = recorded.game_date

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
rows_without_person as (
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

current_failures as (
    select
        failures.player_lookup,
        failures.game_date,
        failures.processor_name,
        failures.team_abbr,
        failures.game_id,
        season_calendar.season
    from rows_without_person as failures
    left join nba_reference.season_calendar
        on failures.season_year = season_calendar.season_year
    where failures.processor_name = @processor_name
),

stored_failures as (
    select *
    from nba_processing.registry_failures
    where processor_name = @processor_name and game_date between @start_date and @end_date
)

select
    coalesce(failures.player_lookup, stored.player_lookup) as player_lookup,
    coalesce(failures.game_date, stored.game_date) as game_date,
    @processor_name as processor_name,
    coalesce(failures.team_abbr, stored.team_abbr) as team_abbr,
    coalesce(failures.season, stored.season) as season,
    coalesce(failures.game_id, stored.game_id) as game_id,
    coalesce(stored.created_at, @run_at) as created_at,
    stored.resolved_at,
    stored.reprocessed_at,
    coalesce(stored.occurrence_count, 0) + if(failures.player_lookup is null, 0, 1) as occurrence_count,
    if(failures.player_lookup is null, stored.run_id, @run_id) as run_id,
    if(
        failures.player_lookup is null and stored.resolved_at is null,
        coalesce(stored.outcome, 'vanished'),
        if(stored.outcome = 'vanished', null, stored.outcome)
    ) as outcome
from current_failures as failures
full outer join stored_failures as stored
    on failures.player_lookup = stored.player_lookup
    and failures.game_date = stored.game_date

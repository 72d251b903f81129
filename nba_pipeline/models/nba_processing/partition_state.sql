-- description: What every tracked table holds of every date, and what that means: the one answer to whether a date is
--   complete. Gates, plans, gaps, reports and alerts read it and classify nothing themselves.
-- grain: One row per tracked table and date of a season, and per date outside the seasons that was ever published.
-- key: table_name, partition_date
-- view: true
-- column: table_name | string | not null | Two-part name.
-- column: partition_date | date | not null | US-Eastern date.
-- column: state | string | not null; in=whole/empty/accepted/not_applicable/not_due/broken/partial/missing/unknown | whole = everything expected is there and judged; empty = rightly without rows; accepted = somebody lives with what is not there; not_applicable = the source has nothing in the whole season; not_due = its games are not final; broken = rows that break an error-level check; partial = final games are not there; missing = to be computed, or without anything from its sources; unknown = the schedule says nothing about the date.
-- column: reason | string | | Why, in one word; NULL for whole dates.
-- column: is_expected | bool | not null | Whether the date has final games of which the table should hold rows.
-- column: is_bootstrap | bool | not null | Whether the date is one of the first fourteen days of a season.
-- column: is_published | bool | not null | Whether the date was ever published.
-- column: scheduled_games | int64 | not null; range=0.. | Games the schedule has on the date.
-- column: final_games | int64 | not null; range=0.. | Those with a final score.
-- column: missing_games | int64 | not null; range=0.. | Final games of which a table with games holds no row.
-- column: published_rows | int64 | not null; range=0.. | Rows when the date was published.
-- column: stored_rows | int64 | not null; range=0.. | Rows now.
-- column: stored_reason | string | | Why it was published without rows.
-- column: open_errors | int64 | not null; range=0.. | Error-level checks that the date breaks.
-- column: open_warnings | int64 | not null; range=0.. | Warning-level checks that the date breaks.
-- column: failures | int64 | not null; range=0.. | Entities without a row, with a recorded reason.
-- column: correctable_failures | int64 | not null; range=0.. | Those whose reason can be repaired.
-- column: acceptance | string | | Why, and who lives with it.
with
known_dates as (
    select cast(day as date) as partition_date
    from nba_reference.season_calendar
    cross join unnest(generate_date_array(regular_start, season_end)) as day
    union distinct
    select partition_date
    from nba_processing.partition_status
),

games_of_date as (
    select
        game_date,
        count(*) as scheduled_games,
        countif(is_final) as final_games
    from nba_reference.dim_game
    group by game_date
),

-- Whether the schedule spoke about the date: with games, or with a file that says there are none.
schedule_of_date as (
    select
        known_dates.partition_date,
        calendar.season_year,
        coalesce(known_dates.partition_date <= calendar.bootstrap_end, false) as is_bootstrap,
        coalesce(games_of_date.scheduled_games, 0) as scheduled_games,
        coalesce(games_of_date.final_games, 0) as final_games,
        coalesce(
            calendar.season_year is null
            or known_dates.partition_date between calendar.all_star_start and calendar.all_star_end
            or spoken.row_count > 0
            or spoken.reason in ('no_games', 'all_star_break', 'off_season', 'bootstrap'),
            false
        ) as is_known
    from known_dates
    left join nba_reference.season_calendar as calendar
        on known_dates.partition_date between calendar.regular_start and calendar.season_end
    left join games_of_date on known_dates.partition_date = games_of_date.game_date
    left join nba_processing.partition_status as spoken
        on known_dates.partition_date = spoken.partition_date and spoken.table_name = 'nba_reference.dim_game'
),

missing_games_of_date as (
    select
        tables.table_name,
        games.game_date,
        count(*) as missing_games
    from nba_processing.tracked_tables as tables
    inner join nba_reference.dim_game as games on games.is_final
    left join nba_processing.stored_games as stored
        on tables.table_name = stored.table_name and games.game_id = stored.game_id
    where tables.holds_games and stored.game_id is null
    group by tables.table_name, games.game_date
),

-- The seasons of which a source has anything at all.
used_sources as (
    select distinct
        status.table_name,
        calendar.season_year
    from nba_processing.partition_status as status
    inner join nba_reference.season_calendar as calendar
        on status.partition_date between calendar.regular_start and calendar.season_end
    where status.row_count > 0
),

violations_of_date as (
    select
        table_name,
        partition_date,
        countif(severity = 'error') as open_errors,
        countif(severity = 'warn') as open_warnings
    from nba_processing.check_violations
    group by table_name, partition_date
),

failures_of_date as (
    select
        processor_name,
        analysis_date,
        count(*) as failures,
        countif(is_correctable) as correctable_failures
    from nba_processing.precompute_failures
    group by processor_name, analysis_date
),

facts_of_date as (
    select
        tables.table_name,
        dates.partition_date,
        dates.is_known,
        dates.season_year is null as is_off_season,
        dates.is_bootstrap,
        tables.is_of_sources and used.table_name is null as is_unused,
        tables.is_of_slates,
        dates.scheduled_games,
        dates.final_games,
        dates.final_games > 0 and not (tables.is_of_slates and dates.is_bootstrap) as is_expected,
        status.table_name is not null as is_published,
        coalesce(status.row_count, 0) as published_rows,
        status.reason as stored_reason,
        coalesce(status.is_judged, true) as is_judged,
        coalesce(stored.row_count, 0) as stored_rows,
        coalesce(missing.missing_games, 0) as missing_games,
        coalesce(violations.open_errors, 0) as open_errors,
        coalesce(violations.open_warnings, 0) as open_warnings,
        coalesce(failures.failures, 0) as failures,
        coalesce(failures.correctable_failures, 0) as correctable_failures,
        if(accepted.table_name is null, null, concat(accepted.reason, ' (', accepted.owner, ')')) as acceptance
    from nba_processing.tracked_tables as tables
    cross join schedule_of_date as dates
    left join nba_processing.partition_status as status
        on tables.table_name = status.table_name and dates.partition_date = status.partition_date
    left join nba_processing.stored_dates as stored
        on tables.table_name = stored.table_name and dates.partition_date = stored.partition_date
    left join missing_games_of_date as missing
        on tables.table_name = missing.table_name and dates.partition_date = missing.game_date
    left join violations_of_date as violations
        on tables.table_name = violations.table_name and dates.partition_date = violations.partition_date
    left join used_sources as used
        on tables.table_name = used.table_name and dates.season_year = used.season_year
    left join failures_of_date as failures
        on tables.processor_name = failures.processor_name and dates.partition_date = failures.analysis_date
    left join nba_processing.accepted_gaps as accepted
        on
            tables.table_name = accepted.table_name
            and dates.partition_date = accepted.partition_date
            and (accepted.expires is null or accepted.expires >= current_date('America/New_York'))
),

-- The first reason that applies decides; its state stands beside it in docs/decisions/completeness.md.
reason_of_date as (
    select
        *,
        case
            when stored_rows < published_rows then 'rows_vanished'
            when stored_rows > published_rows then 'rows_added'
            when is_published and not is_judged then 'unjudged'
            when stored_rows > 0 and missing_games > 0 and acceptance is not null then 'accepted'
            when stored_rows > 0 and missing_games > 0 then 'games_missing'
            when stored_rows > 0 and open_errors > 0 then 'check_failed'
            when stored_rows > 0 then 'rows'
            when is_expected and acceptance is not null then 'accepted'
            when is_published and is_of_slates and is_bootstrap then 'bootstrap'
            when is_published and final_games > 0 and failures > 0 and correctable_failures = 0
                then 'only_expected_failures'
            when is_published and is_unused and stored_reason in ('no_landing_file', 'source_missing')
                then 'source_not_in_use'
            when is_published and final_games > 0
                then coalesce(stored_reason, if(failures > 0, 'correctable_failures', 'unexplained'))
            when not is_known then 'no_schedule'
            when is_published and scheduled_games > 0 then 'not_final'
            when is_published and is_off_season then 'off_season'
            when is_published and stored_reason in ('all_star_break', 'bootstrap') then stored_reason
            when is_published then 'no_games'
            else 'never_computed'
        end as reason_or_rows
    from facts_of_date
)

select
    table_name,
    partition_date,
    case
        when reason_or_rows = 'rows' then 'whole'
        when reason_or_rows = 'accepted' then 'accepted'
        when reason_or_rows = 'source_not_in_use' then 'not_applicable'
        when reason_or_rows = 'games_missing' then 'partial'
        when reason_or_rows = 'check_failed' then 'broken'
        when reason_or_rows = 'no_schedule' then 'unknown'
        when reason_or_rows = 'not_final' and final_games = 0 then 'not_due'
        when
            reason_or_rows in ('bootstrap', 'only_expected_failures')
            or (reason_or_rows in ('no_games', 'all_star_break', 'off_season') and final_games = 0)
            then 'empty'
        else 'missing'
    end as state,
    nullif(reason_or_rows, 'rows') as reason,
    is_expected,
    is_bootstrap,
    is_published,
    scheduled_games,
    final_games,
    missing_games,
    published_rows,
    stored_rows,
    stored_reason,
    open_errors,
    open_warnings,
    failures,
    correctable_failures,
    acceptance
from reason_of_date

-- description: Which kinds of sources a slate can count on: those that spoke of the season before it, unless somebody accepted
--   that they have nothing of half the game dates of the fifteen days before it (of the slate itself, for what is
--   published before tip-off). What is not available is not required of a row.
-- grain: One row per slate and kind of source that is available.
-- key: analysis_date, source_kind
-- view: true
-- column: analysis_date | date | not null | US-Eastern date of the slate.
-- column: source_kind | string | not null; in=shots/play_by_play/injury_report | shots = positions of field-goal attempts; play_by_play = who assisted and who blocked; injury_report = who is out or doubtful.
-- column: first_date | date | not null | First date of the season of which the kind spoke.
with
source_kinds as (
    select
        'shots' as source_kind,
        'nba_reference.shot_events' as table_name,
        'nba_reference.shot_events' as accepted_name,
        false as is_pregame
    union all
    select
        'play_by_play' as source_kind,
        table_name,
        'nba_reference.shot_events' as accepted_name,
        false as is_pregame
    from unnest(['nba_raw.nbac_play_by_play', 'nba_raw.bigdataball_play_by_play']) as table_name
    union all
    select
        'injury_report' as source_kind,
        'nba_reference.player_injuries' as table_name,
        'nba_reference.player_injuries' as accepted_name,
        true as is_pregame
),

first_date_by_source as (
    select
        kinds.source_kind,
        kinds.accepted_name,
        kinds.is_pregame,
        calendar.season_year,
        min(status.partition_date) as first_date
    from source_kinds as kinds
    inner join nba_processing.partition_status as status on kinds.table_name = status.table_name
    inner join nba_reference.season_calendar as calendar
        on status.partition_date between calendar.regular_start and calendar.season_end
    where status.row_count > 0
    group by kinds.source_kind, kinds.accepted_name, kinds.is_pregame, calendar.season_year
),

-- The game dates of the two weeks before a slate, and the slate itself for what is published before tip-off.
game_dates_before_slate as (
    select
        slates.analysis_date,
        slates.season_year,
        games.partition_date as game_date
    from nba_processing.precompute_slates as slates
    inner join nba_reference.season_calendar as calendar on slates.season_year = calendar.season_year
    inner join nba_processing.partition_status as games
        on
            games.table_name = 'nba_reference.dim_game'
            and games.row_count > 0
            and games.partition_date >= calendar.regular_start
            and games.partition_date <= slates.analysis_date
            and games.partition_date >= cast(date_sub(slates.analysis_date, interval 15 day) as date)
)

select
    before.analysis_date,
    first_dates.source_kind,
    min(first_dates.first_date) as first_date
from game_dates_before_slate as before
inner join first_date_by_source as first_dates
    on
        before.season_year = first_dates.season_year
        and first_dates.is_pregame = (before.game_date = before.analysis_date)
        and first_dates.first_date <= before.game_date
left join nba_processing.accepted_gaps as accepted
    on first_dates.accepted_name = accepted.table_name and before.game_date = accepted.partition_date
group by before.analysis_date, first_dates.source_kind
having 2 * countif(accepted.partition_date is not null) < count(*)

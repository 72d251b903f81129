-- description: What the official injury report said of a player last before tip-off.
--   Lines that the PDF reader was unsure of (confidence below 0.8) do not count, so they never hide an earlier good one.
--   Where the tip-off is unknown, reports up to noon Eastern of the date count; reports older than three days never do.
--   A game without any row here had no report: nothing may be concluded from a player's absence.
-- grain: One row per game and reported player.
-- key: game_id, player_lookup
-- partition: game_date
-- cluster: player_lookup
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: player_lookup | string | not null | Canonical folded name, as sent when it fits nobody of the slate.
-- column: team_abbr | string | not null | Team.
-- column: injury_status | string | not null; in=out/questionable/doubtful/probable/available | Last status.
-- column: reason | string | | Reason as printed.
-- column: reason_category | string | | Kind of the reason.
-- column: report_at | timestamp | not null | When that report was published, UTC.
-- column: match_method | string | not null; in=exact/alias/suffix/nickname/order/initial/unresolved | How the name was resolved.
with
slate_sides as (
    select
        game_sides.*,
        slate_games.known_until
    from nba_reference.game_sides
    inner join nba_reference.slate_games on game_sides.game_id = slate_games.game_id
    where game_sides.game_date between @start_date and @end_date
),

injury_report_rows as (
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        report.player_lookup as sent_lookup,
        report.injury_status,
        report.reason,
        report.reason_category,
        report.report_at,
        report.record_number
    from nba_raw.nbac_injury_report as report
    inner join slate_sides as sides on report.game_date = sides.game_date and report.team_abbr = sides.team_abbr
    where
        report.report_date between cast(date_sub(@start_date, interval 3 day) as date) and @end_date
        and date_diff(sides.game_date, report.report_date, day) between 0 and 3
        and coalesce(report.confidence_score, 1.0) >= 0.8
        and report.report_at <= sides.known_until
),

reports_with_players as (
    select
        reports.*,
        coalesce(names.player_lookup, reports.sent_lookup) as player_lookup,
        coalesce(names.match_method, 'unresolved') as match_method
    from injury_report_rows as reports
    left join nba_reference.slate_spellings as names
        on
            reports.game_date = names.game_date
            and reports.sent_lookup = names.spelling
            and names.game_date between @start_date and @end_date
)

select
    game_id,
    game_date,
    player_lookup,
    team_abbr,
    injury_status,
    reason,
    reason_category,
    report_at,
    match_method
from reports_with_players
where true
qualify row_number() over (
    partition by game_id, player_lookup
    order by report_at desc, team_abbr, injury_status, record_number
) = 1
;

-- check: V28 report_precedes_tipoff | block | No contributing report is later than tip-off.
-- date: game_date
select
    injuries.game_date,
    injuries.game_id,
    injuries.player_lookup,
    injuries.report_at,
    dim_game.tipoff_at
from nba_reference.player_injuries as injuries
inner join nba_reference.dim_game on injuries.game_id = dim_game.game_id
where
    injuries.game_date between @start_date and @end_date
    and dim_game.tipoff_at < injuries.report_at

-- description: One row per player and final game: box score, shot zones, usage and efficiency, prop outcome, availability.
--   Players who did not play stay in with NULL statistics and did_play = FALSE; every window, rate and minimum uses played rows.
--   Usage rate = 100 (FGA + 0.44 FTA + TOV) * game minutes / (minutes * team's (FGA + 0.44 FTA + TOV)), game minutes = 48 + 5 per overtime.
-- grain: One row per game and listed player, whatever his status.
-- key: game_id, player_lookup
-- unique: game_date, player_lookup
-- partition: game_date
-- cluster: universal_player_id, player_lookup, team_abbr
-- covers: final_games
-- misses: nba_processing.registry_failures
-- column: player_lookup | string | not null; core | Canonical folded name.
-- column: universal_player_id | string | nulls<=0.01 | Person in the registry; NULL when the name is unknown.
-- column: is_registry_resolved | bool | not null | Whether the registry knows the player.
-- column: match_method | string | not null; in=person_id/exact/alias/suffix/last_name_in_team/unresolved | How the name was resolved.
-- column: player_full_name | string | | Display name.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null; in=regular/cup_final/play_in/playoffs | Kind of game; the Cup final stays out of season averages.
-- column: home_game | bool | not null; core | True for the home team.
-- column: did_play | bool | not null | The one flag for who played: who appeared in the game, for however short a time.
-- column: is_active | bool | not null | Same as did_play, the name the precompute tables know.
-- column: is_dnp | bool | not null | NOT did_play.
-- column: player_status | string | not null; in=active/dnp/inactive | Status in the source.
-- column: dnp_reason | string | | Why the player did not play, as printed.
-- column: dnp_reason_category | string | in=injury/rest/personal/coach_decision/other | Kind of the reason, by whole words; NULL without a reason.
-- column: seconds_played | int64 | range=0..4500; unit=seconds | Playing time; NULL for players who did not play.
-- column: minutes_played | float64 | range=0..75; warn=0..60; unit=minutes; core | Seconds / 60, one decimal; 0 for an appearance under a minute in a source of whole minutes.
-- column: points | int64 | range=0..100; unit=points; core | Points.
-- column: fg_makes | int64 | range=0..50 | Field goals made, threes included.
-- column: fg_attempts | int64 | range=0..60 | Field goals attempted, threes included.
-- column: three_pt_makes | int64 | range=0..40 | Three-pointers made (box score).
-- column: three_pt_attempts | int64 | range=0..50 | Three-pointers attempted (box score).
-- column: ft_makes | int64 | range=0..50 | Free throws made.
-- column: ft_attempts | int64 | range=0..60 | Free throws attempted.
-- column: total_rebounds | int64 | range=0..60 | Offensive and defensive rebounds.
-- column: offensive_rebounds | int64 | range=0..40 | Offensive rebounds.
-- column: defensive_rebounds | int64 | range=0..50 | Defensive rebounds.
-- column: assists | int64 | range=0..50 | Assists.
-- column: steals | int64 | range=0..20 | Steals.
-- column: blocks | int64 | range=0..25 | Blocks.
-- column: turnovers | int64 | range=0..25 | Turnovers.
-- column: personal_fouls | int64 | range=0..10 | Personal fouls.
-- column: plus_minus | int64 | range=-90..90; unit=points | Team minus opponent points while on court; NULL where the source lacks it.
-- column: usage_rate | float64 | range=0..100; unit=percent; core | Share of the team's plays used while on court, one decimal; NULL when an input is missing or the result is impossible.
-- column: ts_pct | float64 | range=0..1.5; unit=fraction | points / (2 (FGA + 0.44 FTA)), three decimals.
-- column: efg_pct | float64 | range=0..1.5; unit=fraction | (FGM + 0.5 3PM) / FGA, three decimals.
-- column: rotation_flag | bool | | More than 20 minutes; NULL for players who did not play.
-- column: win_flag | bool | core | Whether the team won.
-- column: paint_attempts | int64 | range=0.. | Attempts within 8 feet; NULL when the game has no shot events, or none of his though the box score has attempts.
-- column: paint_makes | int64 | range=0.. | Makes within 8 feet.
-- column: mid_range_attempts | int64 | range=0.. | Two-point attempts beyond 8 feet.
-- column: mid_range_makes | int64 | range=0.. | Two-point makes beyond 8 feet.
-- column: three_attempts_pbp | int64 | range=0.. | Three-point attempts in the shot events; the box score's count is three_pt_attempts.
-- column: three_makes_pbp | int64 | range=0.. | Three-point makes in the shot events.
-- column: unknown_zone_attempts | int64 | range=0.. | Two-point attempts without a distance.
-- column: assisted_fg_makes | int64 | range=0.. | Made field goals that were assisted; NULL where the source cannot say.
-- column: unassisted_fg_makes | int64 | range=0.. | Made field goals that were not.
-- column: and1_count | int64 | range=0.. | Made field goals followed by a one-shot free throw at the same clock.
-- column: paint_blocks | int64 | range=0.. | Blocks of attempts within 8 feet; NULL where no source names blockers, or none is his though the box score has blocks.
-- column: mid_range_blocks | int64 | range=0.. | Blocks of two-point attempts beyond 8 feet.
-- column: three_pt_blocks | int64 | range=0.. | Blocks of three-point attempts.
-- column: shot_zones_source | string | in=bigdataball_pbp/nbac_pbp/nbac_shot_chart | Source of the zones, chosen per game.
-- column: has_complete_shot_zones | bool | not null | The source of the zones has the game whole, and his attempts and makes in it are those of the box score.
-- column: points_line | float64 | range=0..80; unit=points | Closing points line: the last before tip-off; NULL when nobody offered one.
-- column: points_line_source | string | | Feed and book of the closing line, odds_api:draftkings.
-- column: opening_line | float64 | range=0..80; unit=points | First line of the same book.
-- column: opening_line_source | string | | Feed and book of the opening line.
-- column: line_movement | float64 | unit=points | Closing minus opening line of the same book.
-- column: over_under_result | string | in=OVER/UNDER/PUSH | Outcome against the closing line; NULL without a line or when the player did not play.
-- column: margin | float64 | unit=points | Points minus closing line.
-- column: quality_tier | string | not null; in=gold/silver/bronze/poor/unusable | From the score: gold at 95, silver at 75, bronze at 50.
-- column: quality_score | float64 | not null; range=0..100 | 100 from the game book, 85 from another source, less 5 for missing plus-minus and 5 for missing zones of who played.
-- column: quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: is_production_ready | bool | not null | Score at least 50, and the rows of the player's team add up to its final score.
-- column: primary_source_used | string | not null; in=nbac_gamebook/nbac_player_boxscores/bdl_boxscores | Source of the box score.
-- column: processed_with_issues | bool | not null | Whether there are issues.
-- column: source_reason | string | in=adds_up/adds_up_with_other_sources/better_source_does_not_add_up/better_source_without_minutes/nothing_adds_up/no_final_score | Why the rows of the player's team come from where they come from, as in player_box_lines; an issue unless adds_up.
-- column: starter_flag | bool | | Whether he was in the starting line-up; NULL where the source does not say, and for who did not play.
-- check: V08 who_played_has_minutes | block | A player who played has a playing time. | did_play and minutes_played is null
with
box_rows as (
    select *
    from nba_reference.player_box_lines
    where game_date between @start_date and @end_date
),

team_offense as (
    select
        game_id,
        team_abbr,
        fg_attempts,
        ft_attempts,
        turnovers,
        overtime_periods,
        win_flag
    from nba_analytics.team_offense_game_summary
    where game_date between @start_date and @end_date
),

attempts_by_team as (
    select
        game_id,
        team_abbr,
        sum(fg_attempts) as fg_attempts
    from box_rows
    group by game_id, team_abbr
),

shots as (
    select *
    from nba_reference.shot_events
    where game_date between @start_date and @end_date
),

games_with_shots as (
    select
        game_id,
        max(source) as shot_zones_source,
        countif(is_whole_game) > 0 as is_whole_game
    from shots
    group by game_id
),

shots_by_shooter as (
    select
        game_id,
        player_lookup,
        count(*) as attempts,
        countif(is_made) as makes,
        countif(zone = 'paint') as paint_attempts,
        countif(zone = 'paint' and is_made) as paint_makes,
        countif(zone = 'mid_range') as mid_range_attempts,
        countif(zone = 'mid_range' and is_made) as mid_range_makes,
        countif(zone = 'three') as three_attempts,
        countif(zone = 'three' and is_made) as three_makes,
        countif(zone = 'unknown') as unknown_attempts,
        countif(is_assisted) as assisted_makes,
        countif(not is_assisted) as unassisted_makes,
        countif(is_and1) as and1_count
    from shots
    where player_lookup is not null
    group by game_id, player_lookup
),

blocks_by_player as (
    select
        game_id,
        blocker_lookup as player_lookup,
        countif(zone = 'paint') as paint_blocks,
        countif(zone = 'mid_range') as mid_range_blocks,
        countif(zone = 'three') as three_blocks
    from shots
    where blocker_lookup is not null
    group by game_id, blocker_lookup
),

player_inputs as (
    select
        box.*,
        team.win_flag,
        covered.shot_zones_source,
        team.game_id is not null and coalesce(attempts.fg_attempts, 0) <= team.fg_attempts as team_is_sane,
        box.did_play
        and coalesce(attempts.fg_attempts != team.fg_attempts, false) as attempts_differ,
        48 + 5 * team.overtime_periods as game_minutes,
        team.fg_attempts + 0.44 * team.ft_attempts + team.turnovers as team_plays,
        box.fg_attempts + 0.44 * coalesce(box.ft_attempts, 0) + box.turnovers as plays,
        -- Attempts without a shot event of his are a name the source spells otherwise, not a zero.
        box.did_play
        and covered.game_id is not null
        and (shooter.game_id is not null or coalesce(box.fg_attempts = 0, false)) as has_zones,
        box.did_play
        and covered.shot_zones_source in ('bigdataball_pbp', 'nbac_pbp')
        and (blocker.game_id is not null or coalesce(box.blocks, 0) = 0) as has_blocks,
        coalesce(covered.is_whole_game, false)
        and coalesce(coalesce(shooter.attempts, 0) = box.fg_attempts, false)
        and coalesce(coalesce(shooter.makes, 0) = box.fg_makes, false) as is_whole,
        coalesce(shooter.paint_attempts, 0) as paint_attempts,
        coalesce(shooter.paint_makes, 0) as paint_makes,
        coalesce(shooter.mid_range_attempts, 0) as mid_range_attempts,
        coalesce(shooter.mid_range_makes, 0) as mid_range_makes,
        coalesce(shooter.three_attempts, 0) as three_attempts,
        coalesce(shooter.three_makes, 0) as three_makes,
        coalesce(shooter.unknown_attempts, 0) as unknown_attempts,
        coalesce(shooter.assisted_makes, 0) as assisted_makes,
        coalesce(shooter.unassisted_makes, 0) as unassisted_makes,
        coalesce(shooter.and1_count, 0) as and1_count,
        coalesce(blocker.paint_blocks, 0) as paint_blocks,
        coalesce(blocker.mid_range_blocks, 0) as mid_range_blocks,
        coalesce(blocker.three_blocks, 0) as three_blocks,
        market.points_line,
        market.points_line_source,
        market.opening_line,
        market.opening_line_source,
        market.line_movement,
        lower(coalesce(box.dnp_reason, '')) as reason_text
    from box_rows as box
    left join team_offense as team on box.game_id = team.game_id and box.team_abbr = team.team_abbr
    left join attempts_by_team as attempts
        on box.game_id = attempts.game_id and box.team_abbr = attempts.team_abbr
    left join games_with_shots as covered on box.game_id = covered.game_id
    left join shots_by_shooter as shooter on box.game_id = shooter.game_id and box.player_lookup = shooter.player_lookup
    left join blocks_by_player as blocker on box.game_id = blocker.game_id and box.player_lookup = blocker.player_lookup
    left join nba_reference.points_lines as market
        on box.game_id = market.game_id and box.player_lookup = market.player_lookup
),

player_rates as (
    select
        *,
        round(
            if(
                team_is_sane and seconds_played > 0,
                safe_divide(100 * plays * game_minutes * 60, seconds_played * team_plays),
                null
            ),
            1
        ) as raw_usage_rate,
        has_zones and is_whole as zones_are_complete,
        has_zones and shot_zones_source in ('bigdataball_pbp', 'nbac_pbp') as has_play_by_play,
        if(primary_source_used = 'nbac_gamebook', 100.0, 85.0)
        - if(did_play and plus_minus is null, 5.0, 0.0)
        - if(did_play and not has_zones, 5.0, 0.0) as score
    from player_inputs
)

select
    player_lookup,
    universal_player_id,
    universal_player_id is not null as is_registry_resolved,
    match_method,
    player_full_name,
    game_id,
    game_date,
    team_abbr,
    opponent_team_abbr,
    season_year,
    season_type,
    home_game,
    did_play,
    did_play as is_active,
    not did_play as is_dnp,
    player_status,
    dnp_reason,
    case
        when did_play or dnp_reason is null then null
        when
            regexp_contains(
                reason_text,
                r'\b(injury|illness|sprain|strain|sore|soreness|pain|surgery|concussion|knee|ankle|hamstring|calf|back|foot|hip|groin|quad|shoulder|wrist|hand|finger|thumb|toe|elbow|achilles|protocols)\b'
            )
            then 'injury'
        when regexp_contains(reason_text, r'\b(rest|load management|recovery|maintenance|precautionary)\b') then 'rest'
        when regexp_contains(reason_text, r'\b(personal|family|birth|funeral|bereavement)\b') then 'personal'
        when
            regexp_contains(reason_text, r'\b(coach|decision|not with team|suspension|suspended|disciplinary)\b')
            then 'coach_decision'
        else 'other'
    end as dnp_reason_category,
    seconds_played,
    round(seconds_played / 60, 1) as minutes_played,
    points,
    fg_makes,
    fg_attempts,
    three_pt_makes,
    three_pt_attempts,
    ft_makes,
    ft_attempts,
    offensive_rebounds + defensive_rebounds as total_rebounds,
    offensive_rebounds,
    defensive_rebounds,
    assists,
    steals,
    blocks,
    turnovers,
    personal_fouls,
    plus_minus,
    if(did_play and raw_usage_rate <= 100, raw_usage_rate, null) as usage_rate,
    round(safe_divide(points, 2 * (fg_attempts + 0.44 * ft_attempts)), 3) as ts_pct,
    round(safe_divide(fg_makes + 0.5 * three_pt_makes, fg_attempts), 3) as efg_pct,
    if(did_play, seconds_played > 1200, null) as rotation_flag,
    win_flag,
    if(has_zones, paint_attempts, null) as paint_attempts,
    if(has_zones, paint_makes, null) as paint_makes,
    if(has_zones, mid_range_attempts, null) as mid_range_attempts,
    if(has_zones, mid_range_makes, null) as mid_range_makes,
    if(has_zones, three_attempts, null) as three_attempts_pbp,
    if(has_zones, three_makes, null) as three_makes_pbp,
    if(has_zones, unknown_attempts, null) as unknown_zone_attempts,
    if(has_play_by_play, assisted_makes, null) as assisted_fg_makes,
    if(has_play_by_play, unassisted_makes, null) as unassisted_fg_makes,
    if(has_play_by_play, and1_count, null) as and1_count,
    if(has_blocks, paint_blocks, null) as paint_blocks,
    if(has_blocks, mid_range_blocks, null) as mid_range_blocks,
    if(has_blocks, three_blocks, null) as three_pt_blocks,
    if(has_zones, shot_zones_source, null) as shot_zones_source,
    zones_are_complete as has_complete_shot_zones,
    points_line,
    points_line_source,
    opening_line,
    opening_line_source,
    line_movement,
    case
        when not did_play or points_line is null then null
        when points > points_line then 'OVER'
        when points < points_line then 'UNDER'
        else 'PUSH'
    end as over_under_result,
    if(did_play, round(points - points_line, 2), null) as margin,
    case when score >= 95 then 'gold' when score >= 75 then 'silver' when score >= 50 then 'bronze' else 'poor' end
        as quality_tier,
    score as quality_score,
    nullif(
        trim(
            concat(
                if(primary_source_used != 'nbac_gamebook', 'backup_source_used,', ''),
                if(source_reason != 'adds_up', concat('source:', source_reason, ','), ''),
                if(did_play and plus_minus is null, 'missing_optional:plus_minus,', ''),
                if(did_play and not has_zones, 'shot_zones_unavailable,', ''),
                if(raw_usage_rate > 100, 'impossible_usage_rate,', ''),
                if(attempts_differ, 'team_attempts_mismatch,', ''),
                if(universal_player_id is null, 'unresolved_name,', '')
            ),
            ','
        ),
        ''
    ) as quality_issues,
    score >= 50
    and coalesce(source_reason not in ('nothing_adds_up', 'no_final_score'), true) as is_production_ready,
    primary_source_used,
    primary_source_used != 'nbac_gamebook'
    or (did_play and (plus_minus is null or not has_zones))
    or coalesce(raw_usage_rate > 100, false)
    or attempts_differ
    or coalesce(source_reason != 'adds_up', false)
    or universal_player_id is null as processed_with_issues,
    source_reason,
    is_starter as starter_flag
from player_rates
;

-- check: V12 points_add_up | block | Points are two per two, three per three, one per free throw.
select *
from nba_analytics.player_game_summary
where points != 2 * (fg_makes - three_pt_makes) + 3 * three_pt_makes + ft_makes
;

-- check: V11 makes_do_not_exceed_attempts | block | No more made than attempted.
select *
from nba_analytics.player_game_summary
where
    fg_makes > fg_attempts
    or three_pt_makes > three_pt_attempts
    or ft_makes > ft_attempts
    or three_pt_makes > fg_makes
;

-- check: V11 who_did_not_play_has_no_statistics | block | A player who did not play has NULL statistics, never zeros.
select *
from nba_analytics.player_game_summary
where
    is_dnp
    and (points is not null or fg_attempts is not null or assists is not null or plus_minus is not null)
;

-- check: V03 game_is_in_the_schedule | block | Game, team and opponent are those of the schedule.
-- date: game_date
select
    stored.game_date,
    stored.game_id,
    stored.team_abbr,
    stored.opponent_team_abbr,
    sides.opponent_team_abbr as opponent_in_the_schedule
from nba_analytics.player_game_summary as stored
left join nba_reference.game_sides as sides
    on
        stored.game_id = sides.game_id
        and stored.game_date = sides.game_date
        and stored.team_abbr = sides.team_abbr
where
    stored.game_date between @start_date and @end_date
    and stored.opponent_team_abbr != coalesce(sides.opponent_team_abbr, 'not in this game')
;

-- check: V10 rotation_players_have_lines | warn | Where a date has points lines, at least 40 % of the players with 20
--   minutes have one.
-- date: game_date
select
    game_date,
    countif(points_line is null) as players_without_a_line,
    count(*) as players
from nba_analytics.player_game_summary
where game_date between @start_date and @end_date and seconds_played >= 1200
group by game_date
having countif(points_line is not null) > 0 and safe_divide(countif(points_line is null), count(*)) > 0.6
;

-- check: V13 player_points_sum_to_the_team | block | The players' points and attempts equal the team's.
-- date: game_date
with
players as (
    select
        game_date,
        game_id,
        team_abbr,
        sum(points) as points,
        sum(fg_attempts) as fg_attempts,
        sum(ft_attempts) as ft_attempts
    from nba_analytics.player_game_summary
    where game_date between @start_date and @end_date
    group by game_date, game_id, team_abbr
)

select
    players.*,
    team.points_scored as team_points,
    team.fg_attempts as team_fg_attempts,
    team.ft_attempts as team_ft_attempts
from players
inner join nba_analytics.team_offense_game_summary as team
    on players.game_id = team.game_id and players.team_abbr = team.team_abbr
where
    team.game_date between @start_date and @end_date
    and (
        players.points != team.points_scored
        or players.fg_attempts != team.fg_attempts
        or players.ft_attempts != team.ft_attempts
    )
;

-- check: V13 player_seconds_sum_to_the_game | warn | A team's playing time is five times the game's, give or take a
--   minute (five in sources of whole minutes).
-- date: game_date
with
players as (
    select
        game_date,
        game_id,
        team_abbr,
        sum(seconds_played) as seconds_played,
        -- Only the game book states seconds; the other sources round to minutes.
        if(
            min(primary_source_used) = 'nbac_gamebook' and max(primary_source_used) = 'nbac_gamebook', 60, 420
        ) as seconds_tolerated
    from nba_analytics.player_game_summary
    where game_date between @start_date and @end_date
    group by game_date, game_id, team_abbr
)

select
    players.*,
    team.overtime_periods
from players
inner join nba_analytics.team_offense_game_summary as team
    on players.game_id = team.game_id and players.team_abbr = team.team_abbr
where
    team.game_date between @start_date and @end_date
    and abs(players.seconds_played - 5 * 60 * (48 + 5 * team.overtime_periods)) > players.seconds_tolerated
;

-- check: V13 player_turnovers_do_not_exceed_the_team | warn | Players are credited with no more turnovers than the
--   team.
-- date: game_date
with
players as (
    select
        game_date,
        game_id,
        team_abbr,
        sum(turnovers) as turnovers
    from nba_analytics.player_game_summary
    where game_date between @start_date and @end_date
    group by game_date, game_id, team_abbr
)

select
    players.*,
    team.turnovers as team_turnovers
from players
inner join nba_analytics.team_offense_game_summary as team
    on players.game_id = team.game_id and players.team_abbr = team.team_abbr
where team.game_date between @start_date and @end_date and players.turnovers > team.turnovers
;

-- check: V12 zones_add_up | warn | Zones of a player sum to his field goals attempted.
select *
from nba_analytics.player_game_summary
where
    did_play
    and not has_complete_shot_zones
    and paint_attempts + mid_range_attempts + three_attempts_pbp + unknown_zone_attempts != fg_attempts
;

-- check: V12 assisted_and_unassisted_add_up | warn | Assisted and unassisted makes sum to the field goals made.
select *
from nba_analytics.player_game_summary
where
    did_play
    and has_complete_shot_zones
    and assisted_fg_makes + unassisted_fg_makes != fg_makes

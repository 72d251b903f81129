-- description: Offense of a team in a final game: totals, possessions, pace, rating, result and shot zones.
--   Possessions = FGA + 0.44 FTA + TOV - OREB; pace per 48 game minutes, overtime counted; rating per 100 possessions.
-- grain: One row per game and team; two rows per final game.
-- key: game_id, team_abbr
-- unique: game_date, team_abbr
-- partition: game_date
-- cluster: team_abbr, game_date, home_game
-- covers: final_games
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: nba_game_id | string | not null | Ten-digit NBA id.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null; in=regular/cup_final/play_in/playoffs | Kind of game; the Cup final stays out of season averages.
-- column: home_game | bool | not null; core | True for the home team, from the schedule.
-- column: points_scored | int64 | not null; range=1..250; warn=50..200; unit=points | Points.
-- column: fg_attempts | int64 | not null; range=1..200 | Field goals attempted.
-- column: fg_makes | int64 | not null; range=0..120 | Field goals made.
-- column: three_pt_attempts | int64 | not null; range=0..100 | Three-pointers attempted (box score).
-- column: three_pt_makes | int64 | not null; range=0..60 | Three-pointers made (box score).
-- column: ft_attempts | int64 | not null; range=0..110 | Free throws attempted.
-- column: ft_makes | int64 | not null; range=0..110 | Free throws made.
-- column: rebounds | int64 | range=0..150 | Offensive and defensive rebounds.
-- column: offensive_rebounds | int64 | range=0..60 | Offensive rebounds.
-- column: defensive_rebounds | int64 | range=0..90 | Defensive rebounds.
-- column: assists | int64 | range=0..80 | Assists.
-- column: steals | int64 | range=0..40 | Steals.
-- column: blocks | int64 | range=0..40 | Blocks.
-- column: turnovers | int64 | range=0..60 | Turnovers as the source counts them.
-- column: personal_fouls | int64 | range=0..70 | Personal fouls.
-- column: possessions | float64 | warn=80..140; unit=possessions; core | FGA + 0.44 FTA + TOV - OREB, one decimal; NULL when an input is missing.
-- column: offensive_rating | float64 | warn=65..165; unit=points per 100 possessions; core | 100 points / possessions, two decimals.
-- column: pace | float64 | warn=80..120; unit=possessions per 48 minutes; core | possessions * 48 / game minutes, one decimal; NULL when overtime is unknown.
-- column: ts_pct | float64 | range=0..1.5; unit=fraction | points / (2 (FGA + 0.44 FTA)), three decimals.
-- column: efg_pct | float64 | range=0..1.5; unit=fraction | (FGM + 0.5 3PM) / FGA, three decimals.
-- column: win_flag | bool | not null; core | True for the winner.
-- column: margin_of_victory | int64 | not null; range=-120..120; unit=points | Points minus opponent points.
-- column: overtime_periods | int64 | range=0..6 | Overtimes played.
-- column: team_paint_attempts | int64 | range=0.. | Attempts within 8 feet, from the shot events; NULL without them.
-- column: team_paint_makes | int64 | range=0.. | Makes within 8 feet.
-- column: team_mid_range_attempts | int64 | range=0.. | Two-point attempts beyond 8 feet.
-- column: team_mid_range_makes | int64 | range=0.. | Two-point makes beyond 8 feet.
-- column: team_three_attempts_pbp | int64 | range=0.. | Three-point attempts in the shot events.
-- column: team_three_makes_pbp | int64 | range=0.. | Three-point makes in the shot events.
-- column: team_unknown_zone_attempts | int64 | range=0.. | Two-point attempts without a distance.
-- column: points_in_paint_scored | int64 | range=0..; unit=points | 2 times the makes within 8 feet; not the official statistic.
-- column: players_inactive | int64 | range=0..20 | Inactive players in the game book; NULL without one.
-- column: shot_zones_available | bool | not null | Whether the game has shot events.
-- column: shot_zones_source | string | nulls<=0.1; in=bigdataball_pbp/nbac_pbp/nbac_shot_chart | Source of the zones, chosen per game.
-- column: has_complete_shot_zones | bool | not null | The source of the zones has the game whole: attempts and makes of both teams are those of the box score.
-- column: quality_tier | string | not null; in=gold/silver/bronze/poor/unusable | gold = team box score, silver = reconstructed.
-- column: quality_score | float64 | not null; range=0..100 | 100 team box score, 85 reconstructed.
-- column: quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: is_production_ready | bool | not null | The totals of both teams equal the final score.
-- column: primary_source_used | string | not null; in=nbac_team_boxscore/reconstructed_team_from_players | Where the totals come from.
-- column: processed_with_issues | bool | not null | Whether there are issues.
-- column: source_reason | string | in=adds_up/no_box_score/box_score_does_not_add_up/nothing_adds_up/no_final_score | Why they come from there, as in team_box_lines; an issue where it says that a source is wrong.
-- check: possessions_are_known | block | A team had attempts and possessions. | possessions is null
-- check: V12 zones_add_up | warn | A game's shot events are those of the box score. | shot_zones_available and not has_complete_shot_zones
with
team_box_rows as (
    select *
    from nba_reference.team_box_lines
    where game_date between @start_date and @end_date
),

shot_zones_by_team as (
    select
        game_id,
        team_abbr,
        max(source) as shot_zones_source,
        countif(zone = 'paint') as paint_attempts,
        countif(zone = 'paint' and is_made) as paint_makes,
        countif(zone = 'mid_range') as mid_range_attempts,
        countif(zone = 'mid_range' and is_made) as mid_range_makes,
        countif(zone = 'three') as three_attempts,
        countif(zone = 'three' and is_made) as three_makes,
        countif(zone = 'unknown') as unknown_attempts,
        countif(is_whole_game) > 0 as is_whole_game
    from nba_reference.shot_events
    where game_date between @start_date and @end_date
    group by game_id, team_abbr
),

team_rates as (
    select
        box.*,
        opponent.points as opponent_points,
        zones.shot_zones_source,
        zones.paint_attempts,
        zones.paint_makes,
        zones.mid_range_attempts,
        zones.mid_range_makes,
        zones.three_attempts,
        zones.three_makes,
        zones.unknown_attempts,
        zones.game_id is not null as shot_zones_available,
        coalesce(zones.is_whole_game, false) as has_complete_shot_zones,
        round(
            box.fg_attempts + 0.44 * box.ft_attempts + box.turnovers - box.offensive_rebounds, 1
        ) as possessions,
        box.primary_source_used = 'reconstructed_team_from_players' as is_reconstructed,
        coalesce(
            box.source_reason in ('box_score_does_not_add_up', 'nothing_adds_up', 'no_final_score'), false
        ) as is_in_doubt
    from team_box_rows as box
    inner join team_box_rows as opponent
        on box.game_id = opponent.game_id and box.opponent_team_abbr = opponent.team_abbr
    left join shot_zones_by_team as zones on box.game_id = zones.game_id and box.team_abbr = zones.team_abbr
)

select
    game_id,
    nba_game_id,
    game_date,
    team_abbr,
    opponent_team_abbr,
    season_year,
    season_type,
    home_game,
    points as points_scored,
    fg_attempts,
    fg_makes,
    three_pt_attempts,
    three_pt_makes,
    ft_attempts,
    ft_makes,
    offensive_rebounds + defensive_rebounds as rebounds,
    offensive_rebounds,
    defensive_rebounds,
    assists,
    steals,
    blocks,
    turnovers,
    personal_fouls,
    possessions,
    round(safe_divide(100 * points, possessions), 2) as offensive_rating,
    round(possessions * 48 / (48 + 5 * overtime_periods), 1) as pace,
    round(safe_divide(points, 2 * (fg_attempts + 0.44 * ft_attempts)), 3) as ts_pct,
    round(safe_divide(fg_makes + 0.5 * three_pt_makes, fg_attempts), 3) as efg_pct,
    points > opponent_points as win_flag,
    points - opponent_points as margin_of_victory,
    overtime_periods,
    paint_attempts as team_paint_attempts,
    paint_makes as team_paint_makes,
    mid_range_attempts as team_mid_range_attempts,
    mid_range_makes as team_mid_range_makes,
    three_attempts as team_three_attempts_pbp,
    three_makes as team_three_makes_pbp,
    unknown_attempts as team_unknown_zone_attempts,
    2 * paint_makes as points_in_paint_scored,
    players_inactive,
    shot_zones_available,
    shot_zones_source,
    has_complete_shot_zones,
    if(is_reconstructed, 'silver', 'gold') as quality_tier,
    if(is_reconstructed, 85.0, 100.0) as quality_score,
    nullif(
        trim(
            concat(
                if(is_reconstructed, 'backup_source_used,reconstructed,', ''),
                if(is_in_doubt, concat('source:', source_reason, ','), ''),
                if(shot_zones_available, '', 'shot_zones_unavailable')
            ),
            ','
        ),
        ''
    ) as quality_issues,
    coalesce(source_reason not in ('nothing_adds_up', 'no_final_score'), true) as is_production_ready,
    primary_source_used,
    is_reconstructed or is_in_doubt or not shot_zones_available as processed_with_issues,
    source_reason
from team_rates
;

-- check: V12 points_add_up | block | Points are two per two, three per three, one per free throw.
select *
from nba_analytics.team_offense_game_summary
where points_scored != 2 * (fg_makes - three_pt_makes) + 3 * three_pt_makes + ft_makes
;

-- check: V11 makes_do_not_exceed_attempts | block | No more made than attempted, no more threes than field goals.
select *
from nba_analytics.team_offense_game_summary
where
    fg_makes > fg_attempts
    or three_pt_makes > three_pt_attempts
    or ft_makes > ft_attempts
    or three_pt_makes > fg_makes
;

-- check: V03 game_is_in_the_schedule | block | Game, team and opponent are those of the schedule.
-- date: game_date
select
    stored.game_date,
    stored.game_id,
    stored.team_abbr,
    stored.opponent_team_abbr,
    sides.opponent_team_abbr as opponent_in_the_schedule
from nba_analytics.team_offense_game_summary as stored
left join nba_reference.game_sides as sides
    on
        stored.game_id = sides.game_id
        and stored.game_date = sides.game_date
        and stored.team_abbr = sides.team_abbr
where
    stored.game_date between @start_date and @end_date
    and stored.opponent_team_abbr != coalesce(sides.opponent_team_abbr, 'not in this game')
;

-- check: V04 both_teams_of_a_game_have_a_row | block | A game has exactly two rows, one winner, margins that cancel
--   and one count of overtimes.
-- date: game_date
select
    game_date,
    game_id,
    count(*) as row_count,
    countif(win_flag) as winners,
    sum(margin_of_victory) as sum_of_margins,
    min(overtime_periods) as fewest_overtimes,
    max(overtime_periods) as most_overtimes
from nba_analytics.team_offense_game_summary
where game_date between @start_date and @end_date
group by game_date, game_id
having
    count(*) != 2
    or countif(win_flag) != 1
    or sum(margin_of_victory) != 0
    or coalesce(max(overtime_periods), 0) != coalesce(min(overtime_periods), 0)
;

-- check: V13 score_equals_the_schedule | block | Points equal the final score of the schedule.
-- date: game_date
select
    offense.game_date,
    offense.game_id,
    offense.team_abbr,
    offense.points_scored,
    sides.team_score as score_in_the_schedule
from nba_analytics.team_offense_game_summary as offense
left join nba_reference.game_sides as sides
    on offense.game_id = sides.game_id and offense.team_abbr = sides.team_abbr
where
    offense.game_date between @start_date and @end_date
    and sides.is_final
    and offense.points_scored != sides.team_score

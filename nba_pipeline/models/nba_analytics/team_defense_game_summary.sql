-- description: Defense of a team in a final game: the opponent's offense seen from the other side, and the team's own defensive actions.
--   Built from team_offense_game_summary of the opponent, so both tables say the same of a game.
-- grain: One row per game and defending team; two rows per final game.
-- key: game_id, defending_team_abbr
-- unique: game_date, defending_team_abbr
-- partition: game_date
-- cluster: defending_team_abbr, game_date
-- covers: final_games
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: defending_team_abbr | string | not null | Team on defense.
-- column: opponent_team_abbr | string | not null | Team on offense.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null; in=regular/cup_final/play_in/playoffs | Kind of game.
-- column: home_game | bool | not null; core | True when the defending team is at home.
-- column: points_allowed | int64 | not null; range=1..250; warn=60..190; unit=points | Points of the opponent.
-- column: opp_fg_attempts | int64 | not null | Opponent's field goals attempted.
-- column: opp_fg_makes | int64 | not null | Opponent's field goals made.
-- column: opp_three_pt_attempts | int64 | not null | Opponent's three-pointers attempted (box score).
-- column: opp_three_pt_makes | int64 | not null | Opponent's three-pointers made (box score).
-- column: opp_ft_attempts | int64 | not null | Opponent's free throws attempted.
-- column: opp_ft_makes | int64 | not null | Opponent's free throws made.
-- column: opp_rebounds | int64 | | Opponent's rebounds.
-- column: opp_assists | int64 | | Opponent's assists.
-- column: turnovers_forced | int64 | range=0..60 | Opponent's turnovers, unforced ones included.
-- column: fouls_committed | int64 | range=0..70 | Own personal fouls.
-- column: opp_paint_attempts | int64 | range=0.. | Opponent's attempts within 8 feet; NULL without shot events.
-- column: opp_paint_makes | int64 | range=0.. | Opponent's makes within 8 feet.
-- column: opp_mid_range_attempts | int64 | range=0.. | Opponent's two-point attempts beyond 8 feet.
-- column: opp_mid_range_makes | int64 | range=0.. | Opponent's two-point makes beyond 8 feet.
-- column: opp_three_attempts_pbp | int64 | range=0.. | Opponent's three-point attempts in the shot events.
-- column: opp_three_makes_pbp | int64 | range=0.. | Opponent's three-point makes in the shot events.
-- column: points_in_paint_allowed | int64 | range=0..; unit=points | 2 times the opponent's makes within 8 feet.
-- column: mid_range_points_allowed | int64 | range=0..; unit=points | 2 times the opponent's makes beyond 8 feet.
-- column: three_pt_points_allowed | int64 | not null; range=0..; unit=points | 3 times the opponent's three-pointers (box score).
-- column: blocks_paint | int64 | range=0.. | Own blocks of attempts within 8 feet; NULL where no source names blocks.
-- column: blocks_mid_range | int64 | range=0.. | Own blocks of two-point attempts beyond 8 feet.
-- column: blocks_three_pt | int64 | range=0.. | Own blocks of three-point attempts.
-- column: blocks_total | int64 | range=0..40 | Own blocks (box score).
-- column: steals | int64 | range=0..40 | Own steals; NULL when the source lacks them.
-- column: defensive_rebounds | int64 | range=0..90 | Own defensive rebounds; NULL when the source lacks them.
-- column: defensive_rating | float64 | warn=65..165; unit=points per 100 possessions; core | The opponent's offensive rating.
-- column: opponent_pace | float64 | warn=80..120; unit=possessions per 48 minutes; core | The opponent's pace, overtime counted.
-- column: opponent_ts_pct | float64 | range=0..1.5; unit=fraction | The opponent's true shooting.
-- column: win_flag | bool | not null; core | True when the defending team won.
-- column: margin_of_victory | int64 | not null; unit=points | Own points minus opponent points.
-- column: overtime_periods | int64 | range=0..6 | Overtimes played.
-- column: players_inactive | int64 | range=0..20 | Own inactive players in the game book; NULL without one.
-- column: shot_zones_source | string | in=bigdataball_pbp/nbac_pbp/nbac_shot_chart | Source of the zones.
-- column: has_complete_shot_zones | bool | not null | As in the offense table: the game is whole in the source of the zones.
-- column: quality_tier | string | not null; in=gold/silver/bronze/poor/unusable | As in the offense table.
-- column: quality_score | float64 | not null; range=0..100 | As in the offense table.
-- column: quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: is_production_ready | bool | not null | As in the offense table.
-- column: primary_source_used | string | not null; in=nbac_team_boxscore/reconstructed_team_from_players | Where the totals come from.
-- column: processed_with_issues | bool | not null | Whether there are issues.
-- check: V12 zones_add_up | warn | A game's shot events are those of the box score. | shot_zones_source is not null and not has_complete_shot_zones
with
team_offense as (
    select *
    from nba_analytics.team_offense_game_summary
    where game_date between @start_date and @end_date
),

blocks_by_team as (
    select
        game_id,
        opponent_team_abbr as defending_team_abbr,
        countif(is_blocked and zone = 'paint') as blocks_paint,
        countif(is_blocked and zone = 'mid_range') as blocks_mid_range,
        countif(is_blocked and zone = 'three') as blocks_three_pt
    from nba_reference.shot_events
    where game_date between @start_date and @end_date and is_blocked is not null
    group by game_id, opponent_team_abbr
)

select
    opponent.game_id,
    opponent.game_date,
    own.team_abbr as defending_team_abbr,
    opponent.team_abbr as opponent_team_abbr,
    opponent.season_year,
    opponent.season_type,
    own.home_game,
    opponent.points_scored as points_allowed,
    opponent.fg_attempts as opp_fg_attempts,
    opponent.fg_makes as opp_fg_makes,
    opponent.three_pt_attempts as opp_three_pt_attempts,
    opponent.three_pt_makes as opp_three_pt_makes,
    opponent.ft_attempts as opp_ft_attempts,
    opponent.ft_makes as opp_ft_makes,
    opponent.rebounds as opp_rebounds,
    opponent.assists as opp_assists,
    opponent.turnovers as turnovers_forced,
    own.personal_fouls as fouls_committed,
    opponent.team_paint_attempts as opp_paint_attempts,
    opponent.team_paint_makes as opp_paint_makes,
    opponent.team_mid_range_attempts as opp_mid_range_attempts,
    opponent.team_mid_range_makes as opp_mid_range_makes,
    opponent.team_three_attempts_pbp as opp_three_attempts_pbp,
    opponent.team_three_makes_pbp as opp_three_makes_pbp,
    2 * opponent.team_paint_makes as points_in_paint_allowed,
    2 * opponent.team_mid_range_makes as mid_range_points_allowed,
    3 * opponent.three_pt_makes as three_pt_points_allowed,
    blocks.blocks_paint,
    blocks.blocks_mid_range,
    blocks.blocks_three_pt,
    own.blocks as blocks_total,
    own.steals,
    own.defensive_rebounds,
    opponent.offensive_rating as defensive_rating,
    opponent.pace as opponent_pace,
    opponent.ts_pct as opponent_ts_pct,
    own.win_flag,
    own.margin_of_victory,
    opponent.overtime_periods,
    own.players_inactive,
    opponent.shot_zones_source,
    opponent.has_complete_shot_zones,
    opponent.quality_tier,
    opponent.quality_score,
    nullif(
        concat(
            coalesce(opponent.quality_issues, ''),
            if(opponent.quality_issues is not null and own.steals is null, ',', ''),
            if(own.steals is null, 'missing_defensive_actions', '')
        ),
        ''
    ) as quality_issues,
    opponent.is_production_ready,
    opponent.primary_source_used,
    opponent.processed_with_issues or own.steals is null as processed_with_issues
from team_offense as opponent
inner join team_offense as own
    on opponent.game_id = own.game_id and opponent.opponent_team_abbr = own.team_abbr
left join blocks_by_team as blocks
    on own.game_id = blocks.game_id and own.team_abbr = blocks.defending_team_abbr
;

-- check: V11 makes_do_not_exceed_attempts | block | No more made than attempted.
select *
from nba_analytics.team_defense_game_summary
where
    opp_fg_makes > opp_fg_attempts
    or opp_paint_makes > opp_paint_attempts
    or opp_mid_range_makes > opp_mid_range_attempts
;

-- check: V03 game_is_in_the_schedule | block | Game, team and opponent are those of the schedule.
-- date: game_date
select
    stored.game_date,
    stored.game_id,
    stored.defending_team_abbr,
    stored.opponent_team_abbr,
    sides.opponent_team_abbr as opponent_in_the_schedule
from nba_analytics.team_defense_game_summary as stored
left join nba_reference.game_sides as sides
    on
        stored.game_id = sides.game_id
        and stored.game_date = sides.game_date
        and stored.defending_team_abbr = sides.team_abbr
where
    stored.game_date between @start_date and @end_date
    and stored.opponent_team_abbr != coalesce(sides.opponent_team_abbr, 'not in this game')
;

-- check: V04 both_teams_of_a_game_have_a_row | block | A game has exactly two rows and one winner.
-- date: game_date
select
    game_date,
    game_id,
    count(*) as row_count,
    countif(win_flag) as winners
from nba_analytics.team_defense_game_summary
where game_date between @start_date and @end_date
group by game_date, game_id
having count(*) != 2 or countif(win_flag) != 1
;

-- check: V14 mirrors_the_offence_table | block | Points allowed are the points the opponent scored, and the margins
--   are the same.
-- date: game_date
select
    defense.game_date,
    defense.game_id,
    defense.defending_team_abbr,
    defense.points_allowed,
    defense.margin_of_victory,
    offense.points_scored as points_of_the_opponent,
    offense.margin_of_victory as margin_of_the_opponent
from nba_analytics.team_defense_game_summary as defense
left join nba_analytics.team_offense_game_summary as offense
    on
        defense.game_id = offense.game_id
        and defense.opponent_team_abbr = offense.team_abbr
        and offense.game_date between @start_date and @end_date
where
    defense.game_date between @start_date and @end_date
    and (
        offense.game_id is null
        or defense.points_allowed != offense.points_scored
        or defense.margin_of_victory != -offense.margin_of_victory
    )

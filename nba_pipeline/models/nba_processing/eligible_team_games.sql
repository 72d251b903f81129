-- description: Team games that count: final games of the regular season, play-in and playoffs; the Cup final does not count.
--   Rates are whole millionths, so that their sums do not depend on the order of the rows.
-- grain: One row per team and game.
-- key: game_id, team_abbr
-- view: true
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null | Kind of game.
-- column: team_abbr | string | not null | Team, on defense in the columns that say allowed or opp.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: points_allowed | int64 | not null; unit=points | Points of the opponent.
-- column: opp_paint_attempts | int64 | | Opponent's attempts within 8 feet; this and what follows of zones and blocks is NULL unless the source has the game whole.
-- column: opp_paint_makes | int64 | | Opponent's makes within 8 feet.
-- column: opp_mid_range_attempts | int64 | | Opponent's two-point attempts beyond 8 feet.
-- column: opp_mid_range_makes | int64 | | Opponent's two-point makes beyond 8 feet.
-- column: opp_three_pt_attempts | int64 | not null | Opponent's three-point attempts (box score).
-- column: opp_three_pt_makes | int64 | not null | Opponent's three-point makes (box score).
-- column: points_in_paint_allowed | int64 | unit=points | 2 times the opponent's makes within 8 feet.
-- column: blocks_paint | int64 | | Own blocks within 8 feet; NULL where no source names the blocker.
-- column: blocks_mid_range | int64 | | Own blocks of two-point attempts beyond 8 feet.
-- column: blocks_three_pt | int64 | | Own blocks of three-point attempts.
-- column: defensive_rating_millionths | int64 | | Points allowed per 100 possessions.
-- column: opponent_pace_millionths | int64 | | The opponent's possessions per 48 minutes.
select
    game_id,
    game_date,
    season_year,
    season_type,
    defending_team_abbr as team_abbr,
    opponent_team_abbr,
    points_allowed,
    if(has_complete_shot_zones, opp_paint_attempts, null) as opp_paint_attempts,
    if(has_complete_shot_zones, opp_paint_makes, null) as opp_paint_makes,
    if(has_complete_shot_zones, opp_mid_range_attempts, null) as opp_mid_range_attempts,
    if(has_complete_shot_zones, opp_mid_range_makes, null) as opp_mid_range_makes,
    opp_three_pt_attempts,
    opp_three_pt_makes,
    if(has_complete_shot_zones, points_in_paint_allowed, null) as points_in_paint_allowed,
    if(has_complete_shot_zones, blocks_paint, null) as blocks_paint,
    if(has_complete_shot_zones, blocks_mid_range, null) as blocks_mid_range,
    if(has_complete_shot_zones, blocks_three_pt, null) as blocks_three_pt,
    cast(round(defensive_rating * 1000000) as int64) as defensive_rating_millionths,
    cast(round(opponent_pace * 1000000) as int64) as opponent_pace_millionths
from nba_analytics.team_defense_game_summary
where season_type in (select season_type from nba_reference.counted_season_types)

-- description: Player games that count: played, of the regular season, play-in or playoffs; the Cup final does not count.
--   The one relation every window, rate and minimum of the precompute tables reads. Rates are whole millionths, so that
--   their sums do not depend on the order of the rows.
-- grain: One row per player and game he played in.
-- key: game_id, player_lookup
-- view: true
-- column: player_lookup | string | not null | Canonical folded name.
-- column: universal_player_id | string | | Person in the registry.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null | Kind of game.
-- column: team_abbr | string | not null | Team in that game.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: points | int64 | unit=points | Points.
-- column: seconds_played | int64 | unit=seconds | Playing time.
-- column: fg_makes | int64 | | Field goals made.
-- column: fg_attempts | int64 | | Field goals attempted.
-- column: ft_makes | int64 | | Free throws made.
-- column: usage_millionths | int64 | unit=millionths of a percent | Usage rate.
-- column: ts_millionths | int64 | unit=millionths | True shooting; NULL without attempts.
-- column: points_per_minute_millionths | int64 | unit=millionths | Points per minute; NULL without playing time.
-- column: is_zone_game | bool | not null | Whether the source of the zones has the game whole and the player's attempts in it are those of the box score.
-- column: paint_attempts | int64 | | Attempts within 8 feet; this and the zones below are NULL unless is_zone_game.
-- column: paint_makes | int64 | | Makes within 8 feet.
-- column: mid_range_attempts | int64 | | Two-point attempts beyond 8 feet.
-- column: mid_range_makes | int64 | | Two-point makes beyond 8 feet.
-- column: three_attempts | int64 | | Three-point attempts in the same source.
-- column: three_makes | int64 | | Three-point makes in the same source.
-- column: assisted_fg_makes | int64 | | Assisted makes; NULL where no source says, and unless is_zone_game.
-- column: unassisted_fg_makes | int64 | | Unassisted makes, likewise.
with
played_games as (
    select
        *,
        coalesce(has_complete_shot_zones, false) as is_zone_game
    from nba_analytics.player_game_summary
    where did_play and season_type in (select season_type from nba_reference.counted_season_types)
)

select
    player_lookup,
    universal_player_id,
    game_id,
    game_date,
    season_year,
    season_type,
    team_abbr,
    opponent_team_abbr,
    points,
    seconds_played,
    fg_makes,
    fg_attempts,
    ft_makes,
    cast(round(usage_rate * 1000000) as int64) as usage_millionths,
    cast(round(ts_pct * 1000000) as int64) as ts_millionths,
    cast(round(safe_divide(points * 60, seconds_played) * 1000000) as int64) as points_per_minute_millionths,
    is_zone_game,
    if(is_zone_game, paint_attempts, null) as paint_attempts,
    if(is_zone_game, paint_makes, null) as paint_makes,
    if(is_zone_game, mid_range_attempts, null) as mid_range_attempts,
    if(is_zone_game, mid_range_makes, null) as mid_range_makes,
    if(is_zone_game, three_attempts_pbp, null) as three_attempts,
    if(is_zone_game, three_makes_pbp, null) as three_makes,
    if(is_zone_game, assisted_fg_makes, null) as assisted_fg_makes,
    if(is_zone_game, unassisted_fg_makes, null) as unassisted_fg_makes
from played_games

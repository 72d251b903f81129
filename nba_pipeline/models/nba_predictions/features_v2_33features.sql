-- description: The vector v2_33features: 33 features in index order. Where the store has no value,
--   the version's default stands, or NULL where it has none; default_feature_indices says where.
--   Generated from reference/feature_versions.csv by nba_pipeline.features; change that file, not this one.
-- grain: One row per player and slate.
-- key: player_lookup, game_date
-- view: true
-- column: player_lookup | string | not null | Canonical folded name.
-- column: game_date | date | not null | Slate; the row is the state of knowledge before its first tip-off.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: points_avg_last_5 | float64 | not null; warn=0..70; unit=points | 0: Mean points of the last five games. 10 when missing.
-- column: points_avg_last_10 | float64 | not null; warn=0..70; unit=points | 1: Mean points of the last ten games. 10 when missing.
-- column: points_avg_season | float64 | not null; warn=0..70; unit=points | 2: Mean points of the season so far. 10 when missing.
-- column: points_std_last_10 | float64 | not null; warn=0..30; unit=points | 3: Sample standard deviation of points over the last ten games; two games at least. 5 when missing.
-- column: games_in_last_7_days | float64 | not null; warn=0..5; unit=games | 4: Games played from D-7 to D-1. 3 when missing.
-- column: fatigue_score | float64 | not null; warn=0..100; unit=score | 5: Freshness; 100 = rested, lower = more tired. 50 when missing.
-- column: shot_zone_mismatch_score | float64 | not null; warn=-15..15; unit=score | 6: Shot mix against the opponent's defence by zone; positive = favourable. 0 when missing.
-- column: pace_score | float64 | not null; warn=-8..8; unit=score | 7: Expected pace against the league; positive = fast. 0 when missing.
-- column: usage_spike_score | float64 | not null; warn=-8..8; unit=score | 8: Projected usage against the usual; positive = more. 0 when missing.
-- column: rest_advantage | float64 | not null; warn=-3..3; unit=days | 9: Own less the opponent's days of rest, between -2 and 2. 0 when missing.
-- column: injury_risk | float64 | not null; warn=0..3; unit=level | 10: 0 available or not listed, 1 probable, 2 questionable, 3 doubtful or out. 0 when missing.
-- column: recent_trend | float64 | not null; warn=-2..2; unit=level | 11: Mean points of the two newest games less that of the three before: 2 from +5, 1 from +2, -1 from -2, -2 from -5; five games at least. 0 when missing.
-- column: minutes_change | float64 | not null; warn=-2..2; unit=level | 12: Minutes of the last ten games against the season's: 2 from +20 %, 1 from +10 %, -1 from -10 %, -2 from -20 %. 0 when missing.
-- column: opponent_def_rating | float64 | not null; warn=90..130; unit=points per 100 possessions | 13: Defensive rating of the opponent. 112 when missing.
-- column: opponent_pace | float64 | not null; warn=90..115; unit=possessions per 48 minutes | 14: Pace of the opponent's games. 100 when missing.
-- column: home_away | float64 | not null; warn=0..1; unit=flag | 15: 1 = at home by the schedule. 0 when missing.
-- column: back_to_back | float64 | not null; warn=0..1; unit=flag | 16: 1 = played the day before. 0 when missing.
-- column: playoff_game | float64 | not null; warn=0..1; unit=flag | 17: 1 = play-in or playoffs. 0 when missing.
-- column: pct_paint | float64 | not null; warn=0..1; unit=fraction | 18: Share of shots within 8 feet. 0.3 when missing.
-- column: pct_mid_range | float64 | not null; warn=0..1; unit=fraction | 19: Share of two-pointers beyond 8 feet. 0.2 when missing.
-- column: pct_three | float64 | not null; warn=0..1; unit=fraction | 20: Share of three-pointers. 0.35 when missing.
-- column: pct_free_throw | float64 | not null; warn=0..0.5; unit=fraction | 21: Share of points from free throws in the last ten games, 0.5 at most; five games at least. 0.15 when missing.
-- column: team_pace | float64 | not null; warn=90..115; unit=possessions per 48 minutes | 22: Own team's mean pace of its last ten games. 100 when missing.
-- column: team_off_rating | float64 | not null; warn=90..130; unit=points per 100 possessions | 23: Own team's mean offensive rating of its last ten games. 112 when missing.
-- column: team_win_pct | float64 | not null; warn=0..1; unit=fraction | 24: Own team's wins per game this season; five games at least. 0.5 when missing.
-- column: vegas_points_line | float64 | warn=0..80; unit=points | 25: Last points line before tip-off. NULL when missing.
-- column: vegas_opening_line | float64 | warn=0..80; unit=points | 26: First points line of the same book. NULL when missing.
-- column: vegas_line_move | float64 | warn=-15..15; unit=points | 27: Last less first line. NULL when missing.
-- column: has_vegas_line | float64 | not null; warn=0..1; unit=flag | 28: 1 = somebody offered a points line. 0 when missing.
-- column: avg_points_vs_opponent | float64 | not null; warn=0..70; unit=points | 29: Mean points against this opponent over three years, across seasons; else the season's mean. 10 when missing.
-- column: games_vs_opponent | float64 | not null; warn=0..100; unit=games | 30: Games against this opponent over three years, across seasons. 0 when missing.
-- column: minutes_avg_last_10 | float64 | not null; warn=0..48; unit=minutes | 31: Mean minutes of the last ten games. 28 when missing.
-- column: ppm_avg_last_10 | float64 | not null; warn=0..2.5; unit=points per minute | 32: Mean of the last ten games' points per minute. 0.4 when missing.
-- column: default_feature_indices | string | | Indices without a stored value, with commas; NULL when none.
select
    store.player_lookup,
    store.game_date,
    store.game_id,
    coalesce(store.points_avg_last_5, 10.0) as points_avg_last_5,
    coalesce(store.points_avg_last_10, 10.0) as points_avg_last_10,
    coalesce(store.points_avg_season, 10.0) as points_avg_season,
    coalesce(store.points_std_last_10, 5.0) as points_std_last_10,
    coalesce(store.games_in_last_7_days, 3.0) as games_in_last_7_days,
    coalesce(store.fatigue_score, 50.0) as fatigue_score,
    coalesce(store.shot_zone_mismatch_score, 0.0) as shot_zone_mismatch_score,
    coalesce(store.pace_score, 0.0) as pace_score,
    coalesce(store.usage_spike_score, 0.0) as usage_spike_score,
    coalesce(store.rest_advantage, 0.0) as rest_advantage,
    coalesce(store.injury_risk, 0.0) as injury_risk,
    coalesce(store.recent_trend, 0.0) as recent_trend,
    coalesce(store.minutes_change, 0.0) as minutes_change,
    coalesce(store.opponent_def_rating, 112.0) as opponent_def_rating,
    coalesce(store.opponent_pace, 100.0) as opponent_pace,
    coalesce(store.home_away, 0.0) as home_away,
    coalesce(store.back_to_back, 0.0) as back_to_back,
    coalesce(store.playoff_game, 0.0) as playoff_game,
    coalesce(store.pct_paint, 0.3) as pct_paint,
    coalesce(store.pct_mid_range, 0.2) as pct_mid_range,
    coalesce(store.pct_three, 0.35) as pct_three,
    coalesce(store.pct_free_throw, 0.15) as pct_free_throw,
    coalesce(store.team_pace, 100.0) as team_pace,
    coalesce(store.team_off_rating, 112.0) as team_off_rating,
    coalesce(store.team_win_pct, 0.5) as team_win_pct,
    store.vegas_points_line,
    store.vegas_opening_line,
    store.vegas_line_move,
    coalesce(store.has_vegas_line, 0.0) as has_vegas_line,
    coalesce(store.avg_points_vs_opponent, 10.0) as avg_points_vs_opponent,
    coalesce(store.games_vs_opponent, 0.0) as games_vs_opponent,
    coalesce(store.minutes_avg_last_10, 28.0) as minutes_avg_last_10,
    coalesce(store.ppm_avg_last_10, 0.4) as ppm_avg_last_10,
    nullif(
        rtrim(concat(
            if(store.points_avg_last_5 is null, '0,', ''),
            if(store.points_avg_last_10 is null, '1,', ''),
            if(store.points_avg_season is null, '2,', ''),
            if(store.points_std_last_10 is null, '3,', ''),
            if(store.games_in_last_7_days is null, '4,', ''),
            if(store.fatigue_score is null, '5,', ''),
            if(store.shot_zone_mismatch_score is null, '6,', ''),
            if(store.pace_score is null, '7,', ''),
            if(store.usage_spike_score is null, '8,', ''),
            if(store.rest_advantage is null, '9,', ''),
            if(store.injury_risk is null, '10,', ''),
            if(store.recent_trend is null, '11,', ''),
            if(store.minutes_change is null, '12,', ''),
            if(store.opponent_def_rating is null, '13,', ''),
            if(store.opponent_pace is null, '14,', ''),
            if(store.home_away is null, '15,', ''),
            if(store.back_to_back is null, '16,', ''),
            if(store.playoff_game is null, '17,', ''),
            if(store.pct_paint is null, '18,', ''),
            if(store.pct_mid_range is null, '19,', ''),
            if(store.pct_three is null, '20,', ''),
            if(store.pct_free_throw is null, '21,', ''),
            if(store.team_pace is null, '22,', ''),
            if(store.team_off_rating is null, '23,', ''),
            if(store.team_win_pct is null, '24,', ''),
            if(store.vegas_points_line is null, '25,', ''),
            if(store.vegas_opening_line is null, '26,', ''),
            if(store.vegas_line_move is null, '27,', ''),
            if(store.has_vegas_line is null, '28,', ''),
            if(store.avg_points_vs_opponent is null, '29,', ''),
            if(store.games_vs_opponent is null, '30,', ''),
            if(store.minutes_avg_last_10 is null, '31,', ''),
            if(store.ppm_avg_last_10 is null, '32,', '')
        ), ','),
        ''
    ) as default_feature_indices
from nba_predictions.ml_feature_store_v2 as store

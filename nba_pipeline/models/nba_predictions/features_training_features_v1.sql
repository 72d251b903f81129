-- description: The vector training_features_v1: 21 features in index order. Where the store has no value,
--   the version's default stands, or NULL where it has none; default_feature_indices says where.
--   Generated from reference/feature_versions.csv by nba_pipeline.features; change that file, not this one.
-- grain: One row per player and slate.
-- key: player_lookup, game_date
-- view: true
-- column: player_lookup | string | not null | Canonical folded name.
-- column: game_date | date | not null | Slate; the row is the state of knowledge before its first tip-off.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: points_avg_last_5 | float64 | warn=0..70; unit=points | 0: Mean points of the last five games. NULL when missing.
-- column: points_avg_last_10 | float64 | warn=0..70; unit=points | 1: Mean points of the last ten games. NULL when missing.
-- column: points_avg_season | float64 | warn=0..70; unit=points | 2: Mean points of the season so far. NULL when missing.
-- column: points_std_last_10 | float64 | not null; warn=0..30; unit=points | 3: Sample standard deviation of points over the last ten games; two games at least. 5 when missing.
-- column: minutes_avg_last_10 | float64 | warn=0..48; unit=minutes | 4: Mean minutes of the last ten games. NULL when missing.
-- column: fatigue_score | float64 | not null; warn=0..100; unit=score | 5: Freshness; 100 = rested, lower = more tired. 70 when missing.
-- column: shot_zone_mismatch_score | float64 | not null; warn=-15..15; unit=score | 6: Shot mix against the opponent's defence by zone; positive = favourable. 0 when missing.
-- column: pace_score | float64 | not null; warn=-8..8; unit=score | 7: Expected pace against the league; positive = fast. 0 when missing.
-- column: usage_spike_score | float64 | not null; warn=-8..8; unit=score | 8: Projected usage against the usual; positive = more. 0 when missing.
-- column: opponent_def_rating_last_15 | float64 | not null; warn=90..130; unit=points per 100 possessions | 9: Mean defensive rating of the opponent's last fifteen games. 112 when missing.
-- column: opponent_pace_last_15 | float64 | not null; warn=90..115; unit=possessions per 48 minutes | 10: Mean pace of the opponent's last fifteen games. 100 when missing.
-- column: is_home | float64 | not null; warn=0..1; unit=flag | 11: 1 = at home by the schedule. 0 when missing.
-- column: days_rest | float64 | not null; warn=1..; unit=days | 12: Calendar difference to the last played game of the season; 1 = back-to-back. 2 when missing.
-- column: back_to_back | float64 | not null; warn=0..1; unit=flag | 13: 1 = played the day before. 0 when missing.
-- column: paint_rate_last_10 | float64 | not null; warn=0..100; unit=percent | 14: Share of shots within 8 feet. 30 when missing.
-- column: mid_range_rate_last_10 | float64 | not null; warn=0..100; unit=percent | 15: Share of two-pointers beyond 8 feet. 20 when missing.
-- column: three_pt_rate_last_10 | float64 | not null; warn=0..100; unit=percent | 16: Share of three-pointers. 30 when missing.
-- column: assisted_rate_last_10 | float64 | not null; warn=0..100; unit=percent | 17: Share of made field goals that were assisted. 60 when missing.
-- column: team_pace_last_10 | float64 | not null; warn=90..115; unit=possessions per 48 minutes | 18: Own team's mean pace of its last ten games. 100 when missing.
-- column: team_off_rating_last_10 | float64 | not null; warn=90..130; unit=points per 100 possessions | 19: Own team's mean offensive rating of its last ten games. 112 when missing.
-- column: usage_rate_last_10 | float64 | not null; warn=0..60; unit=percent | 20: Mean usage rate of the last ten games. 25 when missing.
-- column: default_feature_indices | string | | Indices without a stored value, with commas; NULL when none.
select
    store.player_lookup,
    store.game_date,
    store.game_id,
    store.points_avg_last_5,
    store.points_avg_last_10,
    store.points_avg_season,
    coalesce(store.points_std_last_10, 5.0) as points_std_last_10,
    store.minutes_avg_last_10,
    coalesce(store.fatigue_score, 70.0) as fatigue_score,
    coalesce(store.shot_zone_mismatch_score, 0.0) as shot_zone_mismatch_score,
    coalesce(store.pace_score, 0.0) as pace_score,
    coalesce(store.usage_spike_score, 0.0) as usage_spike_score,
    coalesce(store.opponent_def_rating_last_15, 112.0) as opponent_def_rating_last_15,
    coalesce(store.opponent_pace_last_15, 100.0) as opponent_pace_last_15,
    coalesce(store.is_home, 0.0) as is_home,
    coalesce(store.days_rest, 2.0) as days_rest,
    coalesce(store.back_to_back, 0.0) as back_to_back,
    coalesce(store.paint_rate_last_10, 30.0) as paint_rate_last_10,
    coalesce(store.mid_range_rate_last_10, 20.0) as mid_range_rate_last_10,
    coalesce(store.three_pt_rate_last_10, 30.0) as three_pt_rate_last_10,
    coalesce(store.assisted_rate_last_10, 60.0) as assisted_rate_last_10,
    coalesce(store.team_pace_last_10, 100.0) as team_pace_last_10,
    coalesce(store.team_off_rating_last_10, 112.0) as team_off_rating_last_10,
    coalesce(store.usage_rate_last_10, 25.0) as usage_rate_last_10,
    nullif(
        rtrim(concat(
            if(store.points_avg_last_5 is null, '0,', ''),
            if(store.points_avg_last_10 is null, '1,', ''),
            if(store.points_avg_season is null, '2,', ''),
            if(store.points_std_last_10 is null, '3,', ''),
            if(store.minutes_avg_last_10 is null, '4,', ''),
            if(store.fatigue_score is null, '5,', ''),
            if(store.shot_zone_mismatch_score is null, '6,', ''),
            if(store.pace_score is null, '7,', ''),
            if(store.usage_spike_score is null, '8,', ''),
            if(store.opponent_def_rating_last_15 is null, '9,', ''),
            if(store.opponent_pace_last_15 is null, '10,', ''),
            if(store.is_home is null, '11,', ''),
            if(store.days_rest is null, '12,', ''),
            if(store.back_to_back is null, '13,', ''),
            if(store.paint_rate_last_10 is null, '14,', ''),
            if(store.mid_range_rate_last_10 is null, '15,', ''),
            if(store.three_pt_rate_last_10 is null, '16,', ''),
            if(store.assisted_rate_last_10 is null, '17,', ''),
            if(store.team_pace_last_10 is null, '18,', ''),
            if(store.team_off_rating_last_10 is null, '19,', ''),
            if(store.usage_rate_last_10 is null, '20,', '')
        ), ','),
        ''
    ) as default_feature_indices
from nba_predictions.ml_feature_store_v2 as store

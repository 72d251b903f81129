-- check: V18
-- name: features_rest_on_data
-- table: nba_predictions.ml_feature_store_v2
-- severity: error
-- sentence: From the second month on at most a fifth of the players with ten games lack a required feature.
--   Features that may be missing, such as lines, do not count.
with
counted as (
    select
        count(*) as row_count,
        countif(store.src_points_avg_last_5 = 'missing') as points_avg_last_5,
        countif(store.src_points_avg_last_10 = 'missing') as points_avg_last_10,
        countif(store.src_points_avg_season = 'missing') as points_avg_season,
        countif(store.src_points_std_last_10 = 'missing') as points_std_last_10,
        countif(store.src_games_in_last_7_days = 'missing') as games_in_last_7_days,
        countif(store.src_fatigue_score = 'missing') as fatigue_score,
        countif(store.src_shot_zone_mismatch_score = 'missing') as shot_zone_mismatch_score,
        countif(store.src_pace_score = 'missing') as pace_score,
        countif(store.src_usage_spike_score = 'missing') as usage_spike_score,
        countif(store.src_rest_advantage = 'missing') as rest_advantage,
        countif(store.src_injury_risk = 'missing') as injury_risk,
        countif(store.src_recent_trend = 'missing') as recent_trend,
        countif(store.src_minutes_change = 'missing') as minutes_change,
        countif(store.src_opponent_def_rating = 'missing') as opponent_def_rating,
        countif(store.src_opponent_pace = 'missing') as opponent_pace,
        countif(store.src_home_away = 'missing') as home_away,
        countif(store.src_back_to_back = 'missing') as back_to_back,
        countif(store.src_playoff_game = 'missing') as playoff_game,
        countif(store.src_pct_paint = 'missing') as pct_paint,
        countif(store.src_pct_mid_range = 'missing') as pct_mid_range,
        countif(store.src_pct_three = 'missing') as pct_three,
        countif(store.src_pct_free_throw = 'missing') as pct_free_throw,
        countif(store.src_team_pace = 'missing') as team_pace,
        countif(store.src_team_off_rating = 'missing') as team_off_rating,
        countif(store.src_team_win_pct = 'missing') as team_win_pct,
        countif(store.src_vegas_points_line = 'missing') as vegas_points_line,
        countif(store.src_vegas_opening_line = 'missing') as vegas_opening_line,
        countif(store.src_vegas_line_move = 'missing') as vegas_line_move,
        countif(store.src_has_vegas_line = 'missing') as has_vegas_line,
        countif(store.src_avg_points_vs_opponent = 'missing') as avg_points_vs_opponent,
        countif(store.src_games_vs_opponent = 'missing') as games_vs_opponent,
        countif(store.src_minutes_avg_last_10 = 'missing') as minutes_avg_last_10,
        countif(store.src_ppm_avg_last_10 = 'missing') as ppm_avg_last_10
    from nba_predictions.ml_feature_store_v2 as store
    inner join nba_reference.season_calendar as calendar on store.season_year = calendar.season_year
    where
        store.game_date between @start_date and @end_date
        and date_diff(store.game_date, calendar.regular_start, day) >= @settled_after_days
        and not store.early_season_flag
),

defaults as (
    select
        required.feature_name,
        case required.feature_name
            when 'points_avg_last_5' then counted.points_avg_last_5
            when 'points_avg_last_10' then counted.points_avg_last_10
            when 'points_avg_season' then counted.points_avg_season
            when 'points_std_last_10' then counted.points_std_last_10
            when 'games_in_last_7_days' then counted.games_in_last_7_days
            when 'fatigue_score' then counted.fatigue_score
            when 'shot_zone_mismatch_score' then counted.shot_zone_mismatch_score
            when 'pace_score' then counted.pace_score
            when 'usage_spike_score' then counted.usage_spike_score
            when 'rest_advantage' then counted.rest_advantage
            when 'injury_risk' then counted.injury_risk
            when 'recent_trend' then counted.recent_trend
            when 'minutes_change' then counted.minutes_change
            when 'opponent_def_rating' then counted.opponent_def_rating
            when 'opponent_pace' then counted.opponent_pace
            when 'home_away' then counted.home_away
            when 'back_to_back' then counted.back_to_back
            when 'playoff_game' then counted.playoff_game
            when 'pct_paint' then counted.pct_paint
            when 'pct_mid_range' then counted.pct_mid_range
            when 'pct_three' then counted.pct_three
            when 'pct_free_throw' then counted.pct_free_throw
            when 'team_pace' then counted.team_pace
            when 'team_off_rating' then counted.team_off_rating
            when 'team_win_pct' then counted.team_win_pct
            when 'vegas_points_line' then counted.vegas_points_line
            when 'vegas_opening_line' then counted.vegas_opening_line
            when 'vegas_line_move' then counted.vegas_line_move
            when 'has_vegas_line' then counted.has_vegas_line
            when 'avg_points_vs_opponent' then counted.avg_points_vs_opponent
            when 'games_vs_opponent' then counted.games_vs_opponent
            when 'minutes_avg_last_10' then counted.minutes_avg_last_10
            when 'ppm_avg_last_10' then counted.ppm_avg_last_10
        end as rows_without,
        counted.row_count
    from counted
    cross join nba_reference.feature_versions as required
    where required.feature_version = 'v2_33features' and required.is_required
)

select
    feature_name,
    rows_without,
    row_count
from defaults
where safe_divide(rows_without, row_count) > @default_share

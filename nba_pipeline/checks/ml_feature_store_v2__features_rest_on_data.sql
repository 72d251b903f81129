-- table: nba_predictions.ml_feature_store_v2
-- check: V18 features_rest_on_data | error | From the second month on at most a fifth of the players with ten games
--   lack a required feature. Features that may be missing, such as lines, do not count, nor do those that no source
--   of the slate gives.
with
judged as (
    select
        concat(',', coalesce(store.default_feature_indices, ''), ',') as defaults,
        concat(',', coalesce(store.unavailable_feature_indices, ''), ',') as unavailable
    from nba_predictions.ml_feature_store_v2 as store
    inner join nba_reference.season_calendar as calendar on store.season_year = calendar.season_year
    where
        store.game_date between @start_date and @end_date
        and date_diff(store.game_date, calendar.regular_start, day) >= @settled_after_days
        and not store.early_season_flag
),

-- Rows without a feature, among those whose slate has a source for it.
counted as (
    select
        required.feature_name,
        countif(
            strpos(judged.defaults, concat(',', cast(required.feature_index as string), ',')) > 0
        ) as rows_without,
        count(*) as row_count
    from judged
    cross join nba_reference.feature_versions as required
    where
        required.feature_version = 'v2_33features'
        and required.is_required
        and strpos(judged.unavailable, concat(',', cast(required.feature_index as string), ',')) = 0
    group by required.feature_name
)

select
    feature_name,
    rows_without,
    row_count
from counted
where safe_divide(rows_without, row_count) > @default_share

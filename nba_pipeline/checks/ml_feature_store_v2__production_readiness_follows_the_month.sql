-- table: nba_predictions.ml_feature_store_v2
-- check: V20 production_readiness_follows_the_month | warn | From the second month on as many rows are production
--   ready as the month promises: a third in November, more than half in December, about two in three later.
with
months as (
    select
        extract(month from store.game_date) as calendar_month,
        countif(store.is_production_ready) as ready_rows,
        count(*) as row_count
    from nba_predictions.ml_feature_store_v2 as store
    inner join nba_reference.season_calendar as calendar on store.season_year = calendar.season_year
    where
        store.game_date between @start_date and @end_date
        and date_diff(store.game_date, calendar.regular_start, day) >= @settled_after_days
    group by calendar_month
),

promised as (
    select
        calendar_month,
        ready_rows,
        row_count,
        case calendar_month
            when 11 then @production_ready_november
            when 12 then @production_ready_december
            when 1 then @production_ready_january
            when 2 then @production_ready_february
            when 3 then @production_ready_march
            when 4 then @production_ready_april
        end as promised_share
    from months
)

select
    calendar_month,
    ready_rows,
    row_count,
    promised_share
from promised
where safe_divide(ready_rows, row_count) < promised_share

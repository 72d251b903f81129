-- table: the_table
-- check: V20 quality_is_high_after_a_month | warn | From the second month on the mean quality is 75 or more, and four in
--   five rows are gold or silver.
with
shares as (
    select
        avg(stored.the_score) as mean_quality,
        safe_divide(
            countif(stored.quality_tier in ('gold', 'silver')), count(stored.quality_tier)
        ) as gold_and_silver_share,
        count(*) as row_count
    from the_table as stored
    inner join nba_reference.season_calendar as calendar on stored.season_year = calendar.season_year
    where
        stored.the_date between @start_date and @end_date
        and date_diff(stored.the_date, calendar.regular_start, day) >= @settled_after_days
)

select *
from shares
where mean_quality < @mean_quality or gold_and_silver_share < @gold_and_silver_share

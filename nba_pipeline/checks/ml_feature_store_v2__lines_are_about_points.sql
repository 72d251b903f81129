-- table: nba_predictions.ml_feature_store_v2
-- check: V10 lines_are_about_points | error | Over ten points lines of a slate or more, the lines lie near the points
--   the players score.
-- date: game_date
with
both_known as (
    select
        game_date,
        vegas_points_line - points_avg_last_10 as points_above_average
    from nba_predictions.ml_feature_store_v2
    where
        game_date between @start_date and @end_date
        and vegas_points_line is not null
        and points_avg_last_10 is not null
)

select
    game_date,
    count(*) as line_count,
    avg(points_above_average) as mean_points_above_average
from both_known
group by game_date
having count(*) >= @fewest_lines and abs(avg(points_above_average)) > @most_points_from_average

-- table: nba_analytics.player_game_summary
-- check: V08 counting_statistics_are_filled | error | At most one in a hundred players who played lacks attempts,
--   threes, rebounds or assists.
-- date: game_date
select
    game_date,
    countif(fg_attempts is null) as rows_without_attempts,
    countif(three_pt_attempts is null) as rows_without_threes,
    countif(total_rebounds is null) as rows_without_rebounds,
    countif(assists is null) as rows_without_assists,
    count(*) as row_count
from nba_analytics.player_game_summary
where game_date between @start_date and @end_date and did_play
group by game_date
having
    safe_divide(
        greatest(
            countif(fg_attempts is null),
            countif(three_pt_attempts is null),
            countif(total_rebounds is null),
            countif(assists is null)
        ),
        count(*)
    ) > @counting_null_share

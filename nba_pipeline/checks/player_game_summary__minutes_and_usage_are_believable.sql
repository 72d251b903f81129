-- table: nba_analytics.player_game_summary
-- check: V11 minutes_and_usage_are_believable | warn | Nobody plays more than 65 minutes, or uses more than 60 % of
--   his team's plays in ten minutes or more.
-- date: game_date
select
    game_date,
    game_id,
    player_lookup,
    minutes_played,
    usage_rate
from nba_analytics.player_game_summary
where
    game_date between @start_date and @end_date
    and (minutes_played > @highest_minutes or (usage_rate > @highest_usage and seconds_played >= 600))

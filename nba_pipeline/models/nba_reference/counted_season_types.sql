-- description: The kinds of games that count in averages, form and completeness: all of dim_game's but the NBA Cup final, which
--   the league keeps out of every statistic. It is played all the same: rest, workload, travel, streaks and the last result
--   know it. The one place that decides; pre-season and All-Star games are not in dim_game at all.
-- grain: One row per kind of game.
-- key: season_type
-- view: true
-- column: season_type | string | not null; in=regular/play_in/playoffs | Kind of game, as in dim_game.
select season_type
from unnest(['regular', 'play_in', 'playoffs']) as season_type

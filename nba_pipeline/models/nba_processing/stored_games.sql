-- description: Games that every tracked table with games holds, by our ids; raw sources are matched by the league's id,
--   or by date and teams.
--   Generated from the contracts by nba_pipeline.completeness.tracked; change those, not this file.
-- grain: One row per table and game.
-- key: table_name, game_id
-- view: true
-- column: table_name | string | not null | Two-part name.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
select distinct
    'nba_analytics.player_game_summary' as table_name,
    game_date,
    game_id
from nba_analytics.player_game_summary
union all
select distinct
    'nba_analytics.team_defense_game_summary' as table_name,
    game_date,
    game_id
from nba_analytics.team_defense_game_summary
union all
select distinct
    'nba_analytics.team_offense_game_summary' as table_name,
    game_date,
    game_id
from nba_analytics.team_offense_game_summary
union all
select distinct
    'nba_analytics.upcoming_player_game_context' as table_name,
    game_date,
    game_id
from nba_analytics.upcoming_player_game_context
union all
select distinct
    'nba_analytics.upcoming_team_game_context' as table_name,
    game_date,
    game_id
from nba_analytics.upcoming_team_game_context
union all
select distinct
    'nba_raw.bdl_player_boxscores' as table_name,
    games.game_date,
    games.game_id
from nba_raw.bdl_player_boxscores as source
inner join nba_reference.dim_game as games
    on
        source.game_date = games.game_date
        and source.home_team_abbr = games.home_team_abbr
        and source.away_team_abbr = games.away_team_abbr
union all
select distinct
    'nba_raw.bigdataball_play_by_play' as table_name,
    games.game_date,
    games.game_id
from nba_raw.bigdataball_play_by_play as source
inner join nba_reference.dim_game as games
    on
        source.nba_game_id = games.nba_game_id
union all
select distinct
    'nba_raw.nbac_gamebook_player_stats' as table_name,
    games.game_date,
    games.game_id
from nba_raw.nbac_gamebook_player_stats as source
inner join nba_reference.dim_game as games
    on
        source.game_date = games.game_date
        and source.home_team_abbr = games.home_team_abbr
        and source.away_team_abbr = games.away_team_abbr
union all
select distinct
    'nba_raw.nbac_play_by_play' as table_name,
    games.game_date,
    games.game_id
from nba_raw.nbac_play_by_play as source
inner join nba_reference.dim_game as games
    on
        source.nba_game_id = games.nba_game_id
union all
select distinct
    'nba_raw.nbac_player_boxscores' as table_name,
    games.game_date,
    games.game_id
from nba_raw.nbac_player_boxscores as source
inner join nba_reference.dim_game as games
    on
        source.nba_game_id = games.nba_game_id
union all
select distinct
    'nba_raw.nbac_schedule' as table_name,
    games.game_date,
    games.game_id
from nba_raw.nbac_schedule as source
inner join nba_reference.dim_game as games
    on
        source.game_id = games.nba_game_id
union all
select distinct
    'nba_raw.nbac_shot_chart' as table_name,
    games.game_date,
    games.game_id
from nba_raw.nbac_shot_chart as source
inner join nba_reference.dim_game as games
    on
        source.nba_game_id = games.nba_game_id
union all
select distinct
    'nba_raw.nbac_team_boxscore' as table_name,
    games.game_date,
    games.game_id
from nba_raw.nbac_team_boxscore as source
inner join nba_reference.dim_game as games
    on
        source.nba_game_id = games.nba_game_id

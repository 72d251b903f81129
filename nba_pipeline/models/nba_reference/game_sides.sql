-- description: Every game from the side of each of its two teams.
-- grain: One row per game and team.
-- key: game_id, team_abbr
-- view: true
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: nba_game_id | string | not null | League id of the game.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null | Kind of game.
-- column: is_final | bool | not null | True once the result stands.
-- column: arena_id | string | | Where it is played; NULL when unknown.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: home_game | bool | not null | True for the home team.
-- column: team_score | int64 | range=0..; unit=points | Points of the team; NULL while there are none.
select
    game_id,
    nba_game_id,
    game_date,
    season_year,
    season_type,
    is_final,
    arena_id,
    if(home_game, home_team_abbr, away_team_abbr) as team_abbr,
    if(home_game, away_team_abbr, home_team_abbr) as opponent_team_abbr,
    home_game,
    if(home_game, home_team_score, away_team_score) as team_score
from nba_reference.dim_game
cross join unnest([true, false]) as home_game

-- description: Games that a player or a team should have in analytics, and how complete the newest of them are: the state of
--   the five, ten and fifteen games up to and with this one. A row speaks for every date after game_date up to and with
--   next_game_date. A game a player sat out is not expected; the Cup final does not count.
-- grain: One row per player or team and final game.
-- key: entity_kind, entity_id, game_id
-- view: true
-- column: entity_kind | string | not null; in=player/team | Whose game.
-- column: entity_id | string | not null | Canonical folded name, or team.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: next_game_date | date | | Date of the next expected game of the season; NULL when none is known.
-- column: is_found | bool | not null | Whether analytics has the game.
-- column: expected_5 | int64 | not null; range=1..5 | Newest expected games, five at most.
-- column: actual_5 | int64 | not null; range=0..5 | Those of them that analytics has.
-- column: expected_10 | int64 | not null; range=1..10 | Newest expected games, ten at most.
-- column: actual_10 | int64 | not null; range=0..10 | Those of them that analytics has.
-- column: missing_game_ids_10 | string | | Ids of the others, oldest first, separated by commas.
-- column: expected_15 | int64 | not null; range=1..15 | Newest expected games, fifteen at most.
-- column: actual_15 | int64 | not null; range=0..15 | Those of them that analytics has.
-- column: missing_game_ids_15 | string | | Ids of the others, oldest first, separated by commas.
with
entity_games as (
    select
        'player' as entity_kind,
        player_lookup as entity_id,
        game_id,
        game_date,
        season_year,
        status = 'played' as is_found
    from nba_processing.player_game_status
    where status != 'dnp'
    union all
    select
        'team' as entity_kind,
        team_abbr as entity_id,
        game_id,
        game_date,
        season_year,
        status = 'played' as is_found
    from nba_processing.team_game_status
)

select
    entity_kind,
    entity_id,
    game_id,
    game_date,
    season_year,
    lead(game_date) over season_order as next_game_date,
    is_found,
    count(*) over last_5 as expected_5,
    countif(is_found) over last_5 as actual_5,
    count(*) over last_10 as expected_10,
    countif(is_found) over last_10 as actual_10,
    string_agg(if(is_found, null, game_id), ',') over last_10 as missing_game_ids_10,
    count(*) over last_15 as expected_15,
    countif(is_found) over last_15 as actual_15,
    string_agg(if(is_found, null, game_id), ',') over last_15 as missing_game_ids_15
from entity_games
window
    season_order as (partition by entity_kind, entity_id, season_year order by game_date, game_id),
    last_5 as (season_order rows between 4 preceding and current row),
    last_10 as (season_order rows between 9 preceding and current row),
    last_15 as (season_order rows between 14 preceding and current row)

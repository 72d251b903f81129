-- description: What became of every final game a player was listed for: played, did not play, lost between raw and analytics, or
--   never ingested. Expected games are sets of game ids; a game he sat out is no gap. The Cup final does not count.
--   Listed means: in the player universe of the game's team on that date, or in its box score, so trades are per game.
-- grain: One row per player and final game of a team he belonged to on the date.
-- key: game_id, player_lookup
-- view: true
-- column: player_lookup | string | not null | Canonical folded name.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: team_abbr | string | not null | Team on that date; the box score's where both speak.
-- column: status | string | not null; in=played/dnp/data_gap/raw_missing | data_gap = the raw box score says he played and the summary lacks him, raw_missing = no box score of the game at all.
with
final_games as (
    select
        game_id,
        game_date,
        season_year
    from nba_reference.dim_game
    where is_final and season_type in (select season_type from nba_reference.counted_season_types)
),

games_with_box_scores as (
    select distinct game_id
    from nba_reference.player_box_lines
),

players_by_game as (
    select
        coalesce(box.game_id, universe.game_id) as game_id,
        coalesce(box.player_lookup, universe.player_lookup) as player_lookup,
        coalesce(box.team_abbr, universe.team_abbr) as team_abbr,
        coalesce(box.did_play, false) as raw_played
    from nba_reference.player_universe as universe
    full outer join nba_reference.player_box_lines as box
        on universe.game_id = box.game_id and universe.player_lookup = box.player_lookup
)

select
    listed.player_lookup,
    games.game_id,
    games.game_date,
    games.season_year,
    listed.team_abbr,
    case
        when summary.did_play then 'played'
        when summary.player_lookup is not null then 'dnp'
        when listed.raw_played then 'data_gap'
        when box.game_id is not null then 'dnp'
        else 'raw_missing'
    end as status
from final_games as games
inner join players_by_game as listed on games.game_id = listed.game_id
left join games_with_box_scores as box on games.game_id = box.game_id
left join nba_analytics.player_game_summary as summary
    on listed.game_id = summary.game_id and listed.player_lookup = summary.player_lookup

-- description: What became of every final game of a team: played, lost between raw and analytics, or never ingested.
--   Expected games are sets of game ids. The Cup final does not count.
-- grain: One row per team and final game.
-- key: game_id, team_abbr
-- view: true
-- column: team_abbr | string | not null | Team.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: status | string | not null; in=played/data_gap/raw_missing | data_gap = the reference has a box score that analytics lacks, raw_missing = no box score at all.
select
    sides.team_abbr,
    sides.game_id,
    sides.game_date,
    sides.season_year,
    case
        when defense.game_id is not null then 'played'
        when box.game_id is not null then 'data_gap'
        else 'raw_missing'
    end as status
from nba_reference.game_sides as sides
left join nba_analytics.team_defense_game_summary as defense
    on sides.game_id = defense.game_id and sides.team_abbr = defense.defending_team_abbr
left join nba_reference.team_box_lines as box
    on sides.game_id = box.game_id and sides.team_abbr = box.team_abbr
where sides.is_final and sides.season_type in (select season_type from nba_reference.counted_season_types)

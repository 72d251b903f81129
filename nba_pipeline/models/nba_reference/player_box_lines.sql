-- description: One box score line per player and game, taken per player from the best source: game book, then league game log,
--   then BallDontLie. A lower source adds a player only where the better one is incomplete for that team (points do not add up
--   to the score, or exact seconds not to the game's length), so no player is counted twice under two spellings. A game book
--   with fewer than five active players of a team, or fewer than eight whose points do not add up, counts as missing for the
--   whole game, unless no other source knows the game.
--   Who played is who appeared: seconds above zero, any recorded statistic, or 0 minutes in the league game log, which lists
--   nobody else. Its whole minutes are 0 for a stint under a minute: such a game counts, with 0 seconds and its statistics.
--   A name is resolved by person id, exact registry name, active alias, then a suffix variant unique in the registry; a line is
--   never lost because a name is unknown. Namesakes in the registry are told apart by person id only: the second one's key
--   carries his running number. An inactive player printed with the last name only is kept when he is the only one of that name
--   in the team's list and exactly one player of the team's roster or injury report of that date fits; otherwise he stays in
--   nba_raw alone: he has no key and did not play. Of a player listed for both teams the side whose roster or injury report
--   names him counts.
-- grain: One row per game and listed player, whatever his status.
-- key: game_id, player_lookup
-- unique: game_date, player_lookup
-- partition: game_date
-- cluster: player_lookup, team_abbr
-- covers: final_games
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null | Kind of game.
-- column: player_lookup | string | not null; core | Canonical folded name.
-- column: universal_player_id | string | | Person in the registry; NULL when the name is unknown.
-- column: nba_player_id | int64 | | NBA person id, from the source or the registry.
-- column: player_full_name | string | | Display name: the registry's, else as sent.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: home_game | bool | not null | True for the home team.
-- column: player_status | string | not null; in=active/dnp/inactive | active = listed as having played.
-- column: did_play | bool | not null; core | The one flag for who played: seconds played above zero, a recorded statistic, or a line of the league game log with 0 minutes.
-- column: seconds_played | int64 | range=0..4500; unit=seconds | Playing time; 0 for an appearance under a minute in a source of whole minutes; NULL for players who did not play.
-- column: points | int64 | range=0.. | Points.
-- column: fg_makes | int64 | range=0.. | Field goals made, threes included.
-- column: fg_attempts | int64 | range=0.. | Field goals attempted, threes included.
-- column: three_pt_makes | int64 | range=0.. | Three-pointers made (box score).
-- column: three_pt_attempts | int64 | range=0.. | Three-pointers attempted (box score).
-- column: ft_makes | int64 | range=0.. | Free throws made.
-- column: ft_attempts | int64 | range=0.. | Free throws attempted.
-- column: offensive_rebounds | int64 | range=0.. | Offensive rebounds.
-- column: defensive_rebounds | int64 | range=0.. | Defensive rebounds.
-- column: assists | int64 | range=0.. | Assists.
-- column: steals | int64 | range=0.. | Steals.
-- column: blocks | int64 | range=0.. | Blocks.
-- column: turnovers | int64 | range=0.. | Turnovers.
-- column: personal_fouls | int64 | range=0.. | Personal fouls.
-- column: plus_minus | int64 | range=-90..90; unit=points | Team minus opponent points while on court; NULL where the source lacks it.
-- column: dnp_reason | string | | Why the player did not play, as printed.
-- column: primary_source_used | string | not null; in=nbac_gamebook/nbac_player_boxscores/bdl_boxscores | Source of the line.
-- column: match_method | string | not null; in=person_id/exact/alias/suffix/last_name_in_team/unresolved | How the name was resolved.
with
sides as (
    select
        game_id,
        nba_game_id,
        game_date,
        season_year,
        season_type,
        home_team_abbr as team_abbr,
        away_team_abbr as opponent_team_abbr,
        true as home_game,
        home_team_score as team_score
    from nba_reference.dim_game
    where game_date between @start_date and @end_date and is_final
    union all
    select
        game_id,
        nba_game_id,
        game_date,
        season_year,
        season_type,
        away_team_abbr as team_abbr,
        home_team_abbr as opponent_team_abbr,
        false as home_game,
        away_team_score as team_score
    from nba_reference.dim_game
    where game_date between @start_date and @end_date and is_final
),

gamebook as (
    select
        sides.game_id,
        sides.team_abbr,
        sides.game_date,
        sides.team_score,
        raw.player_name as sent_name,
        raw.player_lookup as sent_lookup,
        raw.last_name_key,
        raw.player_status,
        raw.seconds_played,
        raw.points,
        raw.field_goals_made as fg_makes,
        raw.field_goals_attempted as fg_attempts,
        raw.three_pointers_made as three_pt_makes,
        raw.three_pointers_attempted as three_pt_attempts,
        raw.free_throws_made as ft_makes,
        raw.free_throws_attempted as ft_attempts,
        raw.offensive_rebounds,
        raw.defensive_rebounds,
        raw.assists,
        raw.steals,
        raw.blocks,
        raw.turnovers,
        raw.personal_fouls,
        raw.plus_minus,
        raw.dnp_reason
    from sides
    inner join nba_raw.nbac_gamebook_player_stats as raw
        on
            sides.game_date = raw.game_date
            and sides.team_abbr = raw.team_abbr
            and sides.opponent_team_abbr in (raw.home_team_abbr, raw.away_team_abbr)
    where raw.game_date between @start_date and @end_date
),

gamebook_teams as (
    select
        game_id,
        team_abbr,
        countif(player_status = 'active' and coalesce(seconds_played, 0) > 0) as active_players,
        sum(if(player_status = 'active', points, 0)) as points,
        max(team_score) as team_score
    from gamebook
    group by game_id, team_abbr
),

team_candidates as (
    select
        game_date,
        team_abbr,
        player_lookup
    from nba_raw.nbac_injury_report
    where game_date between @start_date and @end_date
    union distinct
    select
        roster_date as game_date,
        team_abbr,
        player_lookup
    from nba_raw.espn_team_rosters
    where roster_date between @start_date and @end_date
),

only_names as (
    select
        game_id,
        team_abbr,
        last_name_key
    from gamebook
    where sent_lookup is null
    group by game_id, team_abbr, last_name_key
    having count(*) = 1
),

last_names as (
    select
        gamebook.game_id,
        gamebook.team_abbr,
        gamebook.last_name_key,
        min(team_candidates.player_lookup) as sent_lookup
    from gamebook
    inner join only_names
        on
            gamebook.game_id = only_names.game_id
            and gamebook.team_abbr = only_names.team_abbr
            and gamebook.last_name_key = only_names.last_name_key
    inner join team_candidates
        on gamebook.game_date = team_candidates.game_date and gamebook.team_abbr = team_candidates.team_abbr
    left join gamebook as listed
        on
            gamebook.game_id = listed.game_id
            and gamebook.team_abbr = listed.team_abbr
            and team_candidates.player_lookup = listed.sent_lookup
    where
        gamebook.sent_lookup is null
        and listed.game_id is null
        and (
            ends_with(team_candidates.player_lookup, gamebook.last_name_key)
            or ends_with(team_candidates.player_lookup, concat(gamebook.last_name_key, 'jr'))
            or ends_with(team_candidates.player_lookup, concat(gamebook.last_name_key, 'sr'))
            or ends_with(team_candidates.player_lookup, concat(gamebook.last_name_key, 'ii'))
            or ends_with(team_candidates.player_lookup, concat(gamebook.last_name_key, 'iii'))
            or ends_with(team_candidates.player_lookup, concat(gamebook.last_name_key, 'iv'))
        )
    group by gamebook.game_id, gamebook.team_abbr, gamebook.last_name_key
    having count(distinct team_candidates.player_lookup) = 1
),

log_lines as (
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        2 as source_rank,
        'nbac_player_boxscores' as primary_source_used,
        raw.nba_player_id as sent_player_id,
        raw.player_lookup as sent_lookup,
        raw.player_full_name as sent_name,
        false as is_last_name_only,
        'active' as player_status,
        raw.seconds_played,
        raw.points,
        raw.field_goals_made as fg_makes,
        raw.field_goals_attempted as fg_attempts,
        raw.three_pointers_made as three_pt_makes,
        raw.three_pointers_attempted as three_pt_attempts,
        raw.free_throws_made as ft_makes,
        raw.free_throws_attempted as ft_attempts,
        raw.offensive_rebounds,
        raw.defensive_rebounds,
        raw.assists,
        raw.steals,
        raw.blocks,
        raw.turnovers,
        raw.personal_fouls,
        raw.plus_minus,
        cast(null as string) as dnp_reason
    from sides
    inner join nba_raw.nbac_player_boxscores as raw
        on
            sides.game_date = raw.game_date
            and sides.team_abbr = raw.team_abbr
            and sides.nba_game_id = raw.nba_game_id
    where raw.game_date between @start_date and @end_date
),

bdl_lines as (
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        3 as source_rank,
        'bdl_boxscores' as primary_source_used,
        cast(null as int64) as sent_player_id,
        raw.player_lookup as sent_lookup,
        raw.player_full_name as sent_name,
        false as is_last_name_only,
        'active' as player_status,
        raw.seconds_played,
        raw.points,
        raw.field_goals_made as fg_makes,
        raw.field_goals_attempted as fg_attempts,
        raw.three_pointers_made as three_pt_makes,
        raw.three_pointers_attempted as three_pt_attempts,
        raw.free_throws_made as ft_makes,
        raw.free_throws_attempted as ft_attempts,
        raw.offensive_rebounds,
        raw.defensive_rebounds,
        raw.assists,
        raw.steals,
        raw.blocks,
        raw.turnovers,
        raw.personal_fouls,
        cast(null as int64) as plus_minus,
        cast(null as string) as dnp_reason
    from sides
    inner join nba_raw.bdl_player_boxscores as raw
        on
            sides.game_date = raw.game_date
            and sides.team_abbr = raw.team_abbr
            and sides.opponent_team_abbr in (raw.home_team_abbr, raw.away_team_abbr)
    where
        raw.game_date between @start_date and @end_date
        and coalesce(raw.seconds_played, 0) + coalesce(raw.points, 0) + coalesce(raw.field_goals_attempted, 0)
        + coalesce(raw.free_throws_attempted, 0) + coalesce(raw.offensive_rebounds, 0)
        + coalesce(raw.defensive_rebounds, 0) + coalesce(raw.assists, 0) + coalesce(raw.steals, 0)
        + coalesce(raw.blocks, 0) + coalesce(raw.turnovers, 0) + coalesce(raw.personal_fouls, 0) > 0
),

full_gamebooks as (
    select game_id
    from gamebook_teams
    where active_players >= 8 or (active_players >= 5 and points = team_score)
    group by game_id
    having count(*) = 2
),

gamebook_games as (
    select game_id
    from full_gamebooks
    union distinct
    select gamebook_teams.game_id
    from gamebook_teams
    left join log_lines on gamebook_teams.game_id = log_lines.game_id
    left join bdl_lines on gamebook_teams.game_id = bdl_lines.game_id
    where log_lines.game_id is null and bdl_lines.game_id is null
),

gamebook_lines as (
    select
        gamebook.game_id,
        gamebook.game_date,
        gamebook.team_abbr,
        1 as source_rank,
        'nbac_gamebook' as primary_source_used,
        cast(null as int64) as sent_player_id,
        coalesce(gamebook.sent_lookup, last_names.sent_lookup) as sent_lookup,
        if(gamebook.sent_lookup is null, cast(null as string), gamebook.sent_name) as sent_name,
        gamebook.sent_lookup is null as is_last_name_only,
        gamebook.player_status,
        gamebook.seconds_played,
        gamebook.points,
        gamebook.fg_makes,
        gamebook.fg_attempts,
        gamebook.three_pt_makes,
        gamebook.three_pt_attempts,
        gamebook.ft_makes,
        gamebook.ft_attempts,
        gamebook.offensive_rebounds,
        gamebook.defensive_rebounds,
        gamebook.assists,
        gamebook.steals,
        gamebook.blocks,
        gamebook.turnovers,
        gamebook.personal_fouls,
        gamebook.plus_minus,
        gamebook.dnp_reason
    from gamebook
    inner join gamebook_games on gamebook.game_id = gamebook_games.game_id
    left join last_names
        on
            gamebook.game_id = last_names.game_id
            and gamebook.team_abbr = last_names.team_abbr
            and gamebook.last_name_key = last_names.last_name_key
            and gamebook.sent_lookup is null
    where coalesce(gamebook.sent_lookup, last_names.sent_lookup) is not null
),

lines as (
    select *
    from gamebook_lines
    union all
    select *
    from log_lines
    union all
    select *
    from bdl_lines
),

registry_by_id as (
    select
        nba_player_id,
        universal_player_id,
        if(
            row_number() over (partition by player_lookup order by universal_player_id) = 1,
            player_lookup,
            replace(universal_player_id, '_', '')
        ) as player_lookup
    from nba_reference.nba_players_registry
    where nba_player_id is not null
    qualify row_number() over (partition by nba_player_id order by universal_player_id) = 1
),

registry_by_name as (
    select
        player_lookup,
        min(universal_player_id) as universal_player_id
    from nba_reference.nba_players_registry
    group by player_lookup
    having count(*) = 1
),

aliases as (
    select
        player_aliases.alias_lookup,
        player_aliases.nba_canonical_lookup as player_lookup,
        registry_by_name.universal_player_id
    from nba_reference.player_aliases
    inner join registry_by_name on player_aliases.nba_canonical_lookup = registry_by_name.player_lookup
    where player_aliases.is_active
),

unknown_names as (
    select distinct lines.sent_lookup
    from lines
    left join registry_by_name on lines.sent_lookup = registry_by_name.player_lookup
    left join aliases on lines.sent_lookup = aliases.alias_lookup
    where registry_by_name.player_lookup is null and aliases.alias_lookup is null
),

suffixes as (
    select suffix
    from unnest(['jr', 'sr', 'ii', 'iii', 'iv', 'v']) as suffix
),

suffix_variants as (
    select
        unknown_names.sent_lookup,
        min(registry_by_name.player_lookup) as player_lookup,
        min(registry_by_name.universal_player_id) as universal_player_id
    from unknown_names
    cross join suffixes
    inner join registry_by_name
        on
            registry_by_name.player_lookup = concat(unknown_names.sent_lookup, suffixes.suffix)
            or concat(registry_by_name.player_lookup, suffixes.suffix) = unknown_names.sent_lookup
    group by unknown_names.sent_lookup
    having count(distinct registry_by_name.player_lookup) = 1
),

resolved as (
    select
        lines.*,
        coalesce(
            registry_by_id.player_lookup,
            aliases.player_lookup,
            suffix_variants.player_lookup,
            lines.sent_lookup
        ) as player_lookup,
        coalesce(
            registry_by_id.universal_player_id,
            registry_by_name.universal_player_id,
            aliases.universal_player_id,
            suffix_variants.universal_player_id
        ) as universal_player_id,
        case
            when registry_by_id.nba_player_id is not null then 'person_id'
            when lines.is_last_name_only then 'last_name_in_team'
            when registry_by_name.player_lookup is not null then 'exact'
            when aliases.alias_lookup is not null then 'alias'
            when suffix_variants.sent_lookup is not null then 'suffix'
            else 'unresolved'
        end as match_method,
        team_candidates.player_lookup is not null as is_on_the_roster,
        coalesce(lines.seconds_played, 0) > 0
        or (lines.source_rank = 2 and lines.seconds_played is not null)
        or (
            lines.player_status = 'active'
            and coalesce(lines.points, 0) + coalesce(lines.fg_attempts, 0) + coalesce(lines.ft_attempts, 0)
            + coalesce(lines.offensive_rebounds, 0) + coalesce(lines.defensive_rebounds, 0)
            + coalesce(lines.assists, 0) + coalesce(lines.steals, 0) + coalesce(lines.blocks, 0)
            + coalesce(lines.turnovers, 0) + coalesce(lines.personal_fouls, 0) > 0
        ) as did_play
    from lines
    left join registry_by_id on lines.sent_player_id = registry_by_id.nba_player_id
    left join registry_by_name on lines.sent_lookup = registry_by_name.player_lookup
    left join aliases
        on lines.sent_lookup = aliases.alias_lookup and registry_by_name.player_lookup is null
    left join suffix_variants on lines.sent_lookup = suffix_variants.sent_lookup
    left join team_candidates
        on
            lines.game_date = team_candidates.game_date
            and lines.team_abbr = team_candidates.team_abbr
            and lines.sent_lookup = team_candidates.player_lookup
),

covered as (
    select
        resolved.game_id,
        resolved.team_abbr,
        resolved.source_rank,
        sum(if(resolved.did_play, resolved.points, 0)) as points,
        sum(if(resolved.did_play, resolved.seconds_played, 0)) as seconds_played,
        countif(resolved.did_play) as players_used
    from resolved
    group by resolved.game_id, resolved.team_abbr, resolved.source_rank
),

complete as (
    select
        covered.game_id,
        covered.team_abbr,
        min(covered.source_rank) as source_rank
    from covered
    inner join sides on covered.game_id = sides.game_id and covered.team_abbr = sides.team_abbr
    where
        covered.players_used >= 5
        and covered.points = sides.team_score
        and (covered.source_rank > 1 or mod(covered.seconds_played + 660, 1500) between 0 and 120)
    group by covered.game_id, covered.team_abbr
),

chosen as (
    select resolved.*
    from resolved
    left join complete on resolved.game_id = complete.game_id and resolved.team_abbr = complete.team_abbr
    where complete.source_rank is null or resolved.source_rank <= complete.source_rank
    qualify row_number() over (
        partition by resolved.game_id, resolved.player_lookup
        order by
            resolved.source_rank,
            resolved.did_play desc,
            resolved.is_on_the_roster desc,
            resolved.player_status,
            resolved.team_abbr,
            resolved.sent_lookup,
            resolved.seconds_played desc,
            resolved.points desc
    ) = 1
)

select
    chosen.game_id,
    sides.game_date,
    sides.season_year,
    sides.season_type,
    chosen.player_lookup,
    chosen.universal_player_id,
    coalesce(chosen.sent_player_id, person.nba_player_id) as nba_player_id,
    coalesce(person.player_name, chosen.sent_name) as player_full_name,
    chosen.team_abbr,
    sides.opponent_team_abbr,
    sides.home_game,
    chosen.player_status,
    chosen.did_play,
    if(chosen.player_status = 'active', chosen.seconds_played, null) as seconds_played,
    if(chosen.did_play, chosen.points, null) as points,
    if(chosen.did_play, chosen.fg_makes, null) as fg_makes,
    if(chosen.did_play, chosen.fg_attempts, null) as fg_attempts,
    if(chosen.did_play, chosen.three_pt_makes, null) as three_pt_makes,
    if(chosen.did_play, chosen.three_pt_attempts, null) as three_pt_attempts,
    if(chosen.did_play, chosen.ft_makes, null) as ft_makes,
    if(chosen.did_play, chosen.ft_attempts, null) as ft_attempts,
    if(chosen.did_play, chosen.offensive_rebounds, null) as offensive_rebounds,
    if(chosen.did_play, chosen.defensive_rebounds, null) as defensive_rebounds,
    if(chosen.did_play, chosen.assists, null) as assists,
    if(chosen.did_play, chosen.steals, null) as steals,
    if(chosen.did_play, chosen.blocks, null) as blocks,
    if(chosen.did_play, chosen.turnovers, null) as turnovers,
    if(chosen.did_play, chosen.personal_fouls, null) as personal_fouls,
    if(chosen.did_play, chosen.plus_minus, null) as plus_minus,
    chosen.dnp_reason,
    chosen.primary_source_used,
    chosen.match_method
from chosen
inner join sides on chosen.game_id = sides.game_id and chosen.team_abbr = sides.team_abbr
left join nba_reference.nba_players_registry as person
    on chosen.universal_player_id = person.universal_player_id
where true
qualify row_number() over (
    partition by sides.game_date, chosen.player_lookup
    order by chosen.did_play desc, chosen.source_rank, chosen.game_id
) = 1

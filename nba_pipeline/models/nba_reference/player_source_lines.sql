-- description: Every row that a box score source has of a player and final game: game book, league game log, BallDontLie.
--   player_box_lines names the persons and chooses among the sources.
--   The log and the live feed's game book have person ids. The log's name the rows without one too: the row of the same
--   name, team and game, else the one row that equals the log's in fourteen statistics and to a minute.
--   An inactive player printed with the last name only is kept when he is the only one of that name in the team's list and
--   exactly one player of the team's roster or injury report of that date fits; otherwise he stays in nba_raw alone: he has
--   no key and did not play.
--   Who played is who appeared: seconds above zero, any recorded statistic, or 0 minutes in the league game log, which lists
--   nobody else. BallDontLie lists the bench with zeros; those rows are left out.
-- grain: One row per game, team, source and row.
-- key: game_id, team_abbr, source_rank, line_number
-- partition: game_date
-- cluster: sent_lookup, team_abbr
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: team_abbr | string | not null | Team the source lists the player for.
-- column: source_rank | int64 | not null; range=1..3 | 1 game book, 2 league game log, 3 BallDontLie.
-- column: line_number | int64 | not null; range=1.. | Place of the row in the source's list of the team, by name.
-- column: primary_source_used | string | not null; in=nbac_gamebook/nbac_player_boxscores/bdl_boxscores | Source of the row.
-- column: sent_lookup | string | not null | Folded name as sent, or as the log spells it where the log's row is the same.
-- column: sent_player_id | int64 | | NBA person id as sent, else of the log's row that names this one.
-- column: sent_name | string | | Name as sent; NULL where the source prints the last name only.
-- column: is_last_name_only | bool | not null | Whether the source prints the last name only.
-- column: is_on_the_roster | bool | not null | Whether the team's roster or injury report of that date has the name.
-- column: player_status | string | not null; in=active/dnp/inactive | active = listed as having played.
-- column: did_play | bool | not null | Whether the player appeared, by this source.
-- column: seconds_played | int64 | range=0..4500; unit=seconds | Playing time.
-- column: points | int64 | range=0.. | Points.
-- column: fg_makes | int64 | range=0.. | Field goals made, threes included.
-- column: fg_attempts | int64 | range=0.. | Field goals attempted, threes included.
-- column: three_pt_makes | int64 | range=0.. | Three-pointers made.
-- column: three_pt_attempts | int64 | range=0.. | Three-pointers attempted.
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
-- column: is_starter | bool | | Whether the player was in the starting line-up; NULL where the source does not say.
with
sides as (
    select *
    from nba_reference.game_sides
    where game_date between @start_date and @end_date and is_final
),

-- The sources' lists of statistics are the same, packed here; they get their names in the last select.
source_rows as (
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        cast(1 as int64) as source_rank,
        'nbac_gamebook' as primary_source_used,
        raw.nba_player_id as sent_player_id,
        raw.player_lookup as sent_lookup,
        if(raw.player_lookup is null, null, raw.player_name) as sent_name,
        raw.last_name_key,
        raw.player_status,
        raw.seconds_played, raw.points, raw.field_goals_made, raw.field_goals_attempted,
        raw.three_pointers_made, raw.three_pointers_attempted, raw.free_throws_made, raw.free_throws_attempted,
        raw.offensive_rebounds, raw.defensive_rebounds, raw.assists, raw.steals, raw.blocks,
        raw.turnovers, raw.personal_fouls,
        raw.plus_minus,
        raw.dnp_reason,
        raw.is_starter
    from sides
    inner join nba_raw.nbac_gamebook_player_stats as raw
        on
            sides.game_date = raw.game_date
            and sides.team_abbr = raw.team_abbr
            and sides.opponent_team_abbr in (raw.home_team_abbr, raw.away_team_abbr)
    where raw.game_date between @start_date and @end_date
    union all
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        cast(2 as int64) as source_rank,
        'nbac_player_boxscores' as primary_source_used,
        raw.nba_player_id as sent_player_id,
        raw.player_lookup as sent_lookup,
        raw.player_full_name as sent_name,
        cast(null as string) as last_name_key,
        'active' as player_status,
        raw.seconds_played, raw.points, raw.field_goals_made, raw.field_goals_attempted,
        raw.three_pointers_made, raw.three_pointers_attempted, raw.free_throws_made, raw.free_throws_attempted,
        raw.offensive_rebounds, raw.defensive_rebounds, raw.assists, raw.steals, raw.blocks,
        raw.turnovers, raw.personal_fouls,
        raw.plus_minus,
        cast(null as string) as dnp_reason,
        cast(null as bool) as is_starter
    from sides
    inner join nba_raw.nbac_player_boxscores as raw
        on
            sides.game_date = raw.game_date
            and sides.team_abbr = raw.team_abbr
            and sides.nba_game_id = raw.nba_game_id
    where raw.game_date between @start_date and @end_date
    union all
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        cast(3 as int64) as source_rank,
        'bdl_boxscores' as primary_source_used,
        cast(null as int64) as sent_player_id,
        raw.player_lookup as sent_lookup,
        raw.player_full_name as sent_name,
        cast(null as string) as last_name_key,
        'active' as player_status,
        raw.seconds_played, raw.points, raw.field_goals_made, raw.field_goals_attempted,
        raw.three_pointers_made, raw.three_pointers_attempted, raw.free_throws_made, raw.free_throws_attempted,
        raw.offensive_rebounds, raw.defensive_rebounds, raw.assists, raw.steals, raw.blocks,
        raw.turnovers, raw.personal_fouls,
        cast(null as int64) as plus_minus,
        cast(null as string) as dnp_reason,
        cast(null as bool) as is_starter
    from sides
    inner join nba_raw.bdl_player_boxscores as raw
        on
            sides.game_date = raw.game_date
            and sides.team_abbr = raw.team_abbr
            and sides.opponent_team_abbr in (raw.home_team_abbr, raw.away_team_abbr)
    where raw.game_date between @start_date and @end_date
),

source_rows_with_played_flag as (
    select
        *,
        coalesce(seconds_played, 0) > 0
        or (source_rank = 2 and seconds_played is not null)
        or (
            player_status = 'active'
            and coalesce(points, 0) + coalesce(field_goals_attempted, 0) + coalesce(free_throws_attempted, 0)
            + coalesce(offensive_rebounds, 0) + coalesce(defensive_rebounds, 0) + coalesce(assists, 0)
            + coalesce(steals, 0) + coalesce(blocks, 0) + coalesce(turnovers, 0) + coalesce(personal_fouls, 0) > 0
        ) as did_play
    from source_rows
),

names_by_team_and_date as (
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

single_last_names as (
    select
        game_id,
        team_abbr,
        last_name_key
    from source_rows_with_played_flag
    where source_rank = 1 and sent_lookup is null
    group by game_id, team_abbr, last_name_key
    having count(*) = 1
),

full_name_by_last_name as (
    select
        last_names.game_id,
        last_names.team_abbr,
        last_names.last_name_key,
        min(candidates.player_lookup) as found_lookup
    from single_last_names as last_names
    inner join sides
        on last_names.game_id = sides.game_id and last_names.team_abbr = sides.team_abbr
    inner join names_by_team_and_date as candidates
        on sides.game_date = candidates.game_date and last_names.team_abbr = candidates.team_abbr
    cross join unnest(['', 'jr', 'sr', 'ii', 'iii', 'iv']) as suffix
    left join source_rows_with_played_flag as other
        on
            last_names.game_id = other.game_id
            and last_names.team_abbr = other.team_abbr
            and candidates.player_lookup = other.sent_lookup
            and other.source_rank = 1
    where
        other.game_id is null
        and ends_with(candidates.player_lookup, concat(last_names.last_name_key, suffix))
    group by last_names.game_id, last_names.team_abbr, last_names.last_name_key
    having count(distinct candidates.player_lookup) = 1
),

named_rows as (
    select
        source_rows.*,
        coalesce(source_rows.sent_lookup, full_names.found_lookup) as name_key,
        source_rows.sent_lookup is null as is_last_name_only
    from source_rows_with_played_flag as source_rows
    left join full_name_by_last_name as full_names
        on
            source_rows.game_id = full_names.game_id
            and source_rows.team_abbr = full_names.team_abbr
            and source_rows.last_name_key = full_names.last_name_key
            and source_rows.sent_lookup is null
    where
        coalesce(source_rows.sent_lookup, full_names.found_lookup) is not null
        and (source_rows.source_rank < 3 or source_rows.did_play)
),

-- A row without a person id is the log's row of the same name.
log_row_by_name as (
    select
        game_id,
        team_abbr,
        name_key,
        min(sent_player_id) as log_player_id
    from named_rows
    where source_rank = 2
    group by game_id, team_abbr, name_key
    having count(*) = 1
),

-- Else it is the one row of the log that equals it and that no row of its own source has the name of.
log_twins as (
    select
        named.game_id,
        named.team_abbr,
        named.source_rank,
        named.name_key,
        log.name_key as log_lookup,
        log.sent_player_id as log_player_id
    from named_rows as named
    inner join named_rows as log
        on
            named.game_id = log.game_id
            and named.team_abbr = log.team_abbr
            and log.source_rank = 2
            and named.points = log.points
            and named.field_goals_made = log.field_goals_made
            and named.field_goals_attempted = log.field_goals_attempted
            and named.three_pointers_made = log.three_pointers_made
            and named.three_pointers_attempted = log.three_pointers_attempted
            and named.free_throws_made = log.free_throws_made
            and named.free_throws_attempted = log.free_throws_attempted
            and named.offensive_rebounds = log.offensive_rebounds
            and named.defensive_rebounds = log.defensive_rebounds
            and named.assists = log.assists
            and named.steals = log.steals
            and named.blocks = log.blocks
            and named.turnovers = log.turnovers
            and named.personal_fouls = log.personal_fouls
            and abs(named.seconds_played - log.seconds_played) <= 60
    left join log_row_by_name as own
        on named.game_id = own.game_id and named.team_abbr = own.team_abbr and named.name_key = own.name_key
    left join named_rows as taken
        on
            named.game_id = taken.game_id
            and named.team_abbr = taken.team_abbr
            and named.source_rank = taken.source_rank
            and log.name_key = taken.name_key
    where named.source_rank != 2 and named.did_play and own.game_id is null and taken.game_id is null
    qualify
        count(*) over (partition by named.game_id, named.team_abbr, named.source_rank, named.name_key) = 1
        and count(*) over (
            partition by named.game_id, named.team_abbr, named.source_rank, log.sent_player_id
        ) = 1
)

select
    named.game_id,
    named.game_date,
    named.team_abbr,
    named.source_rank,
    row_number() over (
        partition by named.game_id, named.team_abbr, named.source_rank
        order by
            named.name_key,
            named.sent_player_id,
            named.seconds_played desc,
            named.points desc,
            named.player_status,
            named.dnp_reason,
            named.sent_name
    ) as line_number,
    named.primary_source_used,
    coalesce(twins.log_lookup, named.name_key) as sent_lookup,
    coalesce(named.sent_player_id, same_name.log_player_id, twins.log_player_id) as sent_player_id,
    named.sent_name,
    named.is_last_name_only,
    candidates.player_lookup is not null as is_on_the_roster,
    named.player_status,
    named.did_play,
    named.seconds_played,
    named.points,
    named.field_goals_made as fg_makes,
    named.field_goals_attempted as fg_attempts,
    named.three_pointers_made as three_pt_makes,
    named.three_pointers_attempted as three_pt_attempts,
    named.free_throws_made as ft_makes,
    named.free_throws_attempted as ft_attempts,
    named.offensive_rebounds,
    named.defensive_rebounds,
    named.assists,
    named.steals,
    named.blocks,
    named.turnovers,
    named.personal_fouls,
    named.plus_minus,
    named.dnp_reason,
    named.is_starter
from named_rows as named
left join log_row_by_name as same_name
    on
        named.game_id = same_name.game_id
        and named.team_abbr = same_name.team_abbr
        and named.name_key = same_name.name_key
left join log_twins as twins
    on
        named.game_id = twins.game_id
        and named.team_abbr = twins.team_abbr
        and named.source_rank = twins.source_rank
        and named.name_key = twins.name_key
left join names_by_team_and_date as candidates
    on
        named.game_date = candidates.game_date
        and named.team_abbr = candidates.team_abbr
        and named.name_key = candidates.player_lookup

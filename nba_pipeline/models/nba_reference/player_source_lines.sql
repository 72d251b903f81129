-- description: Every line that a box score source has of a player and final game: game book, league game log, BallDontLie.
--   player_box_lines names the persons and chooses among the sources.
--   The log and the live feed's game book have person ids. The log's name the lines without one too: the line of the same
--   name, team and game, else the one line that equals the log's in fourteen statistics and to a minute.
--   An inactive player printed with the last name only is kept when he is the only one of that name in the team's list and
--   exactly one player of the team's roster or injury report of that date fits; otherwise he stays in nba_raw alone: he has
--   no key and did not play.
--   Who played is who appeared: seconds above zero, any recorded statistic, or 0 minutes in the league game log, which lists
--   nobody else. BallDontLie lists the bench with zeros; those lines are left out.
-- grain: One row per game, team, source and line.
-- key: game_id, team_abbr, source_rank, line_number
-- partition: game_date
-- cluster: sent_lookup, team_abbr
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: team_abbr | string | not null | Team the source lists the player for.
-- column: source_rank | int64 | not null; range=1..3 | 1 game book, 2 league game log, 3 BallDontLie.
-- column: line_number | int64 | not null; range=1.. | Place of the line in the source's list of the team, by name.
-- column: primary_source_used | string | not null; in=nbac_gamebook/nbac_player_boxscores/bdl_boxscores | Source of the line.
-- column: sent_lookup | string | not null | Folded name as sent, or as the log spells it where the log's line is the same.
-- column: sent_player_id | int64 | | NBA person id as sent, else of the log's line that names this one.
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

listed as (
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

appeared as (
    select
        *,
        coalesce(seconds_played, 0) > 0
        or (source_rank = 2 and seconds_played is not null)
        or (
            player_status = 'active'
            and coalesce(points, 0) + coalesce(fg_attempts, 0) + coalesce(ft_attempts, 0)
            + coalesce(offensive_rebounds, 0) + coalesce(defensive_rebounds, 0) + coalesce(assists, 0)
            + coalesce(steals, 0) + coalesce(blocks, 0) + coalesce(turnovers, 0) + coalesce(personal_fouls, 0) > 0
        ) as did_play
    from listed
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
    from appeared
    where source_rank = 1 and sent_lookup is null
    group by game_id, team_abbr, last_name_key
    having count(*) = 1
),

last_names as (
    select
        only_names.game_id,
        only_names.team_abbr,
        only_names.last_name_key,
        min(team_candidates.player_lookup) as found_lookup
    from only_names
    inner join sides
        on only_names.game_id = sides.game_id and only_names.team_abbr = sides.team_abbr
    inner join team_candidates
        on sides.game_date = team_candidates.game_date and only_names.team_abbr = team_candidates.team_abbr
    cross join unnest(['', 'jr', 'sr', 'ii', 'iii', 'iv']) as suffix
    left join appeared as other
        on
            only_names.game_id = other.game_id
            and only_names.team_abbr = other.team_abbr
            and team_candidates.player_lookup = other.sent_lookup
            and other.source_rank = 1
    where
        other.game_id is null
        and ends_with(team_candidates.player_lookup, concat(only_names.last_name_key, suffix))
    group by only_names.game_id, only_names.team_abbr, only_names.last_name_key
    having count(distinct team_candidates.player_lookup) = 1
),

lines as (
    select
        appeared.*,
        coalesce(appeared.sent_lookup, last_names.found_lookup) as name_key,
        appeared.sent_lookup is null as is_last_name_only
    from appeared
    left join last_names
        on
            appeared.game_id = last_names.game_id
            and appeared.team_abbr = last_names.team_abbr
            and appeared.last_name_key = last_names.last_name_key
            and appeared.sent_lookup is null
    where
        coalesce(appeared.sent_lookup, last_names.found_lookup) is not null
        and (appeared.source_rank < 3 or appeared.did_play)
),

-- A line without a person id is the log's line of the same name.
same_names as (
    select
        game_id,
        team_abbr,
        name_key,
        min(sent_player_id) as log_player_id
    from lines
    where source_rank = 2
    group by game_id, team_abbr, name_key
    having count(*) = 1
),

-- Else it is the one line of the log that equals it and that no line of its own source has the name of.
twins as (
    select
        lines.game_id,
        lines.team_abbr,
        lines.source_rank,
        lines.name_key,
        log.name_key as log_lookup,
        log.sent_player_id as log_player_id
    from lines
    inner join lines as log
        on
            lines.game_id = log.game_id
            and lines.team_abbr = log.team_abbr
            and log.source_rank = 2
            and lines.points = log.points
            and lines.fg_makes = log.fg_makes
            and lines.fg_attempts = log.fg_attempts
            and lines.three_pt_makes = log.three_pt_makes
            and lines.three_pt_attempts = log.three_pt_attempts
            and lines.ft_makes = log.ft_makes
            and lines.ft_attempts = log.ft_attempts
            and lines.offensive_rebounds = log.offensive_rebounds
            and lines.defensive_rebounds = log.defensive_rebounds
            and lines.assists = log.assists
            and lines.steals = log.steals
            and lines.blocks = log.blocks
            and lines.turnovers = log.turnovers
            and lines.personal_fouls = log.personal_fouls
            and abs(lines.seconds_played - log.seconds_played) <= 60
    left join same_names as own
        on lines.game_id = own.game_id and lines.team_abbr = own.team_abbr and lines.name_key = own.name_key
    left join lines as taken
        on
            lines.game_id = taken.game_id
            and lines.team_abbr = taken.team_abbr
            and lines.source_rank = taken.source_rank
            and log.name_key = taken.name_key
    where lines.source_rank != 2 and lines.did_play and own.game_id is null and taken.game_id is null
    qualify
        count(*) over (partition by lines.game_id, lines.team_abbr, lines.source_rank, lines.name_key) = 1
        and count(*) over (
            partition by lines.game_id, lines.team_abbr, lines.source_rank, log.sent_player_id
        ) = 1
)

select
    lines.game_id,
    lines.game_date,
    lines.team_abbr,
    lines.source_rank,
    row_number() over (
        partition by lines.game_id, lines.team_abbr, lines.source_rank
        order by
            lines.name_key,
            lines.sent_player_id,
            lines.seconds_played desc,
            lines.points desc,
            lines.player_status,
            lines.dnp_reason,
            lines.sent_name
    ) as line_number,
    lines.primary_source_used,
    coalesce(twins.log_lookup, lines.name_key) as sent_lookup,
    coalesce(lines.sent_player_id, same_names.log_player_id, twins.log_player_id) as sent_player_id,
    lines.sent_name,
    lines.is_last_name_only,
    team_candidates.player_lookup is not null as is_on_the_roster,
    lines.player_status,
    lines.did_play,
    lines.seconds_played,
    lines.points,
    lines.fg_makes,
    lines.fg_attempts,
    lines.three_pt_makes,
    lines.three_pt_attempts,
    lines.ft_makes,
    lines.ft_attempts,
    lines.offensive_rebounds,
    lines.defensive_rebounds,
    lines.assists,
    lines.steals,
    lines.blocks,
    lines.turnovers,
    lines.personal_fouls,
    lines.plus_minus,
    lines.dnp_reason,
    lines.is_starter
from lines
left join same_names
    on
        lines.game_id = same_names.game_id
        and lines.team_abbr = same_names.team_abbr
        and lines.name_key = same_names.name_key
left join twins
    on
        lines.game_id = twins.game_id
        and lines.team_abbr = twins.team_abbr
        and lines.source_rank = twins.source_rank
        and lines.name_key = twins.name_key
left join team_candidates
    on
        lines.game_date = team_candidates.game_date
        and lines.team_abbr = team_candidates.team_abbr
        and lines.name_key = team_candidates.player_lookup

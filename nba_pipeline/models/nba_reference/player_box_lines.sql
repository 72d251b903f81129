-- description: One box score row per player and game, chosen per team and game among the sources of player_source_lines: game
--   book, league game log, BallDontLie. The first choice whose players' points add up to the team's final score counts: a
--   source alone, or filled with the players that it lacks, or lists as not playing, from the sources below it. Among choices
--   that begin with the same source one whose playing time fits the length of a game goes first; one without minutes goes
--   last. Where nothing adds up the source with most points counts, and source_reason says so.
--   The game book says who did not play and why, also where its statistics do not count.
--   A person is told by person id, exact registry name, active alias, then a suffix variant unique in the registry, never by
--   the name of somebody with another person id; a row is never lost because a name is unknown. Namesakes are told apart by
--   person id only: in the registry the second one's key carries his running number, outside it the key carries the person
--   id. Without an id a namesake is unresolved and his key carries the team, so does that of two players who played on one
--   date under one name. Of a player listed twice the side where he played counts, then the side whose roster or injury report
--   names him.
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
-- column: nba_player_id | int64 | | NBA person id, from the league log's row of the game or the registry.
-- column: player_full_name | string | | Display name: the registry's, else as sent.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: home_game | bool | not null | True for the home team.
-- column: player_status | string | not null; in=active/dnp/inactive | active = listed as having played.
-- column: did_play | bool | not null; core | The one flag for who played: seconds played above zero, a recorded statistic, or a row of the league game log with 0 minutes.
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
-- column: primary_source_used | string | not null; in=nbac_gamebook/nbac_player_boxscores/bdl_boxscores | Source of the row.
-- column: match_method | string | not null; in=person_id/exact/alias/suffix/last_name_in_team/unresolved | How the name was resolved.
-- column: source_reason | string | in=adds_up/adds_up_with_other_sources/better_source_does_not_add_up/better_source_without_minutes/nothing_adds_up/no_final_score | Why the team's rows come from where they come from; the first is the ordinary case.
-- column: is_starter | bool | | Whether he was in the starting line-up; NULL where the source does not say, and for who did not play.
with
sides as (
    select *
    from nba_reference.game_sides
    where game_date between @start_date and @end_date and is_final
),

source_rows as (
    select *
    from nba_reference.player_source_lines
    where game_date between @start_date and @end_date
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

namesakes as (
    select player_lookup
    from nba_reference.nba_players_registry
    group by player_lookup
    having count(*) > 1
),

rows_with_names as (
    select
        source_rows.*,
        namesakes.player_lookup is not null as is_namesake,
        names.player_lookup as found_lookup,
        names.universal_player_id as found_id,
        if(source_rows.is_last_name_only, 'last_name_in_team', coalesce(names.match_method, 'unresolved'))
            as found_method
    from source_rows
    left join namesakes on source_rows.sent_lookup = namesakes.player_lookup
    left join nba_reference.registry_spellings as names on source_rows.sent_lookup = names.spelling
),

rows_with_persons as (
    select
        named.* except (is_namesake, found_lookup, found_id, found_method),
        case
            when by_id.nba_player_id is not null then by_id.player_lookup
            when person.nba_player_id != named.sent_player_id
                then concat(named.sent_lookup, cast(named.sent_player_id as string))
            when named.found_lookup is not null then named.found_lookup
            when named.is_namesake
                then concat(
                    named.sent_lookup, coalesce(cast(named.sent_player_id as string), lower(named.team_abbr))
                )
            else named.sent_lookup
        end as player_lookup,
        case
            when by_id.nba_player_id is not null then by_id.universal_player_id
            when person.nba_player_id != named.sent_player_id then null
            else named.found_id
        end as universal_player_id,
        case
            when by_id.nba_player_id is not null then 'person_id'
            when person.nba_player_id != named.sent_player_id or named.is_namesake then 'unresolved'
            else named.found_method
        end as match_method
    from rows_with_names as named
    left join registry_by_id as by_id on named.sent_player_id = by_id.nba_player_id
    left join nba_reference.nba_players_registry as person on named.found_id = person.universal_player_id
),

players_who_sat_out as (
    select
        game_id,
        team_abbr,
        player_lookup
    from rows_with_persons
    where source_rank = 1
    group by game_id, team_abbr, player_lookup
    having countif(did_play) = 0
),

-- A choice is a source and, below it, the sources that fill it.
source_choices as (
    select
        first_rank,
        last_rank
    from unnest([1, 2, 3]) as first_rank
    cross join unnest([1, 2, 3]) as last_rank
    where first_rank <= last_rank
),

rows_by_choice as (
    select
        choices.first_rank,
        choices.last_rank,
        persons.game_id,
        persons.team_abbr,
        persons.source_rank,
        persons.player_lookup,
        persons.did_play,
        persons.points,
        persons.seconds_played
    from rows_with_persons as persons
    inner join source_choices as choices on persons.source_rank between choices.first_rank and choices.last_rank
    where true
    qualify row_number() over (
        partition by
            choices.first_rank, choices.last_rank, persons.game_id, persons.team_abbr, persons.player_lookup
        order by persons.did_play desc, persons.source_rank, persons.line_number
    ) = 1
),

team_sums_by_choice as (
    select
        chosen.game_id,
        chosen.team_abbr,
        chosen.first_rank,
        chosen.last_rank,
        coalesce(sum(if(chosen.did_play, chosen.points, null)), 0) as points,
        coalesce(sum(if(chosen.did_play, chosen.seconds_played, null)), 0) as seconds_played,
        countif(chosen.did_play) as players,
        countif(chosen.did_play and chosen.source_rank = chosen.first_rank) as own_players,
        countif(chosen.did_play and chosen.source_rank > 1) as rounded_rows,
        countif(chosen.source_rank > chosen.first_rank) as filled_rows,
        countif(chosen.did_play and sat_out.player_lookup is not null) as returned_players
    from rows_by_choice as chosen
    left join players_who_sat_out as sat_out
        on
            chosen.game_id = sat_out.game_id
            and chosen.team_abbr = sat_out.team_abbr
            and chosen.player_lookup = sat_out.player_lookup
    group by chosen.game_id, chosen.team_abbr, chosen.first_rank, chosen.last_rank
    having countif(chosen.source_rank = chosen.first_rank) > 0
),

rated_choices as (
    select
        sums.*,
        sides.team_score,
        coalesce(sums.points = sides.team_score and sums.players >= 5, false) as adds_up,
        -- Half of what a team plays in regulation: less is no playing time, but its absence.
        sums.seconds_played >= 7200 as has_minutes,
        -- A team plays 240 minutes (14,400 seconds) and 25 (1,500) per overtime, so that seconds + 600 is a multiple of
        -- 1,500. A minute more or less is tolerated, five where minutes are whole: shifted by as much, the remainder is
        -- at most twice as much.
        if(
            sums.rounded_rows = 0,
            mod(sums.seconds_played + 660, 1500) <= 120,
            mod(sums.seconds_played + 900, 1500) <= 600
        ) as fits_a_game
    from team_sums_by_choice as sums
    inner join sides on sums.game_id = sides.game_id and sums.team_abbr = sides.team_abbr
),

best_choice_by_team as (
    select
        *,
        case
            when team_score is null then 'no_final_score'
            when not adds_up then 'nothing_adds_up'
            when filled_rows > 0 and last_rank > first_rank then 'adds_up_with_other_sources'
            when first_rank = min(first_rank) over (partition by game_id, team_abbr) then 'adds_up'
            when
                min(if(adds_up, first_rank, null)) over (partition by game_id, team_abbr) < first_rank
                then 'better_source_without_minutes'
            else 'better_source_does_not_add_up'
        end as source_reason
    from rated_choices
    where first_rank = last_rank or (adds_up and own_players > 0)
    qualify row_number() over (
        partition by game_id, team_abbr
        order by
            adds_up desc,
            has_minutes desc,
            if(adds_up, 0, points) desc,
            first_rank,
            fits_a_game desc,
            returned_players desc,
            last_rank
    ) = 1
),

chosen_rows as (
    select
        persons.*,
        choice.source_reason
    from rows_with_persons as persons
    inner join best_choice_by_team as choice
        on persons.game_id = choice.game_id and persons.team_abbr = choice.team_abbr
    where
        persons.source_rank between choice.first_rank and choice.last_rank
        or (persons.source_rank = 1 and persons.player_status != 'active' and not persons.did_play)
    qualify row_number() over (
        partition by persons.game_id, persons.team_abbr, persons.player_lookup
        order by persons.did_play desc, persons.source_rank, persons.player_status, persons.line_number
    ) = 1
),

-- Nobody plays twice on a date: two who played under one key are two persons.
rows_claimed_by_date as (
    select
        *,
        countif(did_play) over (partition by game_date, player_lookup) > 1 as is_claimed_twice,
        row_number() over (
            partition by game_date, player_lookup
            order by
                did_play desc,
                match_method = 'person_id' desc,
                is_on_the_roster desc,
                source_rank,
                player_status,
                team_abbr
        ) as place
    from chosen_rows
),

rows_by_person as (
    select
        * except (player_lookup, universal_player_id, match_method),
        if(is_somebody_else, concat(player_lookup, lower(team_abbr)), player_lookup) as player_lookup,
        if(is_somebody_else, null, universal_player_id) as universal_player_id,
        if(is_somebody_else, 'unresolved', match_method) as match_method
    from (
        select
            *,
            did_play and is_claimed_twice and (place > 1 or match_method != 'person_id') as is_somebody_else
        from rows_claimed_by_date
        where place = 1 or did_play
    )
)

select
    persons.game_id,
    sides.game_date,
    sides.season_year,
    sides.season_type,
    persons.player_lookup,
    persons.universal_player_id,
    coalesce(persons.sent_player_id, person.nba_player_id) as nba_player_id,
    coalesce(person.player_name, persons.sent_name) as player_full_name,
    persons.team_abbr,
    sides.opponent_team_abbr,
    sides.home_game,
    persons.player_status,
    persons.did_play,
    if(persons.player_status = 'active', persons.seconds_played, null) as seconds_played,
    if(persons.did_play, persons.points, null) as points,
    if(persons.did_play, persons.fg_makes, null) as fg_makes,
    if(persons.did_play, persons.fg_attempts, null) as fg_attempts,
    if(persons.did_play, persons.three_pt_makes, null) as three_pt_makes,
    if(persons.did_play, persons.three_pt_attempts, null) as three_pt_attempts,
    if(persons.did_play, persons.ft_makes, null) as ft_makes,
    if(persons.did_play, persons.ft_attempts, null) as ft_attempts,
    if(persons.did_play, persons.offensive_rebounds, null) as offensive_rebounds,
    if(persons.did_play, persons.defensive_rebounds, null) as defensive_rebounds,
    if(persons.did_play, persons.assists, null) as assists,
    if(persons.did_play, persons.steals, null) as steals,
    if(persons.did_play, persons.blocks, null) as blocks,
    if(persons.did_play, persons.turnovers, null) as turnovers,
    if(persons.did_play, persons.personal_fouls, null) as personal_fouls,
    if(persons.did_play, persons.plus_minus, null) as plus_minus,
    persons.dnp_reason,
    persons.primary_source_used,
    persons.match_method,
    persons.source_reason,
    if(persons.did_play, persons.is_starter, null) as is_starter
from rows_by_person as persons
inner join sides on persons.game_id = sides.game_id and persons.team_abbr = sides.team_abbr
left join nba_reference.nba_players_registry as person
    on persons.universal_player_id = person.universal_player_id

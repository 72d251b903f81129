-- description: Every field goal attempt of a final game that its source has. One source per game: the first whole one of
--   BigDataBall, NBA.com and the league shot chart (zones only), else the first that has any. Whole means that attempts and
--   makes of both teams are those of the box score and every attempt has a zone.
--   Zone by value first: a three is a three; a two within 8 feet is paint, farther out mid-range, without a distance unknown.
--   Paint is an 8-foot radius, not the painted area.
-- grain: One row per game and field goal attempt.
-- key: game_id, event_key
-- partition: game_date
-- cluster: player_lookup
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: event_key | int64 | not null | The source's number of the event inside the game.
-- column: source | string | not null; in=bigdataball_pbp/nbac_pbp/nbac_shot_chart | Source of all attempts of the game.
-- column: team_abbr | string | not null | Team of the shooter.
-- column: opponent_team_abbr | string | not null | Defending team.
-- column: player_lookup | string | | Shooter as in the box score; NULL when the source's name fits nobody in the game.
-- column: zone | string | not null; in=paint/mid_range/three/unknown; core | Zone of the attempt.
-- column: shot_distance | float64 | range=0..100; unit=feet | Distance from the rim.
-- column: is_made | bool | not null; core | Whether it went in.
-- column: is_assisted | bool | | Whether a made attempt was assisted; NULL for misses and where the source cannot say.
-- column: is_blocked | bool | | Whether it was blocked; NULL where the source cannot say.
-- column: blocker_lookup | string | | Blocker as in the box score; NULL when not blocked or unknown.
-- column: is_and1 | bool | | Whether a one-shot free throw by the shooter followed at the same clock; NULL where the source cannot say.
-- column: is_whole_game | bool | | Whether the source has the game whole, the same for all its attempts; only whole games count in zones.
with
sides as (
    select *
    from nba_reference.game_sides
    where game_date between @start_date and @end_date and is_final
),

box_players as (
    select
        game_id,
        player_lookup,
        nba_player_id
    from nba_reference.player_box_lines
    where game_date between @start_date and @end_date
),

box_players_by_id as (
    select
        game_id,
        nba_player_id,
        min(player_lookup) as player_lookup
    from box_players
    where nba_player_id is not null
    group by game_id, nba_player_id
),

bdb_events as (
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        sides.opponent_team_abbr,
        raw.event_sequence,
        raw.event_type,
        raw.period,
        raw.game_clock_seconds,
        raw.player_1_lookup,
        raw.player_2_lookup,
        raw.player_2_role,
        raw.shot_made,
        raw.shot_type,
        raw.shot_distance,
        raw.free_throw_trip
    from nba_raw.bigdataball_play_by_play as raw
    inner join sides
        on
            raw.nba_game_id = sides.nba_game_id
            and raw.game_date = sides.game_date
            and raw.team_abbr = sides.team_abbr
    where raw.game_date between @start_date and @end_date and raw.event_type in ('shot', 'free throw')
),

bdb_names as (
    select
        game_id,
        player_1_lookup as sent_lookup
    from bdb_events
    where player_1_lookup is not null
    union distinct
    select
        game_id,
        player_2_lookup as sent_lookup
    from bdb_events
    where player_2_lookup is not null and player_2_role = 'block'
),

-- A name is a player of the box score itself, else by an active alias, else but for a suffix.
candidates_by_spelling as (
    select
        bdb_names.game_id,
        bdb_names.sent_lookup,
        box.player_lookup
    from bdb_names
    left join nba_reference.player_aliases as aliases
        on bdb_names.sent_lookup = aliases.alias_lookup and aliases.is_active
    inner join box_players as box
        on
            bdb_names.game_id = box.game_id
            and (
                box.player_lookup in (bdb_names.sent_lookup, aliases.nba_canonical_lookup)
                or (
                    starts_with(box.player_lookup, bdb_names.sent_lookup)
                    and substr(box.player_lookup, length(bdb_names.sent_lookup) + 1)
                    in ('jr', 'sr', 'ii', 'iii', 'iv', 'v')
                )
                or (
                    starts_with(bdb_names.sent_lookup, box.player_lookup)
                    and substr(bdb_names.sent_lookup, length(box.player_lookup) + 1)
                    in ('jr', 'sr', 'ii', 'iii', 'iv', 'v')
                )
            )
    where true
    qualify rank() over (
        partition by bdb_names.game_id, bdb_names.sent_lookup
        order by
            case box.player_lookup when bdb_names.sent_lookup then 1 when aliases.nba_canonical_lookup then 2 else 3 end
    ) = 1
),

player_by_spelling as (
    select
        game_id,
        sent_lookup,
        min(candidates.player_lookup) as player_lookup
    from candidates_by_spelling as candidates
    group by game_id, sent_lookup
    having count(distinct candidates.player_lookup) = 1
),

bdb_one_shot_trips as (
    select distinct
        game_id,
        period,
        game_clock_seconds,
        player_1_lookup
    from bdb_events
    where event_type = 'free throw' and free_throw_trip = 1
),

bdb_shots as (
    select
        bdb.game_id,
        bdb.game_date,
        bdb.event_sequence as event_key,
        'bigdataball_pbp' as source,
        bdb.team_abbr,
        bdb.opponent_team_abbr,
        shooter.player_lookup,
        bdb.shot_type = '3PT' as is_three,
        bdb.shot_distance,
        coalesce(bdb.shot_made, false) as is_made,
        if(coalesce(bdb.shot_made, false), coalesce(bdb.player_2_role = 'assist', false), null) as is_assisted,
        coalesce(bdb.player_2_role = 'block', false) as is_blocked,
        blocker.player_lookup as blocker_lookup,
        coalesce(bdb.shot_made, false) and bdb_one_shot_trips.game_id is not null as is_and1
    from bdb_events as bdb
    left join player_by_spelling as shooter
        on bdb.game_id = shooter.game_id and bdb.player_1_lookup = shooter.sent_lookup
    left join player_by_spelling as blocker
        on
            bdb.game_id = blocker.game_id
            and bdb.player_2_lookup = blocker.sent_lookup
            and bdb.player_2_role = 'block'
    left join bdb_one_shot_trips
        on
            bdb.game_id = bdb_one_shot_trips.game_id
            and bdb.period = bdb_one_shot_trips.period
            and bdb.game_clock_seconds = bdb_one_shot_trips.game_clock_seconds
            and bdb.player_1_lookup = bdb_one_shot_trips.player_1_lookup
    where bdb.event_type = 'shot'
),

nbac_events as (
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        sides.opponent_team_abbr,
        raw.event_id,
        raw.action_type,
        raw.sub_type,
        raw.period,
        raw.game_clock_seconds,
        raw.nba_player_id,
        raw.shot_result,
        raw.shot_distance,
        raw.assist_player_id,
        raw.block_player_id
    from nba_raw.nbac_play_by_play as raw
    inner join sides
        on
            raw.nba_game_id = sides.nba_game_id
            and raw.game_date = sides.game_date
            and raw.team_abbr = sides.team_abbr
    where
        raw.game_date between @start_date and @end_date
        and raw.action_type in ('2pt', '3pt', 'freethrow')
),

nbac_one_shot_trips as (
    select distinct
        game_id,
        period,
        game_clock_seconds,
        nba_player_id
    from nbac_events
    where action_type = 'freethrow' and sub_type = '1 of 1'
),

nbac_shots as (
    select
        nbac.game_id,
        nbac.game_date,
        nbac.event_id as event_key,
        'nbac_pbp' as source,
        nbac.team_abbr,
        nbac.opponent_team_abbr,
        shooter.player_lookup,
        nbac.action_type = '3pt' as is_three,
        nbac.shot_distance,
        coalesce(nbac.shot_result = 'Made', false) as is_made,
        if(nbac.shot_result = 'Made', nbac.assist_player_id is not null, null) as is_assisted,
        nbac.block_player_id is not null as is_blocked,
        blocker.player_lookup as blocker_lookup,
        coalesce(nbac.shot_result = 'Made', false) and nbac_one_shot_trips.game_id is not null as is_and1
    from nbac_events as nbac
    left join box_players_by_id as shooter
        on nbac.game_id = shooter.game_id and nbac.nba_player_id = shooter.nba_player_id
    left join box_players_by_id as blocker
        on nbac.game_id = blocker.game_id and nbac.block_player_id = blocker.nba_player_id
    left join nbac_one_shot_trips
        on
            nbac.game_id = nbac_one_shot_trips.game_id
            and nbac.period = nbac_one_shot_trips.period
            and nbac.game_clock_seconds = nbac_one_shot_trips.game_clock_seconds
            and nbac.nba_player_id = nbac_one_shot_trips.nba_player_id
    where nbac.action_type in ('2pt', '3pt')
),

chart_shots as (
    select
        sides.game_id,
        sides.game_date,
        raw.game_event_id as event_key,
        'nbac_shot_chart' as source,
        sides.team_abbr,
        sides.opponent_team_abbr,
        coalesce(by_id.player_lookup, box.player_lookup) as player_lookup,
        raw.shot_type = '3PT Field Goal' as is_three,
        cast(raw.shot_distance as float64) as shot_distance,
        raw.shot_made_flag as is_made,
        cast(null as bool) as is_assisted,
        cast(null as bool) as is_blocked,
        cast(null as string) as blocker_lookup,
        cast(null as bool) as is_and1
    from nba_raw.nbac_shot_chart as raw
    inner join sides
        on
            raw.nba_game_id = sides.nba_game_id
            and raw.game_date = sides.game_date
            and raw.team_abbr = sides.team_abbr
    left join box_players_by_id as by_id on sides.game_id = by_id.game_id and raw.nba_player_id = by_id.nba_player_id
    left join box_players as box on sides.game_id = box.game_id and raw.player_lookup = box.player_lookup
    where raw.game_date between @start_date and @end_date
),

shots_by_source as (
    select
        1 as preference,
        *
    from bdb_shots
    union all
    select
        2 as preference,
        *
    from nbac_shots
    union all
    select
        3 as preference,
        *
    from chart_shots
),

shots_by_team_and_source as (
    select
        game_id,
        team_abbr,
        preference,
        count(*) as attempts,
        countif(is_made) as makes,
        countif(not is_three and shot_distance is null) as without_zone
    from shots_by_source
    group by game_id, team_abbr, preference
),

sources_by_game as (
    select
        counts.game_id,
        counts.preference,
        countif(
            counts.attempts = totals.fg_attempts
            and counts.makes = totals.fg_makes
            and counts.without_zone = 0
        ) = 2 as is_whole_game
    from shots_by_team_and_source as counts
    left join nba_reference.team_box_lines as totals
        on
            counts.game_id = totals.game_id
            and counts.team_abbr = totals.team_abbr
            and totals.game_date between @start_date and @end_date
    group by counts.game_id, counts.preference
),

best_source_by_game as (
    select *
    from sources_by_game
    where true
    qualify row_number() over (partition by game_id order by if(is_whole_game, 0, 1), preference) = 1
)

select
    shots.game_id,
    shots.game_date,
    shots.event_key,
    shots.source,
    shots.team_abbr,
    shots.opponent_team_abbr,
    shots.player_lookup,
    case
        when shots.is_three then 'three'
        when shots.shot_distance is null then 'unknown'
        when shots.shot_distance <= 8 then 'paint'
        else 'mid_range'
    end as zone,
    shots.shot_distance,
    shots.is_made,
    shots.is_assisted,
    shots.is_blocked,
    shots.blocker_lookup,
    shots.is_and1,
    best_source.is_whole_game
from shots_by_source as shots
inner join best_source_by_game as best_source
    on shots.game_id = best_source.game_id and shots.preference = best_source.preference

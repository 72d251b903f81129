-- description: Every game of the schedule that took or will take place: the only maker of game ids and of home and away.
--   Of several captures and feeds the highest status wins, then the newest capture. A game that is not final is left out when
--   the schedule's words call it postponed or cancelled; when a newer capture of its feed no longer lists it on the date;
--   when a newer capture has its id on another date; when a capture taken half a day after tip-off (after midnight Eastern
--   where the time is unknown) still calls it scheduled. A postponement code without a word counts only where it does not
--   stand at every game of the date. Should the schedule list a team twice on a date, only the game of higher status, then
--   the newer capture, stays.
--   A tip-off outside nine Eastern to midnight of the date, or of a game whose words are TBD, is a placeholder: unknown.
-- grain: One row per game and Eastern date.
-- key: game_id
-- unique: nba_game_id, game_date
-- unique: game_date, home_team_abbr
-- unique: game_date, away_team_abbr
-- partition: game_date
-- cluster: game_id
-- column: game_id | string | not null | YYYYMMDD_AWAY_HOME, Eastern date and NBA tricodes.
-- column: nba_game_id | string | not null | Ten-digit NBA id; may appear again on another date after a postponement.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null; range=2021..2100 | Starting year of the season.
-- column: season_type | string | not null; in=regular/cup_final/play_in/playoffs | Kind of game, from the NBA id. The Cup final counts for rest, not for season averages.
-- column: game_status | int64 | not null; range=1..3 | 1 scheduled, 2 in progress, 3 final.
-- column: is_final | bool | not null | True at status 3.
-- column: tipoff_at | timestamp | | Tip-off, UTC; NULL where the source has no time or a placeholder.
-- column: home_team_abbr | string | not null; core | Home team; nominal at a neutral site.
-- column: away_team_abbr | string | not null; core | Away team.
-- column: home_team_score | int64 | range=0..250; unit=points | Final points of the home team; NULL before the end.
-- column: away_team_score | int64 | range=0..250; unit=points | Final points of the away team; NULL before the end.
-- column: neutral_site_flag | bool | not null | True when neither team is at home.
-- column: arena_id | string | | Venue in nba_reference.arenas; NULL when a neutral venue is not known there.
-- check: teams_differ | block | A game has two teams. | home_team_abbr = away_team_abbr
with
schedule_rows as (
    select
        raw.game_id as nba_game_id,
        raw.game_date,
        raw.season_year,
        raw.game_status,
        raw.home_team_tricode,
        raw.away_team_tricode,
        raw.home_team_score,
        raw.away_team_score,
        raw.neutral_site_flag,
        raw.arena_city,
        raw.fetched_at,
        raw.data_source,
        raw.source_file,
        raw.record_number,
        substr(raw.game_id, 3, 1) as type_digit,
        regexp_contains(lower(coalesce(raw.game_status_text, '')), r'\b(tbd|tba)\b') as has_no_time,
        regexp_contains(lower(coalesce(raw.game_status_text, '')), r'ppd|postpone|cancel|cncl') as is_off_in_words,
        regexp_contains(upper(coalesce(raw.postponed_status, '')), r'^[YP]') as has_off_code,
        -- No game starts before nine in the morning Eastern (minute 540), or on the day after (minute 1440).
        if(
            raw.tipoff_at >= timestamp_add(
                cast(raw.game_date as timestamp), interval 540 - coalesce(eastern.utc_offset_minutes, -240) minute
            )
            and raw.tipoff_at < timestamp_add(
                cast(raw.game_date as timestamp), interval 1440 - coalesce(eastern.utc_offset_minutes, -240) minute
            ),
            raw.tipoff_at,
            null
        ) as tipoff_at,
        raw.tipoff_at is not null as states_time
    from nba_raw.nbac_schedule as raw
    left join nba_reference.arena_clocks as eastern
        on
            eastern.arena_id = 'madison_square_garden'
            and raw.game_date between eastern.valid_from and eastern.valid_to
    where
        raw.game_date between cast(date_sub(@start_date, interval 300 day) as date)
        and cast(date_add(@end_date, interval 300 day) as date)
        and substr(raw.game_id, 3, 1) in ('2', '4', '5', '6')
        and raw.home_team_tricode != raw.away_team_tricode
),

-- What is said of a time before the game: 1970 stands for a placeholder, which takes back an earlier time.
schedule_rows_with_statements as (
    select
        *,
        if(
            game_status = 1 and (has_no_time or (states_time and tipoff_at is null)),
            timestamp '1970-01-01 00:00:00+00',
            tipoff_at
        ) as tipoff_statement,
        game_status < 3
        and (
            is_off_in_words
            or (
                has_off_code
                and countif(has_off_code) over (partition by game_date, data_source)
                < count(*) over (partition by game_date, data_source)
            )
        ) as is_off,
        -- A box score says nothing of the site and speaks for its own game only.
        max(if(data_source != 'archive' and neutral_site_flag is not null, fetched_at, null)) over (
            partition by game_date, data_source
        ) as feed_spoke_at
    from schedule_rows
),

newest_row_by_game as (
    select
        stated.* except (tipoff_at, tipoff_statement, neutral_site_flag, arena_city),
        nullif(
            last_value(tipoff_statement ignore nulls) over known, timestamp '1970-01-01 00:00:00+00'
        ) as tipoff_at,
        coalesce(last_value(neutral_site_flag ignore nulls) over known, false) as neutral_site_flag,
        last_value(arena_city ignore nulls) over known as arena_city,
        max(fetched_at) over known as listed_at,
        max(if(data_source != 'archive' and fetched_at < feed_spoke_at, feed_spoke_at, null)) over known as silent_at
    from schedule_rows_with_statements as stated
    where true
    qualify row_number() over (
        partition by nba_game_id, game_date
        order by
            if(is_off, greatest(game_status, 2), game_status) desc,
            fetched_at desc,
            data_source,
            source_file,
            record_number
    ) = 1
    window known as (
        partition by nba_game_id, game_date
        order by game_status, fetched_at, data_source desc, source_file desc, record_number desc
        rows between unbounded preceding and unbounded following
    )
),

-- Not called off, not taken out by its feed, and not scheduled still when it should be over: twelve hours after tip-off,
-- or after 17:00 UTC (minute 1020), noon Eastern, where nothing tells when it starts.
games_still_on as (
    select *
    from newest_row_by_game
    where
        not is_off
        and (game_status > 1 or silent_at is null or silent_at <= listed_at)
        and (
            game_status > 1
            or fetched_at < timestamp_add(
                coalesce(tipoff_at, timestamp_add(cast(game_date as timestamp), interval 1020 minute)),
                interval 720 minute
            )
        )
),

games_moved_elsewhere as (
    select distinct
        here.nba_game_id,
        here.game_date
    from games_still_on as here
    inner join games_still_on as there
        on here.nba_game_id = there.nba_game_id and here.game_date != there.game_date
    where
        not here.game_status = 3
        and (
            there.game_status = 3
            or there.listed_at > here.listed_at
            or (there.listed_at = here.listed_at and there.game_date > here.game_date)
        )
),

games_on_their_date as (
    select games.*
    from games_still_on as games
    left join games_moved_elsewhere as moved
        on games.nba_game_id = moved.nba_game_id and games.game_date = moved.game_date
    where games.game_date between @start_date and @end_date and moved.nba_game_id is null
),

games_by_place as (
    select
        *,
        row_number() over (
            partition by game_date order by game_status desc, fetched_at desc, nba_game_id
        ) as place
    from games_on_their_date
),

best_game_by_team as (
    select
        game_date,
        team,
        min(place) as place
    from (
        select
            game_date,
            home_team_tricode as team,
            place
        from games_by_place
        union all
        select
            game_date,
            away_team_tricode as team,
            place
        from games_by_place
    )
    group by game_date, team
),

one_game_per_team as (
    select games.*
    from games_by_place as games
    inner join best_game_by_team as home
        on
            games.game_date = home.game_date
            and games.home_team_tricode = home.team
            and games.place = home.place
    inner join best_game_by_team as away
        on
            games.game_date = away.game_date
            and games.away_team_tricode = away.team
            and games.place = away.place
),

arenas_by_city as (
    select
        city,
        min(arena_id) as arena_id
    from nba_reference.arenas
    group by city
)

select
    concat(
        replace(cast(game.game_date as string), '-', ''), '_', game.away_team_tricode, '_', game.home_team_tricode
    ) as game_id,
    game.nba_game_id,
    game.game_date,
    game.season_year,
    case game.type_digit
        when '2' then 'regular' when '6' then 'cup_final' when '5' then 'play_in' else 'playoffs'
    end as season_type,
    game.game_status,
    game.game_status = 3 as is_final,
    game.tipoff_at,
    game.home_team_tricode as home_team_abbr,
    game.away_team_tricode as away_team_abbr,
    if(game.game_status = 3, game.home_team_score, null) as home_team_score,
    if(game.game_status = 3, game.away_team_score, null) as away_team_score,
    game.neutral_site_flag,
    if(game.neutral_site_flag, arenas_by_city.arena_id, team_arenas.arena_id) as arena_id
from one_game_per_team as game
left join nba_reference.team_arenas
    on game.home_team_tricode = team_arenas.team_abbr and game.season_year = team_arenas.season_year
left join arenas_by_city
    on game.arena_city = arenas_by_city.city
;

-- check: final_games_have_scores | block | A final game has a winner.
select *
from nba_reference.dim_game
where
    is_final
    and (home_team_score is null or away_team_score is null or home_team_score = away_team_score)

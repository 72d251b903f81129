-- description: Every game of the schedule that took or will take place: the only maker of game ids and of home and away.
--   Of several captures and feeds the highest status wins, then the newest capture; what it does not state (archives
--   know no tip-off and no venue, box scores no neutral site) comes from the next that does. A game that a capture taken half a
--   day after tip-off (after midnight Eastern where the source has no time) still calls scheduled did not take place on
--   that date and is left out. Should the schedule list a team twice on a date, only the game of higher status, then the
--   newer capture, stays.
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
-- column: tipoff_at | timestamp | | Tip-off, UTC; NULL where the source has no time.
-- column: home_team_abbr | string | not null; core | Home team; nominal at a neutral site.
-- column: away_team_abbr | string | not null; core | Away team.
-- column: home_team_score | int64 | range=0..250; unit=points | Final points of the home team; NULL before the end.
-- column: away_team_score | int64 | range=0..250; unit=points | Final points of the away team; NULL before the end.
-- column: neutral_site_flag | bool | not null | True when neither team is at home.
-- column: arena_id | string | | Venue in nba_reference.arenas; NULL when a neutral venue is not known there.
-- check: teams_differ | error | A game has two teams. | home_team_abbr = away_team_abbr
-- check: final_games_have_scores | error | A final game has a winner. | is_final and (home_team_score is null or away_team_score is null or home_team_score = away_team_score)
with
captures as (
    select
        game_id as nba_game_id,
        game_date,
        season_year,
        game_status,
        tipoff_at,
        home_team_tricode,
        away_team_tricode,
        home_team_score,
        away_team_score,
        neutral_site_flag,
        arena_city,
        fetched_at,
        data_source,
        source_file,
        record_number,
        substr(game_id, 3, 1) as type_digit
    from nba_raw.nbac_schedule
    where
        game_date between @start_date and @end_date
        and substr(game_id, 3, 1) in ('2', '4', '5', '6')
        and home_team_tricode != away_team_tricode
),

per_game as (
    select
        captures.* except (tipoff_at, neutral_site_flag, arena_city),
        last_value(tipoff_at ignore nulls) over known as tipoff_at,
        coalesce(last_value(neutral_site_flag ignore nulls) over known, false) as neutral_site_flag,
        last_value(arena_city ignore nulls) over known as arena_city
    from captures
    where true
    qualify row_number() over (
        partition by nba_game_id, game_date
        order by game_status desc, fetched_at desc, data_source, source_file, record_number
    ) = 1
    window known as (
        partition by nba_game_id, game_date
        order by game_status, fetched_at, data_source desc, source_file desc, record_number desc
        rows between unbounded preceding and unbounded following
    )
),

took_place as (
    select *
    from per_game
    where
        game_status > 1
        or fetched_at < timestamp_add(
            coalesce(tipoff_at, timestamp_add(cast(game_date as timestamp), interval 1020 minute)), interval 720 minute
        )
),

ranked as (
    select
        *,
        row_number() over (
            partition by game_date order by game_status desc, fetched_at desc, nba_game_id
        ) as place
    from took_place
),

best_of_team as (
    select
        game_date,
        team,
        min(place) as place
    from (
        select
            game_date,
            home_team_tricode as team,
            place
        from ranked
        union all
        select
            game_date,
            away_team_tricode as team,
            place
        from ranked
    )
    group by game_date, team
),

one_per_team as (
    select ranked.*
    from ranked
    inner join best_of_team as home
        on
            ranked.game_date = home.game_date
            and ranked.home_team_tricode = home.team
            and ranked.place = home.place
    inner join best_of_team as away
        on
            ranked.game_date = away.game_date
            and ranked.away_team_tricode = away.team
            and ranked.place = away.place
),

neutral_venues as (
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
    if(game.neutral_site_flag, neutral_venues.arena_id, team_arenas.arena_id) as arena_id
from one_per_team as game
left join nba_reference.team_arenas
    on game.home_team_tricode = team_arenas.team_abbr and game.season_year = team_arenas.season_year
left join neutral_venues
    on game.arena_city = neutral_venues.city

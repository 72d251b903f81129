-- table: nba_reference.dim_game
-- check: V11 calendar_agrees_with_the_schedule | error | No game is played outside its season's dates or in its
--   All-Star break, and opening night has games.
-- date: game_date
with
outside as (
    select
        dim_game.game_date,
        dim_game.game_id,
        calendar.season,
        if(
            dim_game.game_date between calendar.regular_start and calendar.season_end,
            'a game in the All-Star break',
            'a game outside the season'
        ) as problem
    from nba_reference.dim_game
    inner join nba_reference.season_calendar as calendar on dim_game.season_year = calendar.season_year
    where
        dim_game.game_date between @start_date and @end_date
        and (
            dim_game.game_date not between calendar.regular_start and calendar.season_end
            or dim_game.game_date between calendar.all_star_start and calendar.all_star_end
        )
),

unopened as (
    select
        status.partition_date as game_date,
        cast(null as string) as game_id,
        calendar.season,
        'no game on opening night' as problem
    from nba_processing.partition_status as status
    inner join nba_reference.season_calendar as calendar on status.partition_date = calendar.regular_start
    where
        status.table_name = 'nba_reference.dim_game'
        and status.reason = 'no_games'
        and status.partition_date between @start_date and @end_date
)

select *
from outside
union all
select *
from unopened

-- table: the_table
-- check: V07 rows_fit_the_slate | warn | A slate has as many players as its number of games lets expect.
-- date: the_date
with
stored as (
    select
        the_date,
        count(*) as row_count
    from the_table
    where the_date between @start_date and @end_date
    group by the_date
),

slates as (
    select
        game_date,
        count(*) as games
    from nba_reference.dim_game
    where
        game_date between @start_date and @end_date
        and (is_final or 'the_kind' = 'scheduled')
        -- Many players were away then and many others stood in for them, so that no slate has its usual size.
        and game_date not between date '2021-12-17' and date '2022-01-15'
    group by game_date
)

select
    stored.the_date,
    slates.games,
    stored.row_count
from stored
inner join slates on stored.the_date = slates.game_date
where stored.row_count not between @fewest_rows_per_game * slates.games and @most_rows_per_game * slates.games

-- table: the_table
-- check: V27 newest_slate_is_there | warn | The newest rows are of the newest date with final games, or of the day
--   before it.
with
newest as (
    select max(game_date) as due_date
    from nba_reference.dim_game
    where
        is_final
        and game_date <= @end_date
        and game_date in (select the_due_date from the_due_table)
),

stored as (
    select max(the_date) as newest_date
    from the_table
    where the_date <= @end_date
)

select
    newest.due_date,
    stored.newest_date
from newest
cross join stored
where
    newest.due_date is not null
    and (
        stored.newest_date is null
        or date_diff(newest.due_date, stored.newest_date, day) > @most_days_behind
    )

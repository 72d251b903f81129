-- table: the_table
-- check: V28 history_ends_before_the_slate | block | The newest game a row was made of is older than its slate.
-- date: the_date
select *
from the_table
where substr(contributing_game_dates, -10) >= cast(the_date as string)

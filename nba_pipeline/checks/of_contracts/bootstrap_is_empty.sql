-- table: the_table
-- check: V25 bootstrap_is_empty | warn | No row is dated in the first fourteen days of a season.
-- date: the_date
select stored.*
from the_table as stored
inner join nba_reference.season_calendar as calendar
    on stored.the_date between calendar.regular_start and calendar.bootstrap_end
where stored.the_date between @start_date and @end_date

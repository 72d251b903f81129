-- table: the_table
-- check: no_record_in_quarantine | warn | Every record of the landing files could be read, and no newer capture lacks
--   rows of an older one.
-- date: landing_date
select
    landing_date,
    source_file,
    record_number,
    field,
    value,
    reason
from nba_raw.quarantine
where table_name = 'the_table' and landing_date between @start_date and @end_date

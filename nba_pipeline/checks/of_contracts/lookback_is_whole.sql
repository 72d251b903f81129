-- table: the_table
-- check: V16 lookback_is_whole | block | the_upstream and the schedule are whole over the game dates of the the_days
--   days before every slate.
-- date: analysis_date
select gaps.*
from the_gaps as gaps
inner join nba_processing.partition_status as computed
    on computed.table_name = 'the_table' and gaps.analysis_date = computed.partition_date

-- table: the_table
-- check: V06 everybody_is_accounted_for | block | Every entity of the population has a row or a recorded failure, and
--   not both.
-- date: analysis_date
with
population as (
    select *
    from nba_processing.precompute_population
    where processor_name = 'the_processor' and analysis_date between @start_date and @end_date
),

outputs as (
    select *
    from nba_processing.precompute_outputs
    where processor_name = 'the_processor' and analysis_date between @start_date and @end_date
),

failures as (
    select *
    from nba_processing.precompute_failures
    where processor_name = 'the_processor' and analysis_date between @start_date and @end_date
)

select
    population.analysis_date,
    population.entity_id,
    if(outputs.entity_id is null, 'neither row nor failure', 'row and failure') as problem
from population
left join outputs
    on population.analysis_date = outputs.analysis_date and population.entity_id = outputs.entity_id
left join failures
    on population.analysis_date = failures.analysis_date and population.entity_id = failures.entity_id
where (outputs.entity_id is null) = (failures.entity_id is null)

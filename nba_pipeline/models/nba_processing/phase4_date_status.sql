-- description: What became of every date of every precompute table: rows, or why there are none.
-- grain: One row per table and date that was ever materialised.
-- key: table_name, analysis_date
-- view: true
-- column: table_name | string | not null | Two-part name of the table.
-- column: analysis_date | date | not null | US-Eastern date.
-- column: status | string | not null; in=rows/no_games/all_star_break/off_season/bootstrap/only_expected_failures/gap | rows = there are some; gap = none and no good reason.
-- column: reason | string | | Stored reason of an empty date.
-- column: row_count | int64 | not null; range=0.. | Rows of the date.
-- column: failure_count | int64 | not null; range=0.. | Entities without a row.
-- column: correctable_failure_count | int64 | not null; range=0.. | Entities without a row for a reason that can be repaired.
with
failures as (
    select
        processor_name,
        analysis_date,
        count(*) as failure_count,
        countif(is_correctable) as correctable_failure_count
    from nba_processing.precompute_failures
    group by processor_name, analysis_date
),

tables as (
    select
        table_name,
        processor_name
    from (
        select
            concat('nba_precompute.', processor_name) as table_name,
            processor_name
        from
            unnest(
                [
                    'team_defense_zone_analysis',
                    'player_shot_zone_analysis',
                    'player_daily_cache',
                    'player_composite_factors'
                ]
            ) as processor_name
        union all
        select
            'nba_predictions.ml_feature_store_v2' as table_name,
            'ml_feature_store_v2' as processor_name
    ) as listed
)

select
    status.table_name,
    status.partition_date as analysis_date,
    case
        when status.row_count > 0 then 'rows'
        when status.reason in ('no_games', 'all_star_break', 'off_season', 'bootstrap') then status.reason
        when failures.failure_count > 0 and failures.correctable_failure_count = 0 then 'only_expected_failures'
        else 'gap'
    end as status,
    status.reason,
    status.row_count,
    coalesce(failures.failure_count, 0) as failure_count,
    coalesce(failures.correctable_failure_count, 0) as correctable_failure_count
from nba_processing.partition_status as status
inner join tables on status.table_name = tables.table_name
left join failures
    on tables.processor_name = failures.processor_name and status.partition_date = failures.analysis_date

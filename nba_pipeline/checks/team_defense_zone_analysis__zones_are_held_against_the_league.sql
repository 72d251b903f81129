-- check: V17
-- name: zones_are_held_against_the_league
-- table: nba_precompute.team_defense_zone_analysis
-- severity: error
-- date: analysis_date
-- sentence: On every date half of the teams have all three zones beside the league's.
with
judged as (
    select
        analysis_date,
        coalesce(
            paint_defense_vs_league_avg is not null
            and mid_range_defense_vs_league_avg is not null
            and three_pt_defense_vs_league_avg is not null,
            false
        ) as is_valid
    from nba_precompute.team_defense_zone_analysis
    where
        analysis_date between @start_date and @end_date
        and analysis_date in (
            select analysis_date
            from nba_processing.available_sources
            where source_kind = 'shots'
        )
)

select
    analysis_date,
    countif(is_valid) as valid_rows,
    count(*) as row_count
from judged
group by analysis_date
having safe_divide(countif(is_valid), count(*)) < @valid_share_of_a_date

-- description: Where a player shoots from and how well, over his last 10 and last 20 games.
--   A row dated D knows games before D only. The whole league on every slate, not only who plays on it; five games at least.
--   Zone columns use the games whose shots are whole: attempts and makes of both teams, and his own, are those of the box
--   score. The rates need five of those in the window.
-- grain: One row per player and slate.
-- key: player_lookup, analysis_date
-- partition: analysis_date
-- cluster: player_lookup, universal_player_id, analysis_date
-- history: season
-- misses: nba_processing.precompute_failures
-- level: L1
-- bootstrap: empty
-- guards: nba_analytics.player_game_summary, 10
-- column: player_lookup | string | not null | Canonical folded name.
-- column: universal_player_id | string | | Person in the registry, from the latest game; NULL when the name is unknown.
-- column: analysis_date | date | not null | Slate; the row is the state of knowledge before its first tip-off.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: team_abbr | string | not null | Team of the latest game he played in.
-- column: player_position | string | | Position as the registry states it.
-- column: paint_rate_last_10 | float64 | range=0..100; unit=percent; core | Share of attempts taken within 8 feet; NULL with fewer than five zone games.
-- column: mid_range_rate_last_10 | float64 | range=0..100; unit=percent; core | Share of two-point attempts beyond 8 feet; NULL with fewer than five zone games.
-- column: three_pt_rate_last_10 | float64 | range=0..100; unit=percent; core | Share of three-point attempts; NULL with fewer than five zone games.
-- column: total_shots_last_10 | int64 | range=1..400; unit=attempts | Attempts in the zone games; NULL without any.
-- column: games_in_sample_10 | int64 | not null; range=5..10 | Games of the window.
-- column: zone_games_in_sample_10 | int64 | not null; range=0..10 | Games of the window whose shots are whole.
-- column: sample_quality_10 | string | not null; in=excellent/good/limited | 10, 7 or 5 games.
-- column: paint_pct_last_10 | float64 | range=0..1; unit=fraction; core | Makes / attempts within 8 feet; NULL without attempts.
-- column: mid_range_pct_last_10 | float64 | range=0..1; unit=fraction; core | Makes / attempts of two-pointers beyond 8 feet.
-- column: three_pt_pct_last_10 | float64 | range=0..1; unit=fraction; core | Makes / attempts of threes, from the source of the zones.
-- column: paint_attempts_per_game | float64 | range=0..40; unit=attempts | Per zone game of the last 10.
-- column: mid_range_attempts_per_game | float64 | range=0..40; unit=attempts | Per zone game of the last 10.
-- column: three_pt_attempts_per_game | float64 | range=0..40; unit=attempts | Per zone game of the last 10.
-- column: paint_rate_last_20 | float64 | range=0..100; unit=percent | As over 10; NULL with fewer than 15 games or five zone games.
-- column: paint_pct_last_20 | float64 | range=0..1; unit=fraction | As over 10; NULL with fewer than 15 games.
-- column: games_in_sample_20 | int64 | not null; range=5..20 | Games of the long window.
-- column: zone_games_in_sample_20 | int64 | not null; range=0..20 | Games of the long window whose shots are whole.
-- column: sample_quality_20 | string | not null; in=excellent/good/limited/insufficient | 20, 14, 10 or fewer games.
-- column: assisted_rate_last_10 | float64 | range=0..100; unit=percent; core | Assisted share of the makes in games whose source names assists; NULL without makes.
-- column: unassisted_rate_last_10 | float64 | range=0..100; unit=percent | The other share.
-- column: primary_scoring_zone | string | in=paint/perimeter/mid_range/balanced | First of paint rate 40, three-point rate 40, mid-range rate 35; else balanced; NULL without rates.
-- column: data_quality_tier | string | not null; in=high/medium/low | 10, 7 or fewer games.
-- column: calculation_notes | string | | Zones without attempts; NULL when none.
-- column: expected_games_count | int64 | not null; range=0..10 | Newest final games he should have a line in, 10 at most; games he sat out do not count.
-- column: actual_games_count | int64 | not null; range=0..10 | Those of them that analytics has.
-- column: completeness_percentage | float64 | range=0..100; unit=percent | actual / expected; NULL without an expectation.
-- column: missing_games_count | int64 | not null; range=0..10 | expected less actual.
-- column: missing_game_ids | string | | Ids of the missing games, oldest first, separated by commas.
-- column: contributing_game_dates | string | not null | Dates of the games in the long window, oldest first, separated by commas.
-- column: is_production_ready | bool | not null | At least 90 % complete.
-- column: data_quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: early_season_flag | bool | not null | Fewer than 10 games.
-- column: insufficient_data_reason | string | | Why the sample is small; NULL when it is full.
with
slates as (
    select
        analysis_date,
        season_year
    from nba_processing.precompute_slates
    where analysis_date between @start_date and @end_date
),

zone_rates as (
    select
        slates.analysis_date,
        form.*,
        registry.position as player_position,
        if(form.zone_games_10 >= 5, safe_divide(100 * form.paint_attempts_10, form.zone_attempts_10), null)
            as paint_rate,
        if(form.zone_games_10 >= 5, safe_divide(100 * form.mid_range_attempts_10, form.zone_attempts_10), null)
            as mid_range_rate,
        if(form.zone_games_10 >= 5, safe_divide(100 * form.three_attempts_10, form.zone_attempts_10), null)
            as three_pt_rate,
        coalesce(expected.expected_10, 0) as expected_games,
        coalesce(expected.actual_10, 0) as actual_games,
        expected.missing_game_ids_10 as missing_game_ids,
        safe_divide(100 * expected.actual_10, expected.expected_10) as completeness_percentage
    from slates
    inner join nba_processing.player_last_games as form
        on
            slates.season_year = form.season_year
            and slates.analysis_date > form.game_date
            and slates.analysis_date <= coalesce(form.next_game_date, slates.analysis_date)
            and form.season_year between extract(year from @history_start) and extract(year from @end_date)
            and form.games_so_far >= 5
    left join nba_processing.expected_games as expected
        on
            expected.entity_kind = 'player'
            and form.player_lookup = expected.entity_id
            and form.season_year = expected.season_year
            and slates.analysis_date > expected.game_date
            and slates.analysis_date <= coalesce(expected.next_game_date, slates.analysis_date)
    left join nba_reference.nba_players_registry as registry
        on form.universal_player_id = registry.universal_player_id
)

select
    player_lookup,
    universal_player_id,
    analysis_date,
    season_year,
    team_abbr,
    player_position,
    paint_rate as paint_rate_last_10,
    mid_range_rate as mid_range_rate_last_10,
    three_pt_rate as three_pt_rate_last_10,
    nullif(zone_attempts_10, 0) as total_shots_last_10,
    games_10 as games_in_sample_10,
    zone_games_10 as zone_games_in_sample_10,
    case when games_10 >= 10 then 'excellent' when games_10 >= 7 then 'good' else 'limited' end as sample_quality_10,
    safe_divide(paint_makes_10, paint_attempts_10) as paint_pct_last_10,
    safe_divide(mid_range_makes_10, mid_range_attempts_10) as mid_range_pct_last_10,
    safe_divide(three_makes_10, three_attempts_10) as three_pt_pct_last_10,
    safe_divide(paint_attempts_10, zone_games_10) as paint_attempts_per_game,
    safe_divide(mid_range_attempts_10, zone_games_10) as mid_range_attempts_per_game,
    safe_divide(three_attempts_10, zone_games_10) as three_pt_attempts_per_game,
    if(games_20 >= 15 and zone_games_20 >= 5, safe_divide(100 * paint_attempts_20, zone_attempts_20), null)
        as paint_rate_last_20,
    if(games_20 >= 15, safe_divide(paint_makes_20, paint_attempts_20), null) as paint_pct_last_20,
    games_20 as games_in_sample_20,
    zone_games_20 as zone_games_in_sample_20,
    case
        when games_20 >= 20 then 'excellent'
        when games_20 >= 14 then 'good'
        when games_20 >= 10 then 'limited'
        else 'insufficient'
    end as sample_quality_20,
    safe_divide(100 * assisted_makes_10, assist_known_makes_10) as assisted_rate_last_10,
    safe_divide(100 * unassisted_makes_10, assist_known_makes_10) as unassisted_rate_last_10,
    case
        when paint_rate is null then null
        when paint_rate >= 40 then 'paint'
        when three_pt_rate >= 40 then 'perimeter'
        when mid_range_rate >= 35 then 'mid_range'
        else 'balanced'
    end as primary_scoring_zone,
    case when games_10 >= 10 then 'high' when games_10 >= 7 then 'medium' else 'low' end as data_quality_tier,
    nullif(
        substr(
            concat(
                if(coalesce(paint_attempts_10, 0) = 0, '; no paint attempts', ''),
                if(coalesce(mid_range_attempts_10, 0) = 0, '; no mid_range attempts', ''),
                if(coalesce(three_attempts_10, 0) = 0, '; no three_pt attempts', '')
            ),
            3
        ),
        ''
    ) as calculation_notes,
    expected_games as expected_games_count,
    actual_games as actual_games_count,
    completeness_percentage,
    expected_games - actual_games as missing_games_count,
    missing_game_ids,
    game_dates_20 as contributing_game_dates,
    coalesce(completeness_percentage >= 90, true) as is_production_ready,
    nullif(
        substr(
            concat(
                if(zone_games_10 >= 5, '', ',few_zone_games'),
                if(coalesce(completeness_percentage >= 90, true), '', ',own_data_incomplete')
            ),
            2
        ),
        ''
    ) as data_quality_issues,
    games_10 < 10 as early_season_flag,
    if(games_10 < 10, concat('only ', cast(games_10 as string), ' games, window is 10'), null)
        as insufficient_data_reason
from zone_rates
;

-- check: zone_rates_add_up | block | The three zone rates sum to 100, give or take one.
select *
from nba_precompute.player_shot_zone_analysis
where abs(paint_rate_last_10 + mid_range_rate_last_10 + three_pt_rate_last_10 - 100) > 1
;

-- check: assisted_rates_add_up | block | Assisted and unassisted rate sum to 100, give or take one.
select *
from nba_precompute.player_shot_zone_analysis
where abs(assisted_rate_last_10 + unassisted_rate_last_10 - 100) > 1
;

-- check: paint_scorers_shoot_in_the_paint | block | Who scores mainly in the paint takes 40 % of his shots there.
select *
from nba_precompute.player_shot_zone_analysis
where
    primary_scoring_zone = 'paint'
    and coalesce(paint_rate_last_10, 0) < 40
;

-- check: rates_rest_on_five_zone_games | block | Rates and primary zone need five games with zones.
select *
from nba_precompute.player_shot_zone_analysis
where
    zone_games_in_sample_10 < 5
    and (paint_rate_last_10 is not null or primary_scoring_zone is not null)

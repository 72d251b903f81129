-- description: How a team defends paint, mid-range and three over its last 15 games, beside the league.
--   A row dated D knows games before D only. All 30 teams on every slate, also eliminated ones (is_stale); five games at least.
--   League values: unweighted mean of the teams with ten games in the 30 days before; else the season to date, the
--   previous regular season, constants; league_avg_source says which.
-- grain: One row per team and slate.
-- key: team_abbr, analysis_date
-- partition: analysis_date
-- cluster: team_abbr, analysis_date
-- history: season
-- misses: nba_processing.precompute_failures
-- level: L1
-- bootstrap: empty
-- guards: nba_analytics.team_defense_game_summary, 15
-- column: team_abbr | string | not null | Team on defense.
-- column: analysis_date | date | not null | Slate; the row is the state of knowledge before its first tip-off.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: paint_pct_allowed_last_15 | float64 | range=0..1; warn=0.40..0.75; unit=fraction; core | Opponents' makes / attempts within 8 feet.
-- column: paint_attempts_allowed_per_game | float64 | range=0..; warn=15..60; unit=attempts | Per game whose shots are whole.
-- column: paint_points_allowed_per_game | float64 | range=0..; warn=20..75; unit=points | Per game whose shots are whole.
-- column: paint_blocks_per_game | float64 | range=0..; unit=blocks | Per game whose blockers are known.
-- column: paint_defense_vs_league_avg | float64 | range=-100..100; warn=-20..20; unit=percentage points | Paint percentage less the league's, times 100; positive = worse defense.
-- column: mid_range_pct_allowed_last_15 | float64 | range=0..1; warn=0.10..0.70; unit=fraction; core | Opponents' makes / attempts of two-pointers beyond 8 feet.
-- column: mid_range_attempts_allowed_per_game | float64 | range=0..; unit=attempts | Per game whose shots are whole.
-- column: mid_range_blocks_per_game | float64 | range=0..; unit=blocks | Per game whose blockers are known.
-- column: mid_range_defense_vs_league_avg | float64 | range=-100..100; warn=-35..35; unit=percentage points | As for the paint.
-- column: three_pt_pct_allowed_last_15 | float64 | range=0..1; warn=0.25..0.45; unit=fraction; core | Opponents' makes / attempts of threes (box score).
-- column: three_pt_attempts_allowed_per_game | float64 | range=0..; warn=20..50; unit=attempts | Per game of the window.
-- column: three_pt_blocks_per_game | float64 | range=0..; unit=blocks | Per game whose blockers are known.
-- column: three_pt_defense_vs_league_avg | float64 | range=-100..100; warn=-15..15; unit=percentage points | As for the paint.
-- column: defensive_rating_last_15 | float64 | warn=85..140; unit=points per 100 possessions; core | Mean of the games' defensive ratings.
-- column: opponent_points_per_game | float64 | range=0..250; warn=80..145; unit=points | Mean points allowed.
-- column: opponent_pace | float64 | warn=85..120; unit=possessions per 48 minutes; core | Mean pace of the opponents.
-- column: games_in_sample | int64 | not null; range=5..15 | Games of the window.
-- column: zone_games_in_sample | int64 | not null; range=0..15 | Games of the window whose shots are whole: attempts and makes of both teams are those of the box score.
-- column: strongest_zone | string | in=paint/mid_range/perimeter | Lowest value against the league; ties in this order; NULL when no zone is known.
-- column: weakest_zone | string | in=paint/mid_range/perimeter | Highest value against the league; NULL unless two zones are known.
-- column: league_paint_pct | float64 | not null; range=0..1; unit=fraction | League value the paint is held against.
-- column: league_mid_range_pct | float64 | not null; range=0..1; unit=fraction | League value of mid-range.
-- column: league_three_pt_pct | float64 | not null; range=0..1; unit=fraction | League value of threes.
-- column: league_avg_source | string | not null; in=last_30_days/season_to_date/previous_season/constant | Where the league values come from.
-- column: league_teams_in_sample | int64 | not null; range=0..30 | Teams behind the 30-day value; 0 when it was not used.
-- column: is_stale | bool | not null | Last game more than 30 days before the slate.
-- column: data_quality_tier | string | not null; in=high/medium/low | 15, 10 or fewer games.
-- column: calculation_notes | string | | Zones without attempts; NULL when none.
-- column: expected_games_count | int64 | not null; range=0..15 | Newest final games of the team, 15 at most.
-- column: actual_games_count | int64 | not null; range=0..15 | Those of them that analytics has.
-- column: completeness_percentage | float64 | range=0..100; unit=percent | actual / expected; NULL without an expectation.
-- column: missing_games_count | int64 | not null; range=0..15 | expected less actual.
-- column: missing_game_ids | string | | Ids of the missing games, oldest first, separated by commas.
-- column: contributing_game_dates | string | not null | Dates of the games in the window, oldest first, separated by commas.
-- column: is_production_ready | bool | not null | At least 90 % complete.
-- column: data_quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: early_season_flag | bool | not null | Fewer than 15 games.
-- column: insufficient_data_reason | string | | Why the sample is small; NULL when it is full.
-- check: strongest_is_not_weakest | warn | A team is not both strongest and weakest in one zone. | strongest_zone = weakest_zone
with
slates as (
    select
        analysis_date,
        season_year
    from nba_processing.precompute_slates
    where analysis_date between @start_date and @end_date
),

team_games as (
    select
        *,
        row_number() over (partition by team_abbr, season_year order by game_date, game_id) as game_number
    from nba_processing.eligible_team_games
    where game_date >= @history_start and game_date < @end_date
),

-- Every team's number of games before each slate.
team_season_before_slate as (
    select
        slates.analysis_date,
        slates.season_year,
        games.team_abbr,
        max(games.game_number) as games_before,
        max(games.game_date) as last_game_date
    from slates
    inner join team_games as games on slates.season_year = games.season_year and games.game_date < slates.analysis_date
    group by slates.analysis_date, slates.season_year, games.team_abbr
),

team_last_fifteen_games as (
    select
        team_season.analysis_date,
        team_season.season_year,
        team_season.team_abbr,
        date_diff(team_season.analysis_date, team_season.last_game_date, day) > 30 as is_stale,
        count(*) as games_in_sample,
        countif(games.opp_paint_attempts is not null) as zone_games,
        countif(games.blocks_paint is not null) as block_games,
        sum(games.opp_paint_attempts) as paint_attempts,
        sum(games.opp_paint_makes) as paint_makes,
        sum(games.points_in_paint_allowed) as paint_points,
        sum(games.opp_mid_range_attempts) as mid_range_attempts,
        sum(games.opp_mid_range_makes) as mid_range_makes,
        sum(games.opp_three_pt_attempts) as three_pt_attempts,
        sum(games.opp_three_pt_makes) as three_pt_makes,
        sum(games.blocks_paint) as paint_blocks,
        sum(games.blocks_mid_range) as mid_range_blocks,
        sum(games.blocks_three_pt) as three_pt_blocks,
        sum(games.points_allowed) as points_allowed,
        safe_divide(sum(games.defensive_rating_millionths), count(games.defensive_rating_millionths)) / 1000000
            as defensive_rating,
        safe_divide(sum(games.opponent_pace_millionths), count(games.opponent_pace_millionths)) / 1000000
            as opponent_pace,
        string_agg(cast(games.game_date as string), ',' order by games.game_date) as contributing_game_dates
    from team_season_before_slate as team_season
    inner join team_games as games
        on
            team_season.team_abbr = games.team_abbr
            and team_season.season_year = games.season_year
            and games.game_number between team_season.games_before - 14 and team_season.games_before
    group by team_season.analysis_date, team_season.season_year, team_season.team_abbr, team_season.last_game_date
    having count(*) >= 5
),

-- Shares in whole billionths: the league's mean of fractions would depend on the order of the teams.
team_last_thirty_days as (
    select
        slates.analysis_date,
        games.team_abbr,
        cast(round(safe_divide(sum(games.opp_paint_makes), sum(games.opp_paint_attempts)) * 1000000000) as int64)
            as paint_billionths,
        cast(
            round(safe_divide(sum(games.opp_mid_range_makes), sum(games.opp_mid_range_attempts)) * 1000000000) as int64
        ) as mid_range_billionths,
        cast(round(safe_divide(sum(games.opp_three_pt_makes), sum(games.opp_three_pt_attempts)) * 1000000000) as int64)
            as three_pt_billionths
    from slates
    inner join team_games as games
        on
            slates.season_year = games.season_year
            and date_diff(slates.analysis_date, games.game_date, day) between 1 and 30
    group by slates.analysis_date, games.team_abbr
    having count(*) >= 10
),

league_last_thirty_days as (
    select
        analysis_date,
        count(*) as teams,
        sum(paint_billionths) / count(*) / 1000000000 as paint_pct,
        sum(mid_range_billionths) / count(*) / 1000000000 as mid_range_pct,
        sum(three_pt_billionths) / count(*) / 1000000000 as three_pt_pct
    from team_last_thirty_days
    where paint_billionths is not null and mid_range_billionths is not null and three_pt_billionths is not null
    group by analysis_date
    having count(*) >= 10
),

league_games_by_date as (
    select
        season_year,
        game_date,
        sum(opp_paint_makes) as paint_makes,
        sum(opp_paint_attempts) as paint_attempts,
        sum(opp_mid_range_makes) as mid_range_makes,
        sum(opp_mid_range_attempts) as mid_range_attempts,
        sum(opp_three_pt_makes) as three_pt_makes,
        sum(opp_three_pt_attempts) as three_pt_attempts
    from nba_processing.eligible_team_games
    where season_type = 'regular' and game_date < @end_date
    group by season_year, game_date
),

league_season_before_slate as (
    select
        slates.analysis_date,
        league_games.season_year < slates.season_year as is_previous,
        safe_divide(sum(league_games.paint_makes), sum(league_games.paint_attempts)) as paint_pct,
        safe_divide(sum(league_games.mid_range_makes), sum(league_games.mid_range_attempts)) as mid_range_pct,
        safe_divide(sum(league_games.three_pt_makes), sum(league_games.three_pt_attempts)) as three_pt_pct
    from slates
    inner join league_games_by_date as league_games
        on
            league_games.season_year between slates.season_year - 1 and slates.season_year
            and league_games.game_date < slates.analysis_date
    group by slates.analysis_date, league_games.season_year < slates.season_year
),

league_averages as (
    select
        analysis_date,
        1 as preference,
        'last_30_days' as league_avg_source,
        teams,
        paint_pct,
        mid_range_pct,
        three_pt_pct
    from league_last_thirty_days
    union all
    select
        analysis_date,
        if(is_previous, 3, 2) as preference,
        if(is_previous, 'previous_season', 'season_to_date') as league_avg_source,
        0 as teams,
        paint_pct,
        mid_range_pct,
        three_pt_pct
    from league_season_before_slate
    where paint_pct is not null and mid_range_pct is not null and three_pt_pct is not null
    union all
    select
        analysis_date,
        4 as preference,
        'constant' as league_avg_source,
        0 as teams,
        0.580 as paint_pct,
        0.410 as mid_range_pct,
        0.355 as three_pt_pct
    from slates
),

best_league_average as (
    select *
    from league_averages
    where true
    qualify row_number() over (partition by analysis_date order by preference) = 1
),

team_against_league as (
    select
        last_fifteen.*,
        league.league_avg_source,
        league.teams as league_teams_in_sample,
        league.paint_pct as league_paint_pct,
        league.mid_range_pct as league_mid_range_pct,
        league.three_pt_pct as league_three_pt_pct,
        (safe_divide(last_fifteen.paint_makes, last_fifteen.paint_attempts) - league.paint_pct) * 100 as paint_vs,
        (safe_divide(last_fifteen.mid_range_makes, last_fifteen.mid_range_attempts) - league.mid_range_pct) * 100
            as mid_range_vs,
        (safe_divide(last_fifteen.three_pt_makes, last_fifteen.three_pt_attempts) - league.three_pt_pct) * 100
            as three_pt_vs,
        coalesce(expected.expected_15, 0) as expected_games,
        coalesce(expected.actual_15, 0) as actual_games,
        expected.missing_game_ids_15 as missing_game_ids,
        safe_divide(100 * expected.actual_15, expected.expected_15) as completeness_percentage
    from team_last_fifteen_games as last_fifteen
    inner join best_league_average as league on last_fifteen.analysis_date = league.analysis_date
    left join nba_processing.expected_games as expected
        on
            expected.entity_kind = 'team'
            and last_fifteen.team_abbr = expected.entity_id
            and last_fifteen.season_year = expected.season_year
            and last_fifteen.analysis_date > expected.game_date
            and last_fifteen.analysis_date <= coalesce(expected.next_game_date, last_fifteen.analysis_date)
)

select
    team_abbr,
    analysis_date,
    season_year,
    safe_divide(paint_makes, paint_attempts) as paint_pct_allowed_last_15,
    safe_divide(paint_attempts, zone_games) as paint_attempts_allowed_per_game,
    safe_divide(paint_points, zone_games) as paint_points_allowed_per_game,
    safe_divide(paint_blocks, block_games) as paint_blocks_per_game,
    paint_vs as paint_defense_vs_league_avg,
    safe_divide(mid_range_makes, mid_range_attempts) as mid_range_pct_allowed_last_15,
    safe_divide(mid_range_attempts, zone_games) as mid_range_attempts_allowed_per_game,
    safe_divide(mid_range_blocks, block_games) as mid_range_blocks_per_game,
    mid_range_vs as mid_range_defense_vs_league_avg,
    safe_divide(three_pt_makes, three_pt_attempts) as three_pt_pct_allowed_last_15,
    safe_divide(three_pt_attempts, games_in_sample) as three_pt_attempts_allowed_per_game,
    safe_divide(three_pt_blocks, block_games) as three_pt_blocks_per_game,
    three_pt_vs as three_pt_defense_vs_league_avg,
    defensive_rating as defensive_rating_last_15,
    safe_divide(points_allowed, games_in_sample) as opponent_points_per_game,
    opponent_pace,
    games_in_sample,
    zone_games as zone_games_in_sample,
    case
        when paint_vs is null and mid_range_vs is null and three_pt_vs is null then null
        when
            coalesce(paint_vs, 1000) <= coalesce(mid_range_vs, 1000)
            and coalesce(paint_vs, 1000) <= coalesce(three_pt_vs, 1000)
            then 'paint'
        when coalesce(mid_range_vs, 1000) <= coalesce(three_pt_vs, 1000) then 'mid_range'
        else 'perimeter'
    end as strongest_zone,
    case
        when if(paint_vs is null, 0, 1) + if(mid_range_vs is null, 0, 1) + if(three_pt_vs is null, 0, 1) < 2 then null
        when
            coalesce(paint_vs, -1000) >= coalesce(mid_range_vs, -1000)
            and coalesce(paint_vs, -1000) >= coalesce(three_pt_vs, -1000)
            then 'paint'
        when coalesce(mid_range_vs, -1000) >= coalesce(three_pt_vs, -1000) then 'mid_range'
        else 'perimeter'
    end as weakest_zone,
    league_paint_pct,
    league_mid_range_pct,
    league_three_pt_pct,
    league_avg_source,
    league_teams_in_sample,
    is_stale,
    case when games_in_sample >= 15 then 'high' when games_in_sample >= 10 then 'medium' else 'low' end
        as data_quality_tier,
    nullif(
        substr(
            concat(
                if(coalesce(paint_attempts, 0) = 0, '; no paint attempts', ''),
                if(coalesce(mid_range_attempts, 0) = 0, '; no mid_range attempts', ''),
                if(three_pt_attempts = 0, '; no three_pt attempts', '')
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
    contributing_game_dates,
    coalesce(completeness_percentage >= 90, true) as is_production_ready,
    if(coalesce(completeness_percentage >= 90, true), null, 'own_data_incomplete') as data_quality_issues,
    games_in_sample < 15 as early_season_flag,
    if(games_in_sample < 15, concat('only ', cast(games_in_sample as string), ' games, window is 15'), null)
        as insufficient_data_reason
from team_against_league

-- description: What rest, the opponent's zone defense, the pace of the game and absent team-mates should add to a player's points.
--   A row dated D knows games before D only; one row per player of the slate, without a minimum of games. A factor without
--   its inputs is NULL and adds nothing; missing_data_fields names what was missing. Averages are over games that count;
--   rest and load are the context's, so the Cup final counts in them.
-- grain: One row per player and slate.
-- key: player_lookup, game_date
-- partition: game_date
-- cluster: player_lookup, universal_player_id, game_date
-- history: season
-- misses: nba_processing.precompute_failures
-- level: L2
-- bootstrap: empty
-- guards: nba_analytics.upcoming_player_game_context, 14
-- column: player_lookup | string | not null | Canonical folded name.
-- column: universal_player_id | string | nulls<=0.05 | Person in the registry; NULL when the name is unknown.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | Slate; the row is the state of knowledge before its first tip-off.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: fatigue_score | int64 | not null; range=0..100; warn=35..100; core | 100 less what rest, load and age take away; higher = fresher.
-- column: fatigue_adjustment | float64 | not null; range=-5..0; unit=points; core | (fatigue_score - 100) / 20.
-- column: shot_zone_mismatch_score | float64 | range=-10..10; unit=points; core | The opponent's defense of his zone against the league, percentage points, times his share of that zone up to 50 %; for balanced players the mean of the zones weighted by his shares; positive = favourable. One decimal.
-- column: pace_score | float64 | range=-3..3; unit=points; core | Half of what the mean of both teams' pace of ten games exceeds the league's. One decimal.
-- column: usage_spike_score | float64 | range=-3..3; unit=points; core | 0.3 times projected usage less his usage of ten games; a gain counts 1.15-fold with one star out, 1.30-fold with more. One decimal.
-- column: total_composite_adjustment | float64 | not null; range=-21..16; warn=-15..15; unit=points; core | Sum of the four before their rounding, NULL ones as 0. Two decimals.
-- column: calculation_version | string | not null; in=v1_4factors | Definition of the factors.
-- column: data_completeness_pct | float64 | not null; range=0..100; unit=percent | Share that exists of days_rest, projected usage, pace, shot zone row, opponent's zone defense row.
-- column: missing_data_fields | string | | Inputs that were missing, separated by commas; NULL when none.
-- column: has_warnings | bool | not null | Whether there are warnings.
-- column: warning_details | string | | EXTREME_FATIGUE below 50, EXTREME_MATCHUP beyond 8, EXTREME_ADJUSTMENT beyond 12; NULL when none.
-- column: upstream_player_shot_ready | bool | not null | The player's shot zone row is production ready.
-- column: upstream_team_defense_ready | bool | not null | The opponent's zone defense row is.
-- column: upstream_player_context_ready | bool | not null | The player's context row is.
-- column: upstream_team_context_ready | bool | not null | The opponent's team context row is.
-- column: all_upstreams_ready | bool | not null | All four are.
-- column: expected_games_count | int64 | not null; range=0..10 | Newest final games he was listed for and did not sit out, ten at most.
-- column: actual_games_count | int64 | not null; range=0..10 | Those of them that analytics has.
-- column: completeness_percentage | float64 | range=0..100; unit=percent | actual / expected; NULL without an expectation.
-- column: missing_games_count | int64 | not null; range=0..10 | expected less actual.
-- column: missing_game_ids | string | | Ids of the missing games, oldest first, separated by commas.
-- column: contributing_game_dates | string | | Dates of his last ten games, oldest first, separated by commas; NULL before the first.
-- column: is_production_ready | bool | not null | At least 90 % complete, and all upstreams ready.
-- column: data_quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: early_season_flag | bool | not null | Fewer than ten games.
-- column: insufficient_data_reason | string | | Why the sample is small; NULL when it is full.
-- check: warnings_are_spelt_out | block | has_warnings says that there are details. | has_warnings != (warning_details is not null)
with
slates as (
    select
        analysis_date,
        season_year
    from nba_processing.precompute_slates
    where analysis_date between @start_date and @end_date
),

slate_players as (
    select
        context.player_lookup,
        context.universal_player_id,
        context.game_id,
        context.game_date,
        slates.season_year,
        context.team_abbr,
        context.opponent_team_abbr,
        context.days_rest,
        context.back_to_back,
        context.games_in_last_7_days,
        context.minutes_in_last_7_days,
        context.avg_minutes_per_game_last_7,
        context.back_to_backs_last_14_days,
        context.player_age,
        context.projected_usage_rate,
        context.star_teammates_out,
        context.is_production_ready
    from nba_analytics.upcoming_player_game_context as context
    inner join slates on context.game_date = slates.analysis_date
    where context.game_date between @start_date and @end_date
),

-- Unweighted: a team counts once, however many games it has played.
league_pace_before_slate as (
    select
        slates.analysis_date,
        safe_divide(sum(team.pace_season_millionths), count(team.pace_season_millionths)) / 1000000 as pace
    from slates
    inner join nba_processing.team_last_games as team
        on
            slates.season_year = team.season_year
            and slates.analysis_date > team.game_date
            and slates.analysis_date <= coalesce(team.next_game_date, slates.analysis_date)
            and team.season_year between extract(year from @history_start) and extract(year from @end_date)
    group by slates.analysis_date
),

factor_inputs as (
    select
        players.*,
        coalesce(form.games_so_far, 0) as games_before,
        form.usage_rate_10 as usage_rate,
        form.game_dates_10 as contributing_game_dates,
        own_team.pace_10 as own_pace,
        opponent_team.pace_10 as opponent_pace,
        league.pace as league_pace,
        shots.player_lookup is not null as has_shots,
        shots.primary_scoring_zone as zone,
        shots.paint_rate_last_10 as paint_rate,
        shots.mid_range_rate_last_10 as mid_range_rate,
        shots.three_pt_rate_last_10 as three_pt_rate,
        defense.team_abbr is not null as has_defense,
        defense.paint_defense_vs_league_avg as paint_defense,
        defense.mid_range_defense_vs_league_avg as mid_range_defense,
        defense.three_pt_defense_vs_league_avg as three_pt_defense,
        coalesce(shots.is_production_ready, false) as is_shot_ready,
        coalesce(defense.is_production_ready, false) as is_defense_ready,
        coalesce(players.is_production_ready, false) as is_context_ready,
        coalesce(opponent_context.is_production_ready, false) as is_team_context_ready,
        coalesce(expected.expected_10, 0) as expected_games,
        coalesce(expected.actual_10, 0) as actual_games,
        expected.missing_game_ids_10 as missing_game_ids,
        safe_divide(100 * expected.actual_10, expected.expected_10) as own_completeness
    from slate_players as players
    left join nba_processing.player_last_games as form
        on
            players.player_lookup = form.player_lookup
            and players.season_year = form.season_year
            and players.game_date > form.game_date
            and players.game_date <= coalesce(form.next_game_date, players.game_date)
            and form.season_year between extract(year from @history_start) and extract(year from @end_date)
    left join nba_processing.team_last_games as own_team
        on
            players.team_abbr = own_team.team_abbr
            and players.season_year = own_team.season_year
            and players.game_date > own_team.game_date
            and players.game_date <= coalesce(own_team.next_game_date, players.game_date)
            and own_team.season_year between extract(year from @history_start) and extract(year from @end_date)
    left join nba_processing.team_last_games as opponent_team
        on
            players.opponent_team_abbr = opponent_team.team_abbr
            and players.season_year = opponent_team.season_year
            and players.game_date > opponent_team.game_date
            and players.game_date <= coalesce(opponent_team.next_game_date, players.game_date)
            and opponent_team.season_year between extract(year from @history_start) and extract(year from @end_date)
    left join league_pace_before_slate as league on players.game_date = league.analysis_date
    left join nba_precompute.player_shot_zone_analysis as shots
        on
            players.game_date = shots.analysis_date
            and players.player_lookup = shots.player_lookup
            and shots.analysis_date between @start_date and @end_date
    left join nba_precompute.team_defense_zone_analysis as defense
        on
            players.game_date = defense.analysis_date
            and players.opponent_team_abbr = defense.team_abbr
            and defense.analysis_date between @start_date and @end_date
    left join nba_analytics.upcoming_team_game_context as opponent_context
        on
            players.game_id = opponent_context.game_id
            and players.opponent_team_abbr = opponent_context.team_abbr
            and opponent_context.game_date between @start_date and @end_date
    left join nba_processing.expected_games as expected
        on
            expected.entity_kind = 'player'
            and players.player_lookup = expected.entity_id
            and players.season_year = expected.season_year
            and players.game_date > expected.game_date
            and players.game_date <= coalesce(expected.next_game_date, players.game_date)
),

raw_factors as (
    select
        *,
        100
        + case when back_to_back then -15 when days_rest >= 3 then 5 else 0 end
        + if(games_in_last_7_days >= 4, -10, 0)
        + if(minutes_in_last_7_days > 240, -10, 0)
        + if(avg_minutes_per_game_last_7 > 35, -8, 0)
        + case when back_to_backs_last_14_days >= 2 then -12 when back_to_backs_last_14_days = 1 then -5 else 0 end
        + case when player_age >= 35 then -10 when player_age >= 30 then -5 else 0 end as freshness,
        case zone
            when 'paint' then paint_defense * least(paint_rate / 50, 1.0)
            when 'mid_range' then mid_range_defense * least(mid_range_rate / 50, 1.0)
            when 'perimeter' then three_pt_defense * least(three_pt_rate / 50, 1.0)
            when 'balanced'
                then
                    paint_rate / 100 * paint_defense
                    + mid_range_rate / 100 * mid_range_defense
                    + three_pt_rate / 100 * three_pt_defense
        end as mismatch,
        ((own_pace + opponent_pace) / 2 - league_pace) / 2 as pace_edge,
        0.3 * (projected_usage_rate - usage_rate) as usage_gain
    from factor_inputs
),

clamped_factors as (
    select
        *,
        cast(greatest(0, least(100, freshness)) as int64) as fatigue_score,
        greatest(-10.0, least(10.0, mismatch)) as mismatch_points,
        greatest(-3.0, least(3.0, pace_edge)) as pace_points,
        case
            when usage_gain > 0 and star_teammates_out >= 2 then least(3.0, 1.30 * usage_gain)
            when usage_gain > 0 and star_teammates_out = 1 then least(3.0, 1.15 * usage_gain)
            else greatest(-3.0, least(3.0, usage_gain))
        end as usage_points
    from raw_factors
),

factor_scores as (
    select
        *,
        round(mismatch_points, 1) as mismatch_score,
        round(
            (fatigue_score - 100) / 20
            + coalesce(mismatch_points, 0.0)
            + coalesce(pace_points, 0.0)
            + coalesce(usage_points, 0.0),
            2
        ) as total
    from clamped_factors
),

factor_rows as (
    select
        *,
        coalesce(own_completeness >= 90, true) as is_complete,
        nullif(
            trim(
                concat(
                    if(fatigue_score < 50, 'EXTREME_FATIGUE; ', ''),
                    if(abs(mismatch_score) > 8, 'EXTREME_MATCHUP; ', ''),
                    if(abs(total) > 12, 'EXTREME_ADJUSTMENT; ', '')
                ),
                '; '
            ),
            ''
        ) as warnings
    from factor_scores
)

select
    player_lookup,
    universal_player_id,
    game_id,
    game_date,
    season_year,
    team_abbr,
    opponent_team_abbr,
    fatigue_score,
    (fatigue_score - 100) / 20 as fatigue_adjustment,
    mismatch_score as shot_zone_mismatch_score,
    round(pace_points, 1) as pace_score,
    round(usage_points, 1) as usage_spike_score,
    total as total_composite_adjustment,
    'v1_4factors' as calculation_version,
    100 * (
        if(days_rest is null, 0, 1)
        + if(projected_usage_rate is null, 0, 1)
        + if(pace_edge is null, 0, 1)
        + if(has_shots, 1, 0)
        + if(has_defense, 1, 0)
    ) / 5 as data_completeness_pct,
    nullif(
        trim(
            concat(
                if(days_rest is null, 'days_rest,', ''),
                if(
                    avg_minutes_per_game_last_7 is null and games_in_last_7_days > 0, 'avg_minutes_per_game_last_7,', ''
                ),
                if(player_age is null, 'player_age,', ''),
                if(has_shots, '', 'player_shot_zone_analysis,'),
                if(has_shots and zone is null, 'primary_scoring_zone,', ''),
                if(has_defense, '', 'team_defense_zone_analysis,'),
                if(zone is not null and has_defense and mismatch is null, 'defense_vs_league_avg,', ''),
                if(own_pace is null, 'team_pace_last_10,', ''),
                if(opponent_pace is null, 'opponent_pace_last_10,', ''),
                if(league_pace is null, 'league_pace,', ''),
                if(projected_usage_rate is null, 'projected_usage_rate,', ''),
                if(usage_rate is null, 'usage_rate_last_10,', '')
            ),
            ','
        ),
        ''
    ) as missing_data_fields,
    warnings is not null as has_warnings,
    warnings as warning_details,
    is_shot_ready as upstream_player_shot_ready,
    is_defense_ready as upstream_team_defense_ready,
    is_context_ready as upstream_player_context_ready,
    is_team_context_ready as upstream_team_context_ready,
    is_shot_ready and is_defense_ready and is_context_ready and is_team_context_ready as all_upstreams_ready,
    expected_games as expected_games_count,
    actual_games as actual_games_count,
    own_completeness as completeness_percentage,
    expected_games - actual_games as missing_games_count,
    missing_game_ids,
    contributing_game_dates,
    is_complete and is_shot_ready and is_defense_ready and is_context_ready and is_team_context_ready
        as is_production_ready,
    nullif(
        trim(
            concat(
                if(is_complete, '', 'own_data_incomplete,'),
                if(is_shot_ready, '', 'upstream_player_shot_incomplete,'),
                if(is_defense_ready, '', 'upstream_team_defense_incomplete,'),
                if(is_context_ready, '', 'upstream_player_context_incomplete,'),
                if(is_team_context_ready, '', 'upstream_team_context_incomplete,')
            ),
            ','
        ),
        ''
    ) as data_quality_issues,
    games_before < 10 as early_season_flag,
    if(games_before < 10, concat('only ', cast(games_before as string), ' games, window is 10'), null)
        as insufficient_data_reason
from factor_rows
;

-- check: adjustment_follows_score | block | The fatigue adjustment is a twentieth of what the score lacks to 100.
select *
from nba_precompute.player_composite_factors
where abs(fatigue_adjustment - (fatigue_score - 100) / 20) > 0.001
;

-- check: total_is_the_sum | block | The total is the sum of the four, but for their rounding.
select *
from nba_precompute.player_composite_factors
where
    abs(
        total_composite_adjustment
        - fatigue_adjustment
        - coalesce(shot_zone_mismatch_score, 0)
        - coalesce(pace_score, 0)
        - coalesce(usage_spike_score, 0)
    ) > 0.17
;

-- check: fatigue_differs_between_players | warn | On a slate of four games or more, 50 players of which played within
--   three days, the fatigue scores have a standard deviation of at least 1.
-- date: game_date
with
slates as (
    select game_date
    from nba_analytics.upcoming_player_game_context
    where game_date between @start_date and @end_date
    group by game_date
    having countif(days_rest <= 3) >= 50 and count(distinct game_id) >= 4
)

select
    factors.game_date,
    count(*) as players,
    stddev_samp(factors.fatigue_score) as standard_deviation
from nba_precompute.player_composite_factors as factors
inner join slates on factors.game_date = slates.game_date
where factors.game_date between @start_date and @end_date
group by factors.game_date
having count(*) >= 50 and stddev_samp(factors.fatigue_score) < 1
;

-- check: mismatch_differs_between_players | warn | On a date with 50 known zone mismatches they have a standard
--   deviation of at least 1.
-- date: game_date
select
    game_date,
    count(shot_zone_mismatch_score) as players,
    stddev_samp(shot_zone_mismatch_score) as standard_deviation
from nba_precompute.player_composite_factors
where game_date between @start_date and @end_date
group by game_date
having count(shot_zone_mismatch_score) >= 50 and stddev_samp(shot_zone_mismatch_score) < 1
;

-- check: opponents_have_zone_defence | warn | Once a season has zone defense rows, every opponent has one.
-- date: game_date
with
zone_defense_starts as (
    select
        season_year,
        min(analysis_date) as first_date
    from nba_precompute.team_defense_zone_analysis
    group by season_year
)

select
    factors.game_date,
    factors.player_lookup,
    factors.missing_data_fields
from nba_precompute.player_composite_factors as factors
inner join zone_defense_starts
    on factors.season_year = zone_defense_starts.season_year and factors.game_date >= zone_defense_starts.first_date
where
    factors.game_date between @start_date and @end_date
    and factors.missing_data_fields like '%team_defense_zone_analysis%'

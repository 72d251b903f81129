-- description: One frozen snapshot of every player on a slate: form, load, team and shot zones as known before the first tip-off.
--   A row dated D knows games before D only. Who is on the slate comes from the pre-game context, never from the outcome; five
--   games of the season at least. Averages are over games that count; rest and load are the context's, so the Cup final
--   counts in them. Team values follow the team he plays for on D.
-- grain: One row per player and slate.
-- key: player_lookup, cache_date
-- partition: cache_date
-- cluster: player_lookup, universal_player_id
-- history: season
-- misses: nba_processing.precompute_failures
-- level: L1
-- bootstrap: empty
-- guards: nba_analytics.player_game_summary, 10
-- column: player_lookup | string | not null | Canonical folded name.
-- column: universal_player_id | string | nulls<=0.05 | Person in the registry; NULL when the name is unknown.
-- column: cache_date | date | not null | Slate; the row is the state of knowledge before its first tip-off.
-- column: game_id | string | not null | His game of the slate, YYYYMMDD_AWAY_HOME.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: team_abbr | string | not null | Team on the slate.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: points_avg_last_5 | float64 | range=0..100; warn=0..70; unit=points; core | Mean points of the last five games.
-- column: points_avg_last_10 | float64 | range=0..100; warn=0..70; unit=points; core | Mean points of the last ten games, fewer if he has fewer.
-- column: points_avg_season | float64 | range=0..100; warn=0..70; unit=points; core | Mean points of all games of the season.
-- column: points_std_last_10 | float64 | range=0..; warn=0..30; unit=points; core | Sample standard deviation of the points of the last ten games.
-- column: minutes_avg_last_10 | float64 | range=0..75; warn=0..48; unit=minutes; core | Mean minutes of the last ten games, from seconds.
-- column: usage_rate_last_10 | float64 | range=0..100; warn=0..60; unit=percent; core | Mean usage of the last ten games, games without usage left out.
-- column: ts_pct_last_10 | float64 | range=0..; warn=0..1.5; unit=fraction | Mean true shooting of the last ten games, games without attempts left out.
-- column: games_played_season | int64 | not null; range=5..130 | Games of the season.
-- column: player_usage_rate_season | float64 | range=0..100; warn=0..60; unit=percent | Mean usage of all games of the season.
-- column: team_pace_last_10 | float64 | warn=90..115; unit=possessions per 48 minutes; core | The team's mean pace of its last ten games.
-- column: team_off_rating_last_10 | float64 | warn=90..130; unit=points per 100 possessions; core | The team's mean offensive rating of its last ten games.
-- column: games_in_last_7_days | int64 | not null; range=0..7; warn=0..5 | Played games from D-7 to D-1.
-- column: games_in_last_14_days | int64 | not null; range=0..14; warn=0..9 | Played games from D-14 to D-1.
-- column: minutes_in_last_7_days | float64 | not null; range=0..525; warn=0..265; unit=minutes | Minutes from D-7 to D-1.
-- column: minutes_in_last_14_days | float64 | not null; range=0..1050; unit=minutes | Minutes from D-14 to D-1.
-- column: avg_minutes_per_game_last_7 | float64 | range=0..75; unit=minutes | Minutes per game of the last seven days; NULL without a game.
-- column: back_to_backs_last_14_days | int64 | not null; range=0..7 | Pairs of consecutive dates among the games from D-14 to D-1.
-- column: primary_scoring_zone | string | in=paint/mid_range/perimeter/balanced | Zone he scores from, of the player's shot zone row of D.
-- column: paint_rate_last_10 | float64 | range=0..100; unit=percent | Share of attempts within 8 feet, of the same row.
-- column: three_pt_rate_last_10 | float64 | range=0..100; unit=percent | Share of three-point attempts, of the same row.
-- column: shot_zone_data_available | bool | not null | Whether that row exists.
-- column: assisted_rate_last_10 | float64 | range=0..1; unit=fraction | Assisted share of the makes in those of the last ten games whose source names assists; 0-1, unlike the shot zone row's.
-- column: player_age | int64 | range=17..50; unit=years | Whole years on the date; NULL without a date of birth.
-- column: l5_completeness_pct | float64 | range=0..100; unit=percent | Of the newest five games he should have a row in, the share that has one; games he sat out are no gap.
-- column: l5_is_complete | bool | not null | At least 90 %, or nothing expected.
-- column: l10_completeness_pct | float64 | range=0..100; unit=percent | Same for ten games.
-- column: l10_is_complete | bool | not null | At least 90 %, or nothing expected.
-- column: l7d_completeness_pct | float64 | range=0..100; unit=percent | Same from D-7 to D-1; NULL without an expected game.
-- column: l7d_is_complete | bool | not null | At least 90 %, or nothing expected.
-- column: l14d_completeness_pct | float64 | range=0..100; unit=percent | Same from D-14 to D-1.
-- column: l14d_is_complete | bool | not null | At least 90 %, or nothing expected.
-- column: all_windows_complete | bool | not null | All four are.
-- column: cache_quality_score | float64 | range=0..100; unit=percent | Completeness of the last five games.
-- column: quality_tier | string | in=gold/silver/bronze/poor/unusable | By that score: 95, 75, 50, 25 or less; NULL without one.
-- column: cache_version | string | not null; in=v1 | Definition of the row.
-- column: expected_games_count | int64 | not null; range=0..10 | Newest final games he was listed for and did not sit out, ten at most.
-- column: actual_games_count | int64 | not null; range=0..10 | Those of them that analytics has.
-- column: completeness_percentage | float64 | range=0..100; unit=percent | actual / expected; NULL without an expectation.
-- column: missing_games_count | int64 | not null; range=0..10 | expected less actual.
-- column: missing_game_ids | string | | Ids of the missing games, oldest first, separated by commas.
-- column: contributing_game_dates | string | not null | Dates of the last ten games, oldest first, separated by commas.
-- column: is_production_ready | bool | not null | All four windows are complete.
-- column: data_quality_issues | string | | Incomplete windows, separated by commas; NULL when none.
-- column: early_season_flag | bool | not null | Fewer than ten games.
-- column: insufficient_data_reason | string | | Why the sample is small; NULL when it is full.
-- check: zone_shares_are_parts | block | Paint and three-point shares are parts of one whole. | paint_rate_last_10 + three_pt_rate_last_10 > 101
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
        context.game_date as cache_date,
        context.game_id,
        slates.season_year,
        context.team_abbr,
        context.opponent_team_abbr,
        context.games_in_last_7_days,
        context.games_in_last_14_days,
        context.minutes_in_last_7_days,
        context.minutes_in_last_14_days,
        context.avg_minutes_per_game_last_7,
        context.back_to_backs_last_14_days,
        context.player_age
    from nba_analytics.upcoming_player_game_context as context
    inner join slates on context.game_date = slates.analysis_date
    where context.game_date between @start_date and @end_date
),

-- Expected games of the two weeks before each slate, the first week among them.
player_completeness_by_days as (
    select
        players.cache_date,
        players.player_lookup,
        safe_divide(
            100 * countif(date_diff(players.cache_date, expected.game_date, day) <= 7 and expected.is_found),
            countif(date_diff(players.cache_date, expected.game_date, day) <= 7)
        ) as pct_7d,
        safe_divide(100 * countif(expected.is_found), count(*)) as pct_14d
    from slate_players as players
    inner join nba_processing.expected_games as expected
        on
            expected.entity_kind = 'player'
            and players.player_lookup = expected.entity_id
            and players.season_year = expected.season_year
            and date_diff(players.cache_date, expected.game_date, day) between 1 and 14
    group by players.cache_date, players.player_lookup
),

cache_inputs as (
    select
        players.*,
        form.games_so_far as games_before,
        form.points_avg_season as season_points_avg,
        form.usage_rate_season as season_usage_rate,
        form.points_5,
        form.points_games_5 as games_5,
        form.points_10,
        form.squared_points_10 as squares_10,
        form.points_games_10 as games_10,
        safe_divide(form.seconds_10, 60 * form.seconds_games_10) as minutes_avg,
        form.usage_rate_10 as usage_rate,
        form.ts_pct_10 as ts_pct,
        safe_divide(form.assisted_makes_10, form.assist_known_makes_10) as assisted_rate,
        form.game_dates_10 as contributing_game_dates,
        team.pace_10 as pace,
        team.offensive_rating_10 as offensive_rating,
        zones.player_lookup is not null as has_zones,
        zones.primary_scoring_zone,
        zones.paint_rate_last_10,
        zones.three_pt_rate_last_10,
        safe_divide(100 * expected.actual_5, expected.expected_5) as pct_5,
        safe_divide(100 * expected.actual_10, expected.expected_10) as pct_10,
        by_days.pct_7d,
        by_days.pct_14d,
        coalesce(expected.expected_10, 0) as expected_10,
        coalesce(expected.actual_10, 0) as actual_10,
        expected.missing_game_ids_10 as missing_game_ids
    from slate_players as players
    inner join nba_processing.player_last_games as form
        on
            players.player_lookup = form.player_lookup
            and players.season_year = form.season_year
            and players.cache_date > form.game_date
            and players.cache_date <= coalesce(form.next_game_date, players.cache_date)
            and form.season_year between extract(year from @history_start) and extract(year from @end_date)
            and form.games_so_far >= 5
    left join nba_processing.team_last_games as team
        on
            players.team_abbr = team.team_abbr
            and players.season_year = team.season_year
            and players.cache_date > team.game_date
            and players.cache_date <= coalesce(team.next_game_date, players.cache_date)
            and team.season_year between extract(year from @history_start) and extract(year from @end_date)
    left join nba_precompute.player_shot_zone_analysis as zones
        on
            players.cache_date = zones.analysis_date
            and players.player_lookup = zones.player_lookup
            and zones.analysis_date between @start_date and @end_date
    left join nba_processing.expected_games as expected
        on
            expected.entity_kind = 'player'
            and players.player_lookup = expected.entity_id
            and players.season_year = expected.season_year
            and players.cache_date > expected.game_date
            and players.cache_date <= coalesce(expected.next_game_date, players.cache_date)
    left join player_completeness_by_days as by_days
        on
            players.cache_date = by_days.cache_date
            and players.player_lookup = by_days.player_lookup
),

cache_rows as (
    select
        *,
        coalesce(pct_5 >= 90, true) as is_complete_5,
        coalesce(pct_10 >= 90, true) as is_complete_10,
        coalesce(pct_7d >= 90, true) as is_complete_7d,
        coalesce(pct_14d >= 90, true) as is_complete_14d
    from cache_inputs
)

select
    player_lookup,
    universal_player_id,
    cache_date,
    game_id,
    season_year,
    team_abbr,
    opponent_team_abbr,
    safe_divide(points_5, games_5) as points_avg_last_5,
    safe_divide(points_10, games_10) as points_avg_last_10,
    season_points_avg as points_avg_season,
    -- The sample variance from sums: (n * sum of squares - square of the sum) / (n * (n - 1)).
    sqrt(safe_divide(games_10 * squares_10 - points_10 * points_10, games_10 * (games_10 - 1))) as points_std_last_10,
    minutes_avg as minutes_avg_last_10,
    usage_rate as usage_rate_last_10,
    ts_pct as ts_pct_last_10,
    games_before as games_played_season,
    season_usage_rate as player_usage_rate_season,
    pace as team_pace_last_10,
    offensive_rating as team_off_rating_last_10,
    games_in_last_7_days,
    games_in_last_14_days,
    minutes_in_last_7_days,
    minutes_in_last_14_days,
    avg_minutes_per_game_last_7,
    back_to_backs_last_14_days,
    primary_scoring_zone,
    paint_rate_last_10,
    three_pt_rate_last_10,
    has_zones as shot_zone_data_available,
    assisted_rate as assisted_rate_last_10,
    player_age,
    pct_5 as l5_completeness_pct,
    is_complete_5 as l5_is_complete,
    pct_10 as l10_completeness_pct,
    is_complete_10 as l10_is_complete,
    pct_7d as l7d_completeness_pct,
    is_complete_7d as l7d_is_complete,
    pct_14d as l14d_completeness_pct,
    is_complete_14d as l14d_is_complete,
    is_complete_5 and is_complete_10 and is_complete_7d and is_complete_14d as all_windows_complete,
    pct_5 as cache_quality_score,
    case
        when pct_5 >= 95 then 'gold'
        when pct_5 >= 75 then 'silver'
        when pct_5 >= 50 then 'bronze'
        when pct_5 >= 25 then 'poor'
        when pct_5 is not null then 'unusable'
    end as quality_tier,
    'v1' as cache_version,
    expected_10 as expected_games_count,
    actual_10 as actual_games_count,
    pct_10 as completeness_percentage,
    expected_10 - actual_10 as missing_games_count,
    missing_game_ids,
    contributing_game_dates,
    is_complete_5 and is_complete_10 and is_complete_7d and is_complete_14d as is_production_ready,
    nullif(
        trim(
            concat(
                if(is_complete_5, '', 'l5_incomplete,'),
                if(is_complete_10, '', 'l10_incomplete,'),
                if(is_complete_7d, '', 'l7d_incomplete,'),
                if(is_complete_14d, '', 'l14d_incomplete,')
            ),
            ','
        ),
        ''
    ) as data_quality_issues,
    games_before < 10 as early_season_flag,
    if(games_before < 10, concat('only ', cast(games_before as string), ' games, window is 10'), null)
        as insufficient_data_reason
from cache_rows
;

-- check: longer_windows_hold_more | block | Fourteen days hold at least what seven hold.
select *
from nba_precompute.player_daily_cache
where
    games_in_last_7_days > games_in_last_14_days
    or minutes_in_last_7_days > minutes_in_last_14_days
;

-- check: zones_come_from_a_row | block | Without a shot zone row no zone is stated.
select *
from nba_precompute.player_daily_cache
where
    not shot_zone_data_available
    and (primary_scoring_zone is not null or paint_rate_last_10 is not null or three_pt_rate_last_10 is not null)

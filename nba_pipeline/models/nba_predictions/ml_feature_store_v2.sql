-- description: Every feature of a slate player as known before the first tip-off, with the source of each value beside it.
--   One row per player of the pre-game context, whatever else exists. A missing input is NULL with the source 'missing';
--   defaults stand only in the vector views features_<version>. phase4 = a precompute row of the slate, phase3 = an analytics
--   table, calculated = worked out here, fallback = a stand-in of another meaning. The quality columns judge the vector
--   v2_33features. Averages are over games that count; averages against an opponent reach back three years.
-- grain: One row per player and slate.
-- key: player_lookup, game_date
-- partition: game_date
-- cluster: player_lookup, game_date
-- history: season
-- misses: nba_processing.precompute_failures
-- level: L3
-- bootstrap: empty
-- guards: nba_analytics.player_game_summary, 10
-- column: player_lookup | string | not null | Canonical folded name.
-- column: universal_player_id | string | nulls<=0.05 | Person in the registry; NULL when the name is unknown.
-- column: game_date | date | not null | Slate; the row is the state of knowledge before its first tip-off.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: team_abbr | string | not null | Team on the slate.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: points_avg_last_5 | float64 | warn=0..70; unit=points; core | Mean points of the last five games.
-- column: points_avg_last_10 | float64 | warn=0..70; unit=points; core | Mean points of the last ten games.
-- column: points_avg_season | float64 | warn=0..70; unit=points; core | Mean points of the season so far.
-- column: points_std_last_10 | float64 | warn=0..30; unit=points; core | Sample standard deviation of points over the last ten games; two games at least.
-- column: games_in_last_7_days | float64 | warn=0..5; unit=games | Games played from D-7 to D-1.
-- column: fatigue_score | float64 | range=0..100; unit=score; core | Freshness; 100 = rested, lower = more tired.
-- column: shot_zone_mismatch_score | float64 | warn=-15..15; unit=score; core | Shot mix against the opponent's defence by zone; positive = favourable.
-- column: pace_score | float64 | warn=-8..8; unit=score; core | Expected pace against the league; positive = fast.
-- column: usage_spike_score | float64 | warn=-8..8; unit=score; core | Projected usage against the usual; positive = more.
-- column: rest_advantage | float64 | warn=-3..3; unit=days; core | Own less the opponent's days of rest, between -2 and 2.
-- column: injury_risk | float64 | range=0..3; unit=level | 0 available or not listed, 1 probable, 2 questionable, 3 doubtful or out.
-- column: recent_trend | float64 | range=-2..2; unit=level | Mean points of the two newest games less that of the three before: 2 from +5, 1 from +2, -1 from -2, -2 from -5; five games at least.
-- column: minutes_change | float64 | range=-2..2; unit=level | Minutes of the last ten games against the season's: 2 from +20 %, 1 from +10 %, -1 from -10 %, -2 from -20 %.
-- column: opponent_def_rating | float64 | warn=90..130; unit=points per 100 possessions; core | Defensive rating of the opponent.
-- column: opponent_pace | float64 | warn=90..115; unit=possessions per 48 minutes; core | Pace of the opponent's games.
-- column: home_away | float64 | not null; range=0..1; unit=flag; core | 1 = at home by the schedule.
-- column: back_to_back | float64 | range=0..1; unit=flag; core | 1 = played the day before.
-- column: playoff_game | float64 | not null; range=0..1; unit=flag | 1 = play-in or playoffs.
-- column: pct_paint | float64 | range=0..1; unit=fraction; core | Share of shots within 8 feet.
-- column: pct_mid_range | float64 | range=0..1; unit=fraction; core | Share of two-pointers beyond 8 feet.
-- column: pct_three | float64 | range=0..1; unit=fraction; core | Share of three-pointers.
-- column: pct_free_throw | float64 | range=0..0.5; unit=fraction | Share of points from free throws in the last ten games, 0.5 at most; five games at least.
-- column: team_pace | float64 | warn=90..115; unit=possessions per 48 minutes; core | Own team's mean pace of its last ten games.
-- column: team_off_rating | float64 | warn=90..130; unit=points per 100 possessions; core | Own team's mean offensive rating of its last ten games.
-- column: team_win_pct | float64 | range=0..1; unit=fraction; core | Own team's wins per game this season; five games at least.
-- column: vegas_points_line | float64 | warn=0..80; unit=points; core | Last points line before tip-off.
-- column: vegas_opening_line | float64 | warn=0..80; unit=points | First points line of the same book.
-- column: vegas_line_move | float64 | warn=-15..15; unit=points | Last less first line.
-- column: has_vegas_line | float64 | not null; range=0..1; unit=flag | 1 = somebody offered a points line.
-- column: avg_points_vs_opponent | float64 | warn=0..70; unit=points | Mean points against this opponent over three years, across seasons; else the season's mean.
-- column: games_vs_opponent | float64 | warn=0..100; unit=games | Games against this opponent over three years, across seasons; NULL without any game of the player this season, when 0 is no fact.
-- column: minutes_avg_last_10 | float64 | warn=0..48; unit=minutes; core | Mean minutes of the last ten games.
-- column: ppm_avg_last_10 | float64 | warn=0..2.5; unit=points per minute; core | Mean of the last ten games' points per minute.
-- column: opponent_def_rating_last_15 | float64 | warn=90..130; unit=points per 100 possessions | Mean defensive rating of the opponent's last fifteen games.
-- column: opponent_pace_last_15 | float64 | warn=90..115; unit=possessions per 48 minutes | Mean pace of the opponent's last fifteen games.
-- column: is_home | float64 | not null; range=0..1; unit=flag | 1 = at home by the schedule.
-- column: days_rest | float64 | range=1..; unit=days | Calendar difference to the last played game of the season; 1 = back-to-back.
-- column: paint_rate_last_10 | float64 | range=0..100; unit=percent | Share of shots within 8 feet.
-- column: mid_range_rate_last_10 | float64 | range=0..100; unit=percent | Share of two-pointers beyond 8 feet.
-- column: three_pt_rate_last_10 | float64 | range=0..100; unit=percent | Share of three-pointers.
-- column: assisted_rate_last_10 | float64 | warn=0..100; unit=percent | Share of made field goals that were assisted.
-- column: team_pace_last_10 | float64 | warn=90..115; unit=possessions per 48 minutes | Own team's mean pace of its last ten games.
-- column: team_off_rating_last_10 | float64 | warn=90..130; unit=points per 100 possessions | Own team's mean offensive rating of its last ten games.
-- column: usage_rate_last_10 | float64 | warn=0..60; unit=percent | Mean usage rate of the last ten games.
-- column: src_points_avg_last_5 | string | not null; in=phase4/phase3/missing | Source of points_avg_last_5.
-- column: src_points_avg_last_10 | string | not null; in=phase4/phase3/missing | Source of points_avg_last_10.
-- column: src_points_avg_season | string | not null; in=phase4/phase3/missing | Source of points_avg_season.
-- column: src_points_std_last_10 | string | not null; in=phase4/phase3/missing | Source of points_std_last_10.
-- column: src_games_in_last_7_days | string | not null; in=phase4/phase3/missing | Source of games_in_last_7_days.
-- column: src_fatigue_score | string | not null; in=phase4/missing | Source of fatigue_score.
-- column: src_shot_zone_mismatch_score | string | not null; in=phase4/missing | Source of shot_zone_mismatch_score.
-- column: src_pace_score | string | not null; in=phase4/missing | Source of pace_score.
-- column: src_usage_spike_score | string | not null; in=phase4/missing | Source of usage_spike_score.
-- column: src_rest_advantage | string | not null; in=calculated/missing | Source of rest_advantage.
-- column: src_injury_risk | string | not null; in=calculated/missing | Source of injury_risk.
-- column: src_recent_trend | string | not null; in=calculated/missing | Source of recent_trend.
-- column: src_minutes_change | string | not null; in=calculated/missing | Source of minutes_change.
-- column: src_opponent_def_rating | string | not null; in=phase4/phase3/missing | Source of opponent_def_rating.
-- column: src_opponent_pace | string | not null; in=phase4/phase3/missing | Source of opponent_pace.
-- column: src_home_away | string | not null; in=phase3 | Source of home_away.
-- column: src_back_to_back | string | not null; in=phase3/missing | Source of back_to_back.
-- column: src_playoff_game | string | not null; in=phase3 | Source of playoff_game.
-- column: src_pct_paint | string | not null; in=phase4/missing | Source of pct_paint.
-- column: src_pct_mid_range | string | not null; in=phase4/missing | Source of pct_mid_range.
-- column: src_pct_three | string | not null; in=phase4/missing | Source of pct_three.
-- column: src_pct_free_throw | string | not null; in=calculated/missing | Source of pct_free_throw.
-- column: src_team_pace | string | not null; in=phase4/phase3/missing | Source of team_pace.
-- column: src_team_off_rating | string | not null; in=phase4/phase3/missing | Source of team_off_rating.
-- column: src_team_win_pct | string | not null; in=calculated/missing | Source of team_win_pct.
-- column: src_vegas_points_line | string | not null; in=phase3/missing | Source of vegas_points_line.
-- column: src_vegas_opening_line | string | not null; in=phase3/missing | Source of vegas_opening_line.
-- column: src_vegas_line_move | string | not null; in=calculated/missing | Source of vegas_line_move.
-- column: src_has_vegas_line | string | not null; in=calculated | Source of has_vegas_line.
-- column: src_avg_points_vs_opponent | string | not null; in=calculated/fallback/missing | Source of avg_points_vs_opponent.
-- column: src_games_vs_opponent | string | not null; in=calculated/missing | Source of games_vs_opponent.
-- column: src_minutes_avg_last_10 | string | not null; in=phase4/phase3/missing | Source of minutes_avg_last_10.
-- column: src_ppm_avg_last_10 | string | not null; in=calculated/missing | Source of ppm_avg_last_10.
-- column: src_opponent_def_rating_last_15 | string | not null; in=phase4/missing | Source of opponent_def_rating_last_15.
-- column: src_opponent_pace_last_15 | string | not null; in=phase4/missing | Source of opponent_pace_last_15.
-- column: src_is_home | string | not null; in=phase3 | Source of is_home.
-- column: src_days_rest | string | not null; in=phase3/missing | Source of days_rest.
-- column: src_paint_rate_last_10 | string | not null; in=phase4/missing | Source of paint_rate_last_10.
-- column: src_mid_range_rate_last_10 | string | not null; in=phase4/missing | Source of mid_range_rate_last_10.
-- column: src_three_pt_rate_last_10 | string | not null; in=phase4/missing | Source of three_pt_rate_last_10.
-- column: src_assisted_rate_last_10 | string | not null; in=phase4/missing | Source of assisted_rate_last_10.
-- column: src_team_pace_last_10 | string | not null; in=phase4/phase3/missing | Source of team_pace_last_10.
-- column: src_team_off_rating_last_10 | string | not null; in=phase4/phase3/missing | Source of team_off_rating_last_10.
-- column: src_usage_rate_last_10 | string | not null; in=phase4/missing | Source of usage_rate_last_10.
-- column: feature_quality_score | float64 | not null; range=0..100; core | Mean weight of the sources: phase4 and calculated 100, phase3 87, fallback and missing 40; what is optional or unavailable and missing does not count. At most 69 with one required default, 49 with five.
-- column: quality_tier | string | not null; in=gold/silver/bronze/poor/critical | 95, 85, 70, 50 or less.
-- column: default_feature_count | int64 | not null; range=0..33 | Features without a stored value.
-- column: required_default_count | int64 | not null; range=0..33 | Those of them that are required and that a source of the slate could give.
-- column: default_feature_indices | string | | Their indices in v2_33features, separated by commas; NULL when none.
-- column: matchup_pct | float64 | not null; range=0..100; unit=percent | Share measured of fatigue, mismatch, pace, usage spike, opponent rating and pace.
-- column: player_history_pct | float64 | not null; range=0..100; unit=percent | Share measured of the player's averages, counts and history against the opponent; a fallback is not measured.
-- column: is_quality_ready | bool | not null | Score 70 or more, half of the matchup measured, no required default.
-- column: is_training_ready | bool | not null | Gold or silver, 70 % of the matchup and 80 % of the history measured.
-- column: data_source | string | not null; in=phase4/phase4_partial/phase3/mixed | Of the features the precompute tables make: 90 % from them, half, or half from analytics; else mixed.
-- column: upstream_player_daily_cache_ready | bool | not null | The player's cache row exists and is production ready.
-- column: upstream_player_composite_factors_ready | bool | not null | The player's factors are.
-- column: upstream_player_shot_zone_ready | bool | not null | The player's shot zone row is.
-- column: upstream_team_defense_zone_ready | bool | not null | The opponent's zone defence row is.
-- column: expected_games_count | int64 | not null; range=0..10 | Newest final games he was listed for and did not sit out, ten at most.
-- column: actual_games_count | int64 | not null; range=0..10 | Those of them that analytics has.
-- column: completeness_percentage | float64 | range=0..100; unit=percent | actual / expected; NULL without an expectation.
-- column: missing_games_count | int64 | not null; range=0..10 | expected less actual.
-- column: missing_game_ids | string | | Ids of the missing games, separated by commas.
-- column: contributing_game_dates | string | | Dates of his last ten games, oldest first, separated by commas; NULL before the first.
-- column: is_production_ready | bool | not null | At least 90 % complete, and all four upstream rows ready.
-- column: data_quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: early_season_flag | bool | not null | Fewer than ten games.
-- column: insufficient_data_reason | string | | Why the sample is small; NULL when it is full.
-- column: unavailable_feature_indices | string | | Indices in v2_33features of features without a value because no source of the slate gives them (nba_processing.available_sources), separated by commas; they are not required. NULL when none.
-- check: line_flag_follows_the_line | block | has_vegas_line is 1 exactly where there is a line. | has_vegas_line != if(vegas_points_line is null, 0, 1)
-- check: back_to_back_is_one_day | block | back_to_back is 1 exactly where days_rest is 1. | back_to_back != if(days_rest = 1, 1, 0)
-- check: zone_shares_add_up | block | The three shares of shots sum to one, give or take a hundredth. | abs(pct_paint + pct_mid_range + pct_three - 1) > 0.01
with
players as (
    select context.*
    from nba_analytics.upcoming_player_game_context as context
    inner join nba_processing.precompute_slates as slates on context.game_date = slates.analysis_date
    where context.game_date between @start_date and @end_date
),

games as (
    select
        player_lookup,
        season_year,
        game_date,
        points,
        ft_makes,
        seconds_played,
        points_per_minute_millionths,
        row_number() over (partition by player_lookup, season_year order by game_date, game_id) as game_number
    from nba_processing.eligible_player_games
    where game_date >= @history_start and game_date < @end_date
),

-- Every player's season before each slate.
reached as (
    select
        players.game_date,
        players.player_lookup,
        players.season_year,
        max(games.game_number) as games_before,
        safe_divide(sum(games.points), count(games.points)) as points_avg_season,
        sum(games.seconds_played) as season_seconds
    from players
    inner join games
        on
            players.player_lookup = games.player_lookup
            and players.season_year = games.season_year
            and games.game_date < players.game_date
    group by players.game_date, players.player_lookup, players.season_year
),

-- The last ten games; age 0 is the newest.
aged as (
    select
        reached.game_date,
        reached.player_lookup,
        reached.games_before,
        reached.points_avg_season,
        reached.season_seconds,
        games.game_date as played_on,
        games.points,
        games.ft_makes,
        games.seconds_played,
        games.points_per_minute_millionths,
        reached.games_before - games.game_number as age
    from reached
    inner join games
        on
            reached.player_lookup = games.player_lookup
            and reached.season_year = games.season_year
            and games.game_number between reached.games_before - 9 and reached.games_before
),

form as (
    select
        game_date,
        player_lookup,
        games_before,
        points_avg_season,
        season_seconds,
        count(*) as games_10,
        sum(points) as points_10,
        sum(points * points) as squares_10,
        sum(ft_makes) as ft_makes_10,
        sum(seconds_played) as seconds_10,
        safe_divide(sum(if(age < 5, points, null)), count(if(age < 5, points, null))) as points_avg_last_5,
        safe_divide(sum(points), count(points)) as points_avg_last_10,
        safe_divide(sum(points_per_minute_millionths), count(points_per_minute_millionths)) / 1000000 as ppm_avg,
        3 * sum(if(age < 2, points, 0)) - 2 * sum(if(age between 2 and 4, points, 0)) as sixfold_trend,
        string_agg(cast(played_on as string), ',' order by played_on) as contributing_game_dates
    from aged
    group by game_date, player_lookup, games_before, points_avg_season, season_seconds
),

against as (
    select
        players.game_date,
        players.player_lookup,
        count(*) as games,
        safe_divide(sum(past.points), count(past.points)) as points_avg
    from players
    inner join nba_processing.eligible_player_games as past
        on
            players.player_lookup = past.player_lookup
            and players.opponent_team_abbr = past.opponent_team_abbr
            and past.game_date < players.game_date
            and past.game_date >= cast(date_sub(players.game_date, interval 3 year) as date)
    where past.game_date < @end_date and past.game_date >= cast(date_sub(@start_date, interval 3 year) as date)
    group by players.game_date, players.player_lookup
),

-- What each table says, side by side; a value that only one of them can state has its feature's name already.
gathered as (
    select
        players.player_lookup,
        players.universal_player_id,
        players.game_date,
        players.game_id,
        players.season_year,
        players.team_abbr,
        players.opponent_team_abbr,

        cache.points_avg_last_5 as cached_points_avg_last_5,
        form.points_avg_last_5 as own_points_avg_last_5,
        cache.points_avg_last_10 as cached_points_avg_last_10,
        form.points_avg_last_10 as own_points_avg_last_10,
        cache.points_avg_season as cached_points_avg_season,
        form.points_avg_season as own_points_avg_season,
        cache.points_std_last_10 as cached_points_std_last_10,
        sqrt(
            safe_divide(
                form.games_10 * form.squares_10 - form.points_10 * form.points_10, form.games_10 * (form.games_10 - 1)
            )
        ) as own_points_std_last_10,
        cache.games_in_last_7_days as cached_games_in_last_7_days,
        players.games_in_last_7_days as context_games_in_last_7_days,
        cache.minutes_avg_last_10 as cached_minutes_avg_last_10,
        safe_divide(form.seconds_10, 60 * form.games_10) as own_minutes_avg_last_10,
        cache.team_pace_last_10 as cached_team_pace,
        team.pace_last_10 as context_team_pace,
        cache.team_off_rating_last_10 as cached_team_off_rating,
        team.offensive_rating_last_10 as context_team_off_rating,
        defence.defensive_rating_last_15 as opponent_def_rating_last_15,
        players.opponent_def_rating_last_10,
        defence.opponent_pace as opponent_pace_last_15,
        players.opponent_pace_last_10,
        against.points_avg as points_avg_against,

        factors.fatigue_score,
        factors.shot_zone_mismatch_score,
        factors.pace_score,
        factors.usage_spike_score,
        if(
            players.days_rest is null or players.opponent_days_rest is null,
            null,
            greatest(-2, least(2, players.days_rest - players.opponent_days_rest))
        ) as rest_advantage,
        case
            when players.player_status in ('out', 'doubtful') then 3
            when players.player_status = 'questionable' then 2
            when players.player_status = 'probable' then 1
            when players.player_status = 'available' or players.is_available then 0
        end as injury_risk,
        case
            when coalesce(form.games_10, 0) < 5 then null
            when form.sixfold_trend >= 30 then 2
            when form.sixfold_trend >= 12 then 1
            when form.sixfold_trend <= -30 then -2
            when form.sixfold_trend <= -12 then -1
            else 0
        end as recent_trend,
        case
            when coalesce(form.season_seconds, 0) = 0 then null
            when 5 * form.seconds_10 * form.games_before >= 6 * form.season_seconds * form.games_10 then 2
            when 10 * form.seconds_10 * form.games_before >= 11 * form.season_seconds * form.games_10 then 1
            when 5 * form.seconds_10 * form.games_before <= 4 * form.season_seconds * form.games_10 then -2
            when 10 * form.seconds_10 * form.games_before <= 9 * form.season_seconds * form.games_10 then -1
            else 0
        end as minutes_change,
        if(players.home_game, 1, 0) as is_home,
        case when players.back_to_back then 1 when not players.back_to_back then 0 end as back_to_back,
        if(players.season_phase = 'playoffs', 1, 0) as playoff_game,
        zones.paint_rate_last_10,
        zones.mid_range_rate_last_10,
        zones.three_pt_rate_last_10,
        case
            when coalesce(form.games_10, 0) < 5 or form.points_10 = 0 then null
            when 2 * form.ft_makes_10 > form.points_10 then 0.5
            else safe_divide(form.ft_makes_10, form.points_10)
        end as pct_free_throw,
        if(
            team.team_games_entering >= 5, safe_divide(team.team_wins_entering, team.team_games_entering), null
        ) as team_win_pct,
        players.current_points_line as vegas_points_line,
        if(players.current_points_line is null, null, players.opening_points_line) as vegas_opening_line,
        players.current_points_line - players.opening_points_line as vegas_line_move,
        if(players.current_points_line is null, 0, 1) as has_vegas_line,
        coalesce(against.games, if(form.games_before > 0, 0, null)) as games_vs_opponent,
        form.ppm_avg as ppm_avg_last_10,
        players.days_rest,
        100 * cache.assisted_rate_last_10 as assisted_rate_last_10,
        cache.usage_rate_last_10,

        coalesce(cache.is_production_ready, false) as is_cache_ready,
        coalesce(factors.is_production_ready, false) as are_factors_ready,
        coalesce(zones.is_production_ready, false) as are_zones_ready,
        coalesce(defence.is_production_ready, false) as is_defence_ready,
        coalesce(form.games_before, 0) as games_before,
        form.contributing_game_dates,
        coalesce(expected.expected_10, 0) as expected_games,
        coalesce(expected.actual_10, 0) as actual_games,
        safe_divide(100 * expected.actual_10, expected.expected_10) as completeness_percentage,
        expected.missing_game_ids_10 as missing_game_ids
    from players
    left join form on players.game_date = form.game_date and players.player_lookup = form.player_lookup
    left join against on players.game_date = against.game_date and players.player_lookup = against.player_lookup
    left join nba_processing.expected_games as expected
        on
            expected.entity_kind = 'player'
            and players.player_lookup = expected.entity_id
            and players.season_year = expected.season_year
            and players.game_date > expected.game_date
            and players.game_date <= coalesce(expected.next_game_date, players.game_date)
    left join nba_precompute.player_daily_cache as cache
        on
            players.player_lookup = cache.player_lookup
            and players.game_date = cache.cache_date
            and cache.cache_date between @start_date and @end_date
    left join nba_precompute.player_composite_factors as factors
        on
            players.player_lookup = factors.player_lookup
            and players.game_date = factors.game_date
            and factors.game_date between @start_date and @end_date
    left join nba_precompute.player_shot_zone_analysis as zones
        on
            players.player_lookup = zones.player_lookup
            and players.game_date = zones.analysis_date
            and zones.analysis_date between @start_date and @end_date
    left join nba_precompute.team_defense_zone_analysis as defence
        on
            players.opponent_team_abbr = defence.team_abbr
            and players.game_date = defence.analysis_date
            and defence.analysis_date between @start_date and @end_date
    left join nba_analytics.upcoming_team_game_context as team
        on
            players.team_abbr = team.team_abbr
            and players.game_id = team.game_id
            and team.game_date between @start_date and @end_date
),

-- One value per feature.
chosen as (
    select
        *,
        coalesce(cached_points_avg_last_5, own_points_avg_last_5) as points_avg_last_5,
        coalesce(cached_points_avg_last_10, own_points_avg_last_10) as points_avg_last_10,
        coalesce(cached_points_avg_season, own_points_avg_season) as points_avg_season,
        coalesce(cached_points_std_last_10, own_points_std_last_10) as points_std_last_10,
        coalesce(cached_games_in_last_7_days, context_games_in_last_7_days) as games_in_last_7_days,
        coalesce(opponent_def_rating_last_15, opponent_def_rating_last_10) as opponent_def_rating,
        coalesce(opponent_pace_last_15, opponent_pace_last_10) as opponent_pace,
        paint_rate_last_10 / 100 as pct_paint,
        mid_range_rate_last_10 / 100 as pct_mid_range,
        three_pt_rate_last_10 / 100 as pct_three,
        coalesce(cached_team_pace, context_team_pace) as team_pace,
        coalesce(cached_team_off_rating, context_team_off_rating) as team_off_rating,
        coalesce(points_avg_against, cached_points_avg_season, own_points_avg_season) as avg_points_vs_opponent,
        coalesce(cached_minutes_avg_last_10, own_minutes_avg_last_10) as minutes_avg_last_10
    from gathered
),

valued as (
    select
        *,
        case
            when cached_points_avg_last_5 is not null then 'phase4'
            when points_avg_last_5 is not null then 'phase3'
            else 'missing'
        end as src_points_avg_last_5,
        case
            when cached_points_avg_last_10 is not null then 'phase4'
            when points_avg_last_10 is not null then 'phase3'
            else 'missing'
        end as src_points_avg_last_10,
        case
            when cached_points_avg_season is not null then 'phase4'
            when points_avg_season is not null then 'phase3'
            else 'missing'
        end as src_points_avg_season,
        case
            when cached_points_std_last_10 is not null then 'phase4'
            when points_std_last_10 is not null then 'phase3'
            else 'missing'
        end as src_points_std_last_10,
        case
            when cached_games_in_last_7_days is not null then 'phase4'
            when games_in_last_7_days is not null then 'phase3'
            else 'missing'
        end as src_games_in_last_7_days,
        if(fatigue_score is null, 'missing', 'phase4') as src_fatigue_score,
        if(shot_zone_mismatch_score is null, 'missing', 'phase4') as src_shot_zone_mismatch_score,
        if(pace_score is null, 'missing', 'phase4') as src_pace_score,
        if(usage_spike_score is null, 'missing', 'phase4') as src_usage_spike_score,
        if(rest_advantage is null, 'missing', 'calculated') as src_rest_advantage,
        if(injury_risk is null, 'missing', 'calculated') as src_injury_risk,
        if(recent_trend is null, 'missing', 'calculated') as src_recent_trend,
        if(minutes_change is null, 'missing', 'calculated') as src_minutes_change,
        case
            when opponent_def_rating_last_15 is not null then 'phase4'
            when opponent_def_rating is not null then 'phase3'
            else 'missing'
        end as src_opponent_def_rating,
        case
            when opponent_pace_last_15 is not null then 'phase4'
            when opponent_pace is not null then 'phase3'
            else 'missing'
        end as src_opponent_pace,
        'phase3' as src_home_away,
        if(back_to_back is null, 'missing', 'phase3') as src_back_to_back,
        'phase3' as src_playoff_game,
        if(pct_paint is null, 'missing', 'phase4') as src_pct_paint,
        if(pct_mid_range is null, 'missing', 'phase4') as src_pct_mid_range,
        if(pct_three is null, 'missing', 'phase4') as src_pct_three,
        if(pct_free_throw is null, 'missing', 'calculated') as src_pct_free_throw,
        case
            when cached_team_pace is not null then 'phase4'
            when team_pace is not null then 'phase3'
            else 'missing'
        end as src_team_pace,
        case
            when cached_team_off_rating is not null then 'phase4'
            when team_off_rating is not null then 'phase3'
            else 'missing'
        end as src_team_off_rating,
        if(team_win_pct is null, 'missing', 'calculated') as src_team_win_pct,
        if(vegas_points_line is null, 'missing', 'phase3') as src_vegas_points_line,
        if(vegas_opening_line is null, 'missing', 'phase3') as src_vegas_opening_line,
        if(vegas_line_move is null, 'missing', 'calculated') as src_vegas_line_move,
        'calculated' as src_has_vegas_line,
        case
            when points_avg_against is not null then 'calculated'
            when avg_points_vs_opponent is not null then 'fallback'
            else 'missing'
        end as src_avg_points_vs_opponent,
        if(games_vs_opponent is null, 'missing', 'calculated') as src_games_vs_opponent,
        case
            when cached_minutes_avg_last_10 is not null then 'phase4'
            when minutes_avg_last_10 is not null then 'phase3'
            else 'missing'
        end as src_minutes_avg_last_10,
        if(ppm_avg_last_10 is null, 'missing', 'calculated') as src_ppm_avg_last_10,
        if(opponent_def_rating_last_15 is null, 'missing', 'phase4') as src_opponent_def_rating_last_15,
        if(opponent_pace_last_15 is null, 'missing', 'phase4') as src_opponent_pace_last_15,
        'phase3' as src_is_home,
        if(days_rest is null, 'missing', 'phase3') as src_days_rest,
        if(paint_rate_last_10 is null, 'missing', 'phase4') as src_paint_rate_last_10,
        if(mid_range_rate_last_10 is null, 'missing', 'phase4') as src_mid_range_rate_last_10,
        if(three_pt_rate_last_10 is null, 'missing', 'phase4') as src_three_pt_rate_last_10,
        if(assisted_rate_last_10 is null, 'missing', 'phase4') as src_assisted_rate_last_10,
        case
            when cached_team_pace is not null then 'phase4'
            when team_pace is not null then 'phase3'
            else 'missing'
        end as src_team_pace_last_10,
        case
            when cached_team_off_rating is not null then 'phase4'
            when team_off_rating is not null then 'phase3'
            else 'missing'
        end as src_team_off_rating_last_10,
        if(usage_rate_last_10 is null, 'missing', 'phase4') as src_usage_rate_last_10
    from chosen
),

contract as (
    select
        feature_index,
        feature_name,
        is_required,
        needs,
        feature_name in (
            'fatigue_score',
            'shot_zone_mismatch_score',
            'pace_score',
            'usage_spike_score',
            'opponent_def_rating',
            'opponent_pace'
        ) as is_matchup,
        feature_name in (
            'points_avg_last_5',
            'points_avg_last_10',
            'points_avg_season',
            'points_std_last_10',
            'games_in_last_7_days',
            'avg_points_vs_opponent',
            'games_vs_opponent',
            'minutes_avg_last_10',
            'ppm_avg_last_10'
        ) as is_player_history,
        feature_name in (
            'points_avg_last_5',
            'points_avg_last_10',
            'points_avg_season',
            'points_std_last_10',
            'games_in_last_7_days',
            'fatigue_score',
            'shot_zone_mismatch_score',
            'pace_score',
            'usage_spike_score',
            'opponent_def_rating',
            'opponent_pace',
            'pct_paint',
            'pct_mid_range',
            'pct_three',
            'team_pace',
            'team_off_rating',
            'minutes_avg_last_10'
        ) as is_made_in_phase4
    from nba_reference.feature_versions
    where feature_version = 'v2_33features'
),

tagged as (
    select
        valued.player_lookup,
        valued.game_date,
        contract.feature_index,
        contract.is_required,
        contract.is_matchup,
        contract.is_player_history,
        contract.is_made_in_phase4,
        contract.needs is not null and available.source_kind is null as has_no_source,
        case contract.feature_name
            when 'points_avg_last_5' then valued.src_points_avg_last_5
            when 'points_avg_last_10' then valued.src_points_avg_last_10
            when 'points_avg_season' then valued.src_points_avg_season
            when 'points_std_last_10' then valued.src_points_std_last_10
            when 'games_in_last_7_days' then valued.src_games_in_last_7_days
            when 'fatigue_score' then valued.src_fatigue_score
            when 'shot_zone_mismatch_score' then valued.src_shot_zone_mismatch_score
            when 'pace_score' then valued.src_pace_score
            when 'usage_spike_score' then valued.src_usage_spike_score
            when 'rest_advantage' then valued.src_rest_advantage
            when 'injury_risk' then valued.src_injury_risk
            when 'recent_trend' then valued.src_recent_trend
            when 'minutes_change' then valued.src_minutes_change
            when 'opponent_def_rating' then valued.src_opponent_def_rating
            when 'opponent_pace' then valued.src_opponent_pace
            when 'home_away' then valued.src_home_away
            when 'back_to_back' then valued.src_back_to_back
            when 'playoff_game' then valued.src_playoff_game
            when 'pct_paint' then valued.src_pct_paint
            when 'pct_mid_range' then valued.src_pct_mid_range
            when 'pct_three' then valued.src_pct_three
            when 'pct_free_throw' then valued.src_pct_free_throw
            when 'team_pace' then valued.src_team_pace
            when 'team_off_rating' then valued.src_team_off_rating
            when 'team_win_pct' then valued.src_team_win_pct
            when 'vegas_points_line' then valued.src_vegas_points_line
            when 'vegas_opening_line' then valued.src_vegas_opening_line
            when 'vegas_line_move' then valued.src_vegas_line_move
            when 'has_vegas_line' then valued.src_has_vegas_line
            when 'avg_points_vs_opponent' then valued.src_avg_points_vs_opponent
            when 'games_vs_opponent' then valued.src_games_vs_opponent
            when 'minutes_avg_last_10' then valued.src_minutes_avg_last_10
            when 'ppm_avg_last_10' then valued.src_ppm_avg_last_10
        end as source
    from valued
    cross join contract
    left join nba_processing.available_sources as available
        on valued.game_date = available.analysis_date and contract.needs = available.source_kind
),

-- What no source of the slate can give is not asked of its rows; what is there all the same counts.
asked as (
    select
        player_lookup,
        game_date,
        feature_index,
        source,
        has_no_source and source = 'missing' as is_unavailable,
        is_required and not (has_no_source and source = 'missing') as is_required,
        is_matchup and not (has_no_source and source = 'missing') as is_matchup,
        is_player_history and not (has_no_source and source = 'missing') as is_player_history,
        is_made_in_phase4
    from tagged
),

judged as (
    select
        player_lookup,
        game_date,
        safe_divide(
            sum(
                case
                    when source = 'missing' and not is_required then 0
                    when source in ('phase4', 'calculated') then 100
                    when source = 'phase3' then 87
                    else 40
                end
            ),
            countif(is_required or source <> 'missing')
        ) as source_score,
        countif(source = 'missing') as default_feature_count,
        countif(source = 'missing' and is_required) as required_default_count,
        string_agg(if(source = 'missing', cast(feature_index as string), null), ',' order by feature_index)
            as default_feature_indices,
        string_agg(if(is_unavailable, cast(feature_index as string), null), ',' order by feature_index)
            as unavailable_feature_indices,
        safe_divide(100 * countif(is_matchup and source not in ('fallback', 'missing')), countif(is_matchup))
            as matchup_pct,
        safe_divide(
            100 * countif(is_player_history and source not in ('fallback', 'missing')), countif(is_player_history)
        ) as player_history_pct,
        safe_divide(countif(is_made_in_phase4 and source = 'phase4'), countif(is_made_in_phase4)) as phase4_share,
        safe_divide(countif(is_made_in_phase4 and source = 'phase3'), countif(is_made_in_phase4)) as phase3_share
    from asked
    group by player_lookup, game_date
),

capped as (
    select
        *,
        case
            when required_default_count >= 5 and source_score > 49 then 49.0
            when required_default_count >= 1 and source_score > 69 then 69.0
            else source_score
        end as feature_quality_score
    from judged
),

tiered as (
    select
        *,
        case
            when feature_quality_score >= 95 then 'gold'
            when feature_quality_score >= 85 then 'silver'
            when feature_quality_score >= 70 then 'bronze'
            when feature_quality_score >= 50 then 'poor'
            else 'critical'
        end as quality_tier
    from capped
)

select
    valued.player_lookup,
    valued.universal_player_id,
    valued.game_date,
    valued.game_id,
    valued.season_year,
    valued.team_abbr,
    valued.opponent_team_abbr,
    valued.points_avg_last_5,
    valued.points_avg_last_10,
    valued.points_avg_season,
    valued.points_std_last_10,
    cast(valued.games_in_last_7_days as float64) as games_in_last_7_days,
    cast(valued.fatigue_score as float64) as fatigue_score,
    valued.shot_zone_mismatch_score,
    valued.pace_score,
    valued.usage_spike_score,
    cast(valued.rest_advantage as float64) as rest_advantage,
    cast(valued.injury_risk as float64) as injury_risk,
    cast(valued.recent_trend as float64) as recent_trend,
    cast(valued.minutes_change as float64) as minutes_change,
    valued.opponent_def_rating,
    valued.opponent_pace,
    cast(valued.is_home as float64) as home_away,
    cast(valued.back_to_back as float64) as back_to_back,
    cast(valued.playoff_game as float64) as playoff_game,
    valued.pct_paint,
    valued.pct_mid_range,
    valued.pct_three,
    valued.pct_free_throw,
    valued.team_pace,
    valued.team_off_rating,
    valued.team_win_pct,
    valued.vegas_points_line,
    valued.vegas_opening_line,
    valued.vegas_line_move,
    cast(valued.has_vegas_line as float64) as has_vegas_line,
    valued.avg_points_vs_opponent,
    cast(valued.games_vs_opponent as float64) as games_vs_opponent,
    valued.minutes_avg_last_10,
    valued.ppm_avg_last_10,
    valued.opponent_def_rating_last_15,
    valued.opponent_pace_last_15,
    cast(valued.is_home as float64) as is_home,
    cast(valued.days_rest as float64) as days_rest,
    valued.paint_rate_last_10,
    valued.mid_range_rate_last_10,
    valued.three_pt_rate_last_10,
    valued.assisted_rate_last_10,
    valued.team_pace as team_pace_last_10,
    valued.team_off_rating as team_off_rating_last_10,
    valued.usage_rate_last_10,
    valued.src_points_avg_last_5,
    valued.src_points_avg_last_10,
    valued.src_points_avg_season,
    valued.src_points_std_last_10,
    valued.src_games_in_last_7_days,
    valued.src_fatigue_score,
    valued.src_shot_zone_mismatch_score,
    valued.src_pace_score,
    valued.src_usage_spike_score,
    valued.src_rest_advantage,
    valued.src_injury_risk,
    valued.src_recent_trend,
    valued.src_minutes_change,
    valued.src_opponent_def_rating,
    valued.src_opponent_pace,
    valued.src_home_away,
    valued.src_back_to_back,
    valued.src_playoff_game,
    valued.src_pct_paint,
    valued.src_pct_mid_range,
    valued.src_pct_three,
    valued.src_pct_free_throw,
    valued.src_team_pace,
    valued.src_team_off_rating,
    valued.src_team_win_pct,
    valued.src_vegas_points_line,
    valued.src_vegas_opening_line,
    valued.src_vegas_line_move,
    valued.src_has_vegas_line,
    valued.src_avg_points_vs_opponent,
    valued.src_games_vs_opponent,
    valued.src_minutes_avg_last_10,
    valued.src_ppm_avg_last_10,
    valued.src_opponent_def_rating_last_15,
    valued.src_opponent_pace_last_15,
    valued.src_is_home,
    valued.src_days_rest,
    valued.src_paint_rate_last_10,
    valued.src_mid_range_rate_last_10,
    valued.src_three_pt_rate_last_10,
    valued.src_assisted_rate_last_10,
    valued.src_team_pace_last_10,
    valued.src_team_off_rating_last_10,
    valued.src_usage_rate_last_10,
    tiered.feature_quality_score,
    tiered.quality_tier,
    tiered.default_feature_count,
    tiered.required_default_count,
    tiered.default_feature_indices,
    tiered.matchup_pct,
    tiered.player_history_pct,
    tiered.quality_tier in ('gold', 'silver', 'bronze')
    and tiered.matchup_pct >= 50
    and tiered.required_default_count = 0 as is_quality_ready,
    tiered.quality_tier in ('gold', 'silver') and tiered.matchup_pct >= 70 and tiered.player_history_pct >= 80
        as is_training_ready,
    case
        when tiered.phase4_share >= 0.9 then 'phase4'
        when tiered.phase4_share >= 0.5 then 'phase4_partial'
        when tiered.phase3_share >= 0.5 then 'phase3'
        else 'mixed'
    end as data_source,
    valued.is_cache_ready as upstream_player_daily_cache_ready,
    valued.are_factors_ready as upstream_player_composite_factors_ready,
    valued.are_zones_ready as upstream_player_shot_zone_ready,
    valued.is_defence_ready as upstream_team_defense_zone_ready,
    valued.expected_games as expected_games_count,
    valued.actual_games as actual_games_count,
    valued.completeness_percentage,
    valued.expected_games - valued.actual_games as missing_games_count,
    valued.missing_game_ids,
    valued.contributing_game_dates,
    coalesce(valued.completeness_percentage >= 90, true)
    and valued.is_cache_ready
    and valued.are_factors_ready
    and valued.are_zones_ready
    and valued.is_defence_ready as is_production_ready,
    nullif(
        rtrim(
            concat(
                if(coalesce(valued.completeness_percentage >= 90, true), '', 'own_data_incomplete,'),
                if(valued.is_cache_ready, '', 'upstream_player_daily_cache_incomplete,'),
                if(valued.are_factors_ready, '', 'upstream_player_composite_factors_incomplete,'),
                if(valued.are_zones_ready, '', 'upstream_player_shot_zone_incomplete,'),
                if(valued.is_defence_ready, '', 'upstream_team_defense_zone_incomplete,')
            ),
            ','
        ),
        ''
    ) as data_quality_issues,
    valued.games_before < 10 as early_season_flag,
    if(
        valued.games_before < 10,
        concat('only ', cast(valued.games_before as string), ' games, window is 10'),
        null
    ) as insufficient_data_reason,
    tiered.unavailable_feature_indices
from valued
left join tiered on valued.player_lookup = tiered.player_lookup and valued.game_date = tiered.game_date
;

-- check: every_slate_player_has_a_row | block | A slate has as many rows here as in the pre-game context.
-- date: game_date
with
context as (
    select
        game_date,
        count(*) as players
    from nba_analytics.upcoming_player_game_context
    where game_date between @start_date and @end_date
    group by game_date
),

stored as (
    select
        game_date,
        count(*) as players
    from nba_predictions.ml_feature_store_v2
    where game_date between @start_date and @end_date
    group by game_date
)

select
    stored.game_date,
    stored.players as players_stored,
    context.players as players_of_the_context
from context
inner join stored on context.game_date = stored.game_date
where context.players != stored.players
;

-- check: quality_is_capped | block | One required default caps the score at 69, five at 49.
select *
from nba_predictions.ml_feature_store_v2
where
    (required_default_count >= 1 and feature_quality_score > 69)
    or (required_default_count >= 5 and feature_quality_score > 49)
;

-- check: no_feature_is_constant_over_a_slate | block | Where 50 players of a slate of three games or more have a
--   value, it is not the same for all.
-- date: game_date
with
slates as (
    select game_date
    from nba_predictions.ml_feature_store_v2
    where game_date between @start_date and @end_date
    group by game_date
    having count(distinct game_id) >= 3
),

features as (
    select
        game_date,
        feature_name,
        feature_value,
        -- After four days everybody is rested: such players do not count.
        feature_name != 'fatigue_score' or days_rest <= 3 as counts
    from nba_predictions.ml_feature_store_v2
    unpivot (
        feature_value for feature_name in (
            points_avg_last_5,
            points_avg_last_10,
            points_avg_season,
            points_std_last_10,
            fatigue_score,
            shot_zone_mismatch_score,
            opponent_def_rating,
            opponent_pace,
            team_pace,
            team_off_rating,
            team_win_pct,
            vegas_points_line,
            minutes_avg_last_10,
            ppm_avg_last_10
        )
    )
    where game_date between @start_date and @end_date
)

select
    features.game_date,
    features.feature_name,
    countif(features.counts) as players
from features
inner join slates on features.game_date = slates.game_date
group by features.game_date, features.feature_name
having countif(features.counts) >= 50 and count(distinct features.feature_value) < 2
;

-- check: no_factor_is_constant_over_a_week | block | Pace, usage spike and back-to-back are not the same for all
--   players of a week of the regular season.
-- date: game_date
with
constant_factors as (
    select factor_name
    from nba_predictions.ml_feature_store_v2
    unpivot include nulls (factor_value for factor_name in (pace_score, usage_spike_score, back_to_back))
    where game_date between @start_date and @end_date and playoff_game = 0
    group by factor_name
    having
        count(distinct game_date) >= 7
        and count(factor_value) >= 50
        and count(distinct factor_value) < 2
)

select distinct
    store.game_date,
    constant_factors.factor_name
from nba_predictions.ml_feature_store_v2 as store
cross join constant_factors
where store.game_date between @start_date and @end_date
;

-- check: required_values_are_known | warn | At most three in ten players with ten games lack a required value.
-- date: game_date
select
    game_date,
    countif(required_default_count > 0) as players_without,
    count(*) as players
from nba_predictions.ml_feature_store_v2
where game_date between @start_date and @end_date and not early_season_flag
group by game_date
having countif(required_default_count > 0) > 0.3 * count(*)
;

-- check: points_averages_differ | warn | Over 50 players of a slate the three points averages deviate by 3 points or
--   more and have 20 values.
-- date: game_date
select
    game_date,
    feature_name,
    count(*) as players,
    stddev_samp(feature_value) as standard_deviation,
    count(distinct feature_value) as distinct_values
from nba_predictions.ml_feature_store_v2
unpivot (
    feature_value for feature_name in (
        points_avg_last_5,
        points_avg_last_10,
        points_avg_season
    )
)
where game_date between @start_date and @end_date
group by game_date, feature_name
having
    count(*) >= 50
    and (stddev_samp(feature_value) < 3 or count(distinct feature_value) < 20)
;

-- check: form_differs | warn | Over 50 players of a slate spread of points, minutes and points per minute differ.
-- date: game_date
select
    game_date,
    feature_name,
    count(*) as players,
    stddev_samp(feature_value) as standard_deviation,
    count(distinct feature_value) as distinct_values
from nba_predictions.ml_feature_store_v2
unpivot (
    feature_value for feature_name in (
        points_std_last_10,
        minutes_avg_last_10,
        ppm_avg_last_10
    )
)
where game_date between @start_date and @end_date
group by game_date, feature_name
having
    count(*) >= 50
    and (
        stddev_samp(feature_value) < case feature_name
            when 'points_std_last_10' then 1
            when 'minutes_avg_last_10' then 5
            when 'ppm_avg_last_10' then 0.1
        end
        or count(distinct feature_value) < if(feature_name = 'minutes_avg_last_10', 15, 10)
    )
;

-- check: factors_differ | warn | Over 50 players of a slate of four games or more fatigue differs (where 50 played
--   within three days), and so does zone mismatch.
-- date: game_date
with
factors as (
    select
        game_date,
        count(distinct game_id) as games,
        -- After four days everybody is rested: such players do not count.
        countif(fatigue_score is not null and days_rest <= 3) as players_with_fatigue,
        stddev_samp(fatigue_score) as deviation_of_fatigue,
        count(shot_zone_mismatch_score) as players_with_mismatch,
        stddev_samp(shot_zone_mismatch_score) as deviation_of_mismatch,
        count(distinct shot_zone_mismatch_score) as distinct_mismatches
    from nba_predictions.ml_feature_store_v2
    where game_date between @start_date and @end_date
    group by game_date
)

select *
from factors
where
    (games >= 4 and players_with_fatigue >= 50 and deviation_of_fatigue < 1)
    or (players_with_mismatch >= 50 and (deviation_of_mismatch < 1 or distinct_mismatches < 10))
;

-- check: team_values_differ | warn | Over a slate of four games or more the values of teams and opponents differ;
--   five values, or one per team.
-- date: game_date
with
slates as (
    select
        game_date,
        least(5, count(distinct team_abbr)) as least_values
    from nba_predictions.ml_feature_store_v2
    where game_date between @start_date and @end_date
    group by game_date
    having count(distinct game_id) >= 4
),

features as (
    select
        game_date,
        feature_name,
        feature_value
    from nba_predictions.ml_feature_store_v2
    unpivot (
        feature_value for feature_name in (
            opponent_def_rating,
            opponent_pace,
            team_pace,
            team_off_rating,
            team_win_pct
        )
    )
    where game_date between @start_date and @end_date
)

select
    features.game_date,
    features.feature_name,
    stddev_samp(features.feature_value) as standard_deviation,
    count(distinct features.feature_value) as distinct_values
from features
inner join slates on features.game_date = slates.game_date
group by features.game_date, features.feature_name, slates.least_values
having
    count(*) >= 50
    and (
        stddev_samp(features.feature_value) < case features.feature_name
            when 'opponent_def_rating' then 1
            when 'opponent_pace' then 0.5
            when 'team_pace' then 0.5
            when 'team_off_rating' then 1
            when 'team_win_pct' then 0.02
        end
        or count(distinct features.feature_value) < slates.least_values
    )
;

-- check: lines_differ | warn | Over 50 lines of a slate the deviation is 2 points or more, with 10 values.
-- date: game_date
select
    game_date,
    count(vegas_points_line) as lines,
    stddev_samp(vegas_points_line) as standard_deviation,
    count(distinct vegas_points_line) as distinct_lines
from nba_predictions.ml_feature_store_v2
where game_date between @start_date and @end_date
group by game_date
having
    count(vegas_points_line) >= 50
    and (stddev_samp(vegas_points_line) < 2 or count(distinct vegas_points_line) < 10)

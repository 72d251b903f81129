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
-- column: shot_zone_mismatch_score | float64 | warn=-15..15; unit=score; core | Shot mix against the opponent's defense by zone; positive = favourable.
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
-- column: upstream_team_defense_zone_ready | bool | not null | The opponent's zone defense row is.
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
slate_players as (
    select
        context.*,
        greatest(-2, least(2, context.days_rest - context.opponent_days_rest)) as rest_advantage,
        case
            when context.player_status in ('out', 'doubtful') then 3
            when context.player_status = 'questionable' then 2
            when context.player_status = 'probable' then 1
            when context.player_status = 'available' or context.is_available then 0
        end as injury_risk,
        if(context.current_points_line is null, null, context.opening_points_line) as vegas_opening_line,
        context.current_points_line - context.opening_points_line as vegas_line_move
    from nba_analytics.upcoming_player_game_context as context
    inner join nba_processing.precompute_slates as slates on context.game_date = slates.analysis_date
    where context.game_date between @start_date and @end_date
),

player_form_before_slate as (
    select
        players.game_date,
        players.player_lookup,
        form.games_so_far as games_before,
        form.game_dates_10 as contributing_game_dates,
        safe_divide(form.points_5, form.points_games_5) as points_avg_last_5,
        safe_divide(form.points_10, form.points_games_10) as points_avg_last_10,
        form.points_avg_season,
        form.points_per_minute_10 as ppm_avg_last_10,
        -- The sample variance from sums: (n * sum of squares - square of the sum) / (n * (n - 1)).
        sqrt(
            safe_divide(
                form.games_10 * form.squared_points_10 - form.points_10 * form.points_10,
                form.games_10 * (form.games_10 - 1)
            )
        ) as points_std_last_10,
        safe_divide(form.seconds_10, 60 * form.games_10) as minutes_avg_last_10,
        -- Mean of the two newest games less that of the three before; times six, to stay whole, it is
        -- 3 * points_2 - 2 * (points_5 - points_2).
        case
            when form.games_10 < 5 then null
            when 5 * form.points_2 - 2 * form.points_5 >= 6 * 5 then 2
            when 5 * form.points_2 - 2 * form.points_5 >= 6 * 2 then 1
            when 5 * form.points_2 - 2 * form.points_5 <= -6 * 5 then -2
            when 5 * form.points_2 - 2 * form.points_5 <= -6 * 2 then -1
            else 0
        end as recent_trend,
        -- seconds_10 / games_10 against seconds_season / games_so_far, multiplied out so that 20 % is exactly 20 %.
        case
            when coalesce(form.seconds_season, 0) = 0 then null
            when 5 * form.seconds_10 * form.games_so_far >= 6 * form.seconds_season * form.games_10 then 2
            when 10 * form.seconds_10 * form.games_so_far >= 11 * form.seconds_season * form.games_10 then 1
            when 5 * form.seconds_10 * form.games_so_far <= 4 * form.seconds_season * form.games_10 then -2
            when 10 * form.seconds_10 * form.games_so_far <= 9 * form.seconds_season * form.games_10 then -1
            else 0
        end as minutes_change,
        case
            when form.games_10 < 5 or form.points_10 = 0 then null
            when 2 * form.ft_makes_10 > form.points_10 then 0.5
            else safe_divide(form.ft_makes_10, form.points_10)
        end as pct_free_throw
    from slate_players as players
    inner join nba_processing.player_last_games as form
        on
            players.player_lookup = form.player_lookup
            and players.season_year = form.season_year
            and players.game_date > form.game_date
            and players.game_date <= coalesce(form.next_game_date, players.game_date)
            and form.season_year between extract(year from @history_start) and extract(year from @end_date)
),

player_games_against_opponent as (
    select
        slate_players.game_date,
        slate_players.player_lookup,
        count(*) as games,
        safe_divide(sum(past.points), count(past.points)) as points_avg
    from slate_players
    inner join nba_processing.eligible_player_games as past
        on
            slate_players.player_lookup = past.player_lookup
            and slate_players.opponent_team_abbr = past.opponent_team_abbr
            and past.game_date < slate_players.game_date
            and past.game_date >= cast(date_sub(slate_players.game_date, interval 3 year) as date)
    where past.game_date < @end_date and past.game_date >= cast(date_sub(@start_date, interval 3 year) as date)
    group by slate_players.game_date, slate_players.player_lookup
),

-- Every feature's value, and beside it where the value is from.
features as (
    select
        players.player_lookup,
        players.universal_player_id,
        players.game_date,
        players.game_id,
        players.season_year,
        players.team_abbr,
        players.opponent_team_abbr,

        coalesce(cache.points_avg_last_5, form.points_avg_last_5) as points_avg_last_5,
        case
            when cache.points_avg_last_5 is not null then 'phase4'
            when form.points_avg_last_5 is not null then 'phase3'
            else 'missing'
        end as src_points_avg_last_5,
        coalesce(cache.points_avg_last_10, form.points_avg_last_10) as points_avg_last_10,
        case
            when cache.points_avg_last_10 is not null then 'phase4'
            when form.points_avg_last_10 is not null then 'phase3'
            else 'missing'
        end as src_points_avg_last_10,
        coalesce(cache.points_avg_season, form.points_avg_season) as points_avg_season,
        case
            when cache.points_avg_season is not null then 'phase4'
            when form.points_avg_season is not null then 'phase3'
            else 'missing'
        end as src_points_avg_season,
        coalesce(cache.points_std_last_10, form.points_std_last_10) as points_std_last_10,
        case
            when cache.points_std_last_10 is not null then 'phase4'
            when form.points_std_last_10 is not null then 'phase3'
            else 'missing'
        end as src_points_std_last_10,
        coalesce(cache.games_in_last_7_days, players.games_in_last_7_days) as games_in_last_7_days,
        case
            when cache.games_in_last_7_days is not null then 'phase4'
            when players.games_in_last_7_days is not null then 'phase3'
            else 'missing'
        end as src_games_in_last_7_days,
        coalesce(cache.minutes_avg_last_10, form.minutes_avg_last_10) as minutes_avg_last_10,
        case
            when cache.minutes_avg_last_10 is not null then 'phase4'
            when form.minutes_avg_last_10 is not null then 'phase3'
            else 'missing'
        end as src_minutes_avg_last_10,
        coalesce(cache.team_pace_last_10, team.pace_last_10) as team_pace,
        case
            when cache.team_pace_last_10 is not null then 'phase4'
            when team.pace_last_10 is not null then 'phase3'
            else 'missing'
        end as src_team_pace,
        coalesce(cache.team_off_rating_last_10, team.offensive_rating_last_10) as team_off_rating,
        case
            when cache.team_off_rating_last_10 is not null then 'phase4'
            when team.offensive_rating_last_10 is not null then 'phase3'
            else 'missing'
        end as src_team_off_rating,
        coalesce(defense.defensive_rating_last_15, players.opponent_def_rating_last_10) as opponent_def_rating,
        case
            when defense.defensive_rating_last_15 is not null then 'phase4'
            when players.opponent_def_rating_last_10 is not null then 'phase3'
            else 'missing'
        end as src_opponent_def_rating,
        coalesce(defense.opponent_pace, players.opponent_pace_last_10) as opponent_pace,
        case
            when defense.opponent_pace is not null then 'phase4'
            when players.opponent_pace_last_10 is not null then 'phase3'
            else 'missing'
        end as src_opponent_pace,
        coalesce(against.points_avg, cache.points_avg_season, form.points_avg_season) as avg_points_vs_opponent,
        case
            when against.points_avg is not null then 'calculated'
            when coalesce(cache.points_avg_season, form.points_avg_season) is not null then 'fallback'
            else 'missing'
        end as src_avg_points_vs_opponent,

        factors.fatigue_score,
        if(factors.fatigue_score is null, 'missing', 'phase4') as src_fatigue_score,
        factors.shot_zone_mismatch_score,
        if(factors.shot_zone_mismatch_score is null, 'missing', 'phase4') as src_shot_zone_mismatch_score,
        factors.pace_score,
        if(factors.pace_score is null, 'missing', 'phase4') as src_pace_score,
        factors.usage_spike_score,
        if(factors.usage_spike_score is null, 'missing', 'phase4') as src_usage_spike_score,
        zones.paint_rate_last_10 / 100 as pct_paint,
        if(zones.paint_rate_last_10 is null, 'missing', 'phase4') as src_pct_paint,
        zones.paint_rate_last_10,
        if(zones.paint_rate_last_10 is null, 'missing', 'phase4') as src_paint_rate_last_10,
        zones.mid_range_rate_last_10 / 100 as pct_mid_range,
        if(zones.mid_range_rate_last_10 is null, 'missing', 'phase4') as src_pct_mid_range,
        zones.mid_range_rate_last_10,
        if(zones.mid_range_rate_last_10 is null, 'missing', 'phase4') as src_mid_range_rate_last_10,
        zones.three_pt_rate_last_10 / 100 as pct_three,
        if(zones.three_pt_rate_last_10 is null, 'missing', 'phase4') as src_pct_three,
        zones.three_pt_rate_last_10,
        if(zones.three_pt_rate_last_10 is null, 'missing', 'phase4') as src_three_pt_rate_last_10,
        100 * cache.assisted_rate_last_10 as assisted_rate_last_10,
        if(cache.assisted_rate_last_10 is null, 'missing', 'phase4') as src_assisted_rate_last_10,
        cache.usage_rate_last_10,
        if(cache.usage_rate_last_10 is null, 'missing', 'phase4') as src_usage_rate_last_10,
        defense.defensive_rating_last_15 as opponent_def_rating_last_15,
        if(defense.defensive_rating_last_15 is null, 'missing', 'phase4') as src_opponent_def_rating_last_15,
        defense.opponent_pace as opponent_pace_last_15,
        if(defense.opponent_pace is null, 'missing', 'phase4') as src_opponent_pace_last_15,

        if(players.home_game, 1, 0) as is_home,
        'phase3' as src_home_away,
        if(players.season_phase = 'playoffs', 1, 0) as playoff_game,
        'phase3' as src_playoff_game,
        cast(players.back_to_back as int64) as back_to_back,
        if(players.back_to_back is null, 'missing', 'phase3') as src_back_to_back,
        players.days_rest,
        if(players.days_rest is null, 'missing', 'phase3') as src_days_rest,
        players.current_points_line as vegas_points_line,
        if(players.current_points_line is null, 'missing', 'phase3') as src_vegas_points_line,
        players.vegas_opening_line,
        if(players.vegas_opening_line is null, 'missing', 'phase3') as src_vegas_opening_line,
        players.vegas_line_move,
        if(players.vegas_line_move is null, 'missing', 'calculated') as src_vegas_line_move,
        if(players.current_points_line is null, 0, 1) as has_vegas_line,
        'calculated' as src_has_vegas_line,

        players.rest_advantage,
        if(players.rest_advantage is null, 'missing', 'calculated') as src_rest_advantage,
        players.injury_risk,
        if(players.injury_risk is null, 'missing', 'calculated') as src_injury_risk,
        form.recent_trend,
        if(form.recent_trend is null, 'missing', 'calculated') as src_recent_trend,
        form.minutes_change,
        if(form.minutes_change is null, 'missing', 'calculated') as src_minutes_change,
        form.pct_free_throw,
        if(form.pct_free_throw is null, 'missing', 'calculated') as src_pct_free_throw,
        form.ppm_avg_last_10,
        if(form.ppm_avg_last_10 is null, 'missing', 'calculated') as src_ppm_avg_last_10,
        if(team.team_games_entering >= 5, safe_divide(team.team_wins_entering, team.team_games_entering), null)
            as team_win_pct,
        if(team.team_games_entering >= 5, 'calculated', 'missing') as src_team_win_pct,
        -- Without any game of the player this season, none against the opponent is no fact.
        coalesce(against.games, if(form.games_before > 0, 0, null)) as games_vs_opponent,
        if(against.games is null and form.games_before is null, 'missing', 'calculated') as src_games_vs_opponent,

        coalesce(cache.is_production_ready, false) as is_cache_ready,
        coalesce(factors.is_production_ready, false) as are_factors_ready,
        coalesce(zones.is_production_ready, false) as are_zones_ready,
        coalesce(defense.is_production_ready, false) as is_defense_ready,
        coalesce(form.games_before, 0) as games_before,
        form.contributing_game_dates,
        coalesce(expected.expected_10, 0) as expected_games,
        coalesce(expected.actual_10, 0) as actual_games,
        safe_divide(100 * expected.actual_10, expected.expected_10) as completeness_percentage,
        expected.missing_game_ids_10 as missing_game_ids
    from slate_players as players
    left join player_form_before_slate as form
        on players.game_date = form.game_date and players.player_lookup = form.player_lookup
    left join player_games_against_opponent as against
        on players.game_date = against.game_date and players.player_lookup = against.player_lookup
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
    left join nba_precompute.team_defense_zone_analysis as defense
        on
            players.opponent_team_abbr = defense.team_abbr
            and players.game_date = defense.analysis_date
            and defense.analysis_date between @start_date and @end_date
    left join nba_analytics.upcoming_team_game_context as team
        on
            players.team_abbr = team.team_abbr
            and players.game_id = team.game_id
            and team.game_date between @start_date and @end_date
),

feature_contract as (
    select
        feature_index,
        feature_name,
        is_required,
        needs,
        feature_name in (
            'fatigue_score', 'shot_zone_mismatch_score', 'pace_score', 'usage_spike_score',
            'opponent_def_rating', 'opponent_pace'
        ) as is_matchup,
        feature_name in (
            'points_avg_last_5', 'points_avg_last_10', 'points_avg_season', 'points_std_last_10',
            'games_in_last_7_days', 'avg_points_vs_opponent', 'games_vs_opponent', 'minutes_avg_last_10',
            'ppm_avg_last_10'
        ) as is_player_history,
        feature_name in (
            'points_avg_last_5', 'points_avg_last_10', 'points_avg_season', 'points_std_last_10',
            'games_in_last_7_days', 'fatigue_score', 'shot_zone_mismatch_score', 'pace_score',
            'usage_spike_score', 'opponent_def_rating', 'opponent_pace', 'pct_paint', 'pct_mid_range',
            'pct_three', 'team_pace', 'team_off_rating', 'minutes_avg_last_10'
        ) as is_made_in_phase4
    from nba_reference.feature_versions
    where feature_version = 'v2_33features'
),

feature_sources as (
    select
        player_lookup,
        game_date,
        source_column,
        source
    from features
    unpivot (
        source for source_column in (
            src_points_avg_last_5, src_points_avg_last_10, src_points_avg_season, src_points_std_last_10,
            src_games_in_last_7_days, src_fatigue_score, src_shot_zone_mismatch_score, src_pace_score,
            src_usage_spike_score, src_rest_advantage, src_injury_risk, src_recent_trend, src_minutes_change,
            src_opponent_def_rating, src_opponent_pace, src_home_away, src_back_to_back, src_playoff_game,
            src_pct_paint, src_pct_mid_range, src_pct_three, src_pct_free_throw, src_team_pace,
            src_team_off_rating, src_team_win_pct, src_vegas_points_line, src_vegas_opening_line,
            src_vegas_line_move, src_has_vegas_line, src_avg_points_vs_opponent, src_games_vs_opponent,
            src_minutes_avg_last_10, src_ppm_avg_last_10
        )
    )
),

-- What no source of the slate can give is not asked of its rows; what is there all the same counts.
judged_features as (
    select
        sources.player_lookup,
        sources.game_date,
        sources.source,
        feature_contract.feature_index,
        feature_contract.is_made_in_phase4,
        available.source_kind is null
        and feature_contract.needs is not null
        and sources.source = 'missing' as is_unavailable,
        feature_contract.is_required,
        feature_contract.is_matchup,
        feature_contract.is_player_history
    from feature_sources as sources
    inner join feature_contract on sources.source_column = concat('src_', feature_contract.feature_name)
    left join nba_processing.available_sources as available
        on sources.game_date = available.analysis_date and feature_contract.needs = available.source_kind
),

feature_sums as (
    select
        player_lookup,
        game_date,
        safe_divide(
            sum(
                case
                    when source = 'missing' and (is_unavailable or not is_required) then 0
                    when source in ('phase4', 'calculated') then 100
                    when source = 'phase3' then 87
                    else 40
                end
            ),
            countif(source != 'missing' or (is_required and not is_unavailable))
        ) as source_score,
        countif(source = 'missing') as default_feature_count,
        countif(source = 'missing' and is_required and not is_unavailable) as required_default_count,
        string_agg(if(source = 'missing', cast(feature_index as string), null), ',' order by feature_index)
            as default_feature_indices,
        string_agg(if(is_unavailable, cast(feature_index as string), null), ',' order by feature_index)
            as unavailable_feature_indices,
        safe_divide(
            100 * countif(is_matchup and source not in ('fallback', 'missing')),
            countif(is_matchup and not is_unavailable)
        ) as matchup_pct,
        safe_divide(
            100 * countif(is_player_history and source not in ('fallback', 'missing')),
            countif(is_player_history and not is_unavailable)
        ) as player_history_pct,
        safe_divide(countif(is_made_in_phase4 and source = 'phase4'), countif(is_made_in_phase4)) as phase4_share,
        safe_divide(countif(is_made_in_phase4 and source = 'phase3'), countif(is_made_in_phase4)) as phase3_share
    from judged_features
    group by player_lookup, game_date
),

quality_scores as (
    select
        *,
        case
            when required_default_count >= 5 and source_score > 49 then 49.0
            when required_default_count >= 1 and source_score > 69 then 69.0
            else source_score
        end as feature_quality_score
    from feature_sums
),

quality as (
    select
        *,
        case
            when feature_quality_score >= 95 then 'gold'
            when feature_quality_score >= 85 then 'silver'
            when feature_quality_score >= 70 then 'bronze'
            when feature_quality_score >= 50 then 'poor'
            else 'critical'
        end as quality_tier
    from quality_scores
)

select
    features.player_lookup,
    features.universal_player_id,
    features.game_date,
    features.game_id,
    features.season_year,
    features.team_abbr,
    features.opponent_team_abbr,
    features.points_avg_last_5,
    features.points_avg_last_10,
    features.points_avg_season,
    features.points_std_last_10,
    cast(features.games_in_last_7_days as float64) as games_in_last_7_days,
    cast(features.fatigue_score as float64) as fatigue_score,
    features.shot_zone_mismatch_score,
    features.pace_score,
    features.usage_spike_score,
    cast(features.rest_advantage as float64) as rest_advantage,
    cast(features.injury_risk as float64) as injury_risk,
    cast(features.recent_trend as float64) as recent_trend,
    cast(features.minutes_change as float64) as minutes_change,
    features.opponent_def_rating,
    features.opponent_pace,
    cast(features.is_home as float64) as home_away,
    cast(features.back_to_back as float64) as back_to_back,
    cast(features.playoff_game as float64) as playoff_game,
    features.pct_paint,
    features.pct_mid_range,
    features.pct_three,
    features.pct_free_throw,
    features.team_pace,
    features.team_off_rating,
    features.team_win_pct,
    features.vegas_points_line,
    features.vegas_opening_line,
    features.vegas_line_move,
    cast(features.has_vegas_line as float64) as has_vegas_line,
    features.avg_points_vs_opponent,
    cast(features.games_vs_opponent as float64) as games_vs_opponent,
    features.minutes_avg_last_10,
    features.ppm_avg_last_10,
    features.opponent_def_rating_last_15,
    features.opponent_pace_last_15,
    cast(features.is_home as float64) as is_home,
    cast(features.days_rest as float64) as days_rest,
    features.paint_rate_last_10,
    features.mid_range_rate_last_10,
    features.three_pt_rate_last_10,
    features.assisted_rate_last_10,
    features.team_pace as team_pace_last_10,
    features.team_off_rating as team_off_rating_last_10,
    features.usage_rate_last_10,
    features.src_points_avg_last_5,
    features.src_points_avg_last_10,
    features.src_points_avg_season,
    features.src_points_std_last_10,
    features.src_games_in_last_7_days,
    features.src_fatigue_score,
    features.src_shot_zone_mismatch_score,
    features.src_pace_score,
    features.src_usage_spike_score,
    features.src_rest_advantage,
    features.src_injury_risk,
    features.src_recent_trend,
    features.src_minutes_change,
    features.src_opponent_def_rating,
    features.src_opponent_pace,
    features.src_home_away,
    features.src_back_to_back,
    features.src_playoff_game,
    features.src_pct_paint,
    features.src_pct_mid_range,
    features.src_pct_three,
    features.src_pct_free_throw,
    features.src_team_pace,
    features.src_team_off_rating,
    features.src_team_win_pct,
    features.src_vegas_points_line,
    features.src_vegas_opening_line,
    features.src_vegas_line_move,
    features.src_has_vegas_line,
    features.src_avg_points_vs_opponent,
    features.src_games_vs_opponent,
    features.src_minutes_avg_last_10,
    features.src_ppm_avg_last_10,
    features.src_opponent_def_rating_last_15,
    features.src_opponent_pace_last_15,
    features.src_home_away as src_is_home,
    features.src_days_rest,
    features.src_paint_rate_last_10,
    features.src_mid_range_rate_last_10,
    features.src_three_pt_rate_last_10,
    features.src_assisted_rate_last_10,
    features.src_team_pace as src_team_pace_last_10,
    features.src_team_off_rating as src_team_off_rating_last_10,
    features.src_usage_rate_last_10,
    quality.feature_quality_score,
    quality.quality_tier,
    quality.default_feature_count,
    quality.required_default_count,
    quality.default_feature_indices,
    quality.matchup_pct,
    quality.player_history_pct,
    quality.quality_tier in ('gold', 'silver', 'bronze')
    and quality.matchup_pct >= 50
    and quality.required_default_count = 0 as is_quality_ready,
    quality.quality_tier in ('gold', 'silver') and quality.matchup_pct >= 70 and quality.player_history_pct >= 80
        as is_training_ready,
    case
        when quality.phase4_share >= 0.9 then 'phase4'
        when quality.phase4_share >= 0.5 then 'phase4_partial'
        when quality.phase3_share >= 0.5 then 'phase3'
        else 'mixed'
    end as data_source,
    features.is_cache_ready as upstream_player_daily_cache_ready,
    features.are_factors_ready as upstream_player_composite_factors_ready,
    features.are_zones_ready as upstream_player_shot_zone_ready,
    features.is_defense_ready as upstream_team_defense_zone_ready,
    features.expected_games as expected_games_count,
    features.actual_games as actual_games_count,
    features.completeness_percentage,
    features.expected_games - features.actual_games as missing_games_count,
    features.missing_game_ids,
    features.contributing_game_dates,
    coalesce(features.completeness_percentage >= 90, true)
    and features.is_cache_ready
    and features.are_factors_ready
    and features.are_zones_ready
    and features.is_defense_ready as is_production_ready,
    nullif(
        rtrim(
            concat(
                if(coalesce(features.completeness_percentage >= 90, true), '', 'own_data_incomplete,'),
                if(features.is_cache_ready, '', 'upstream_player_daily_cache_incomplete,'),
                if(features.are_factors_ready, '', 'upstream_player_composite_factors_incomplete,'),
                if(features.are_zones_ready, '', 'upstream_player_shot_zone_incomplete,'),
                if(features.is_defense_ready, '', 'upstream_team_defense_zone_incomplete,')
            ),
            ','
        ),
        ''
    ) as data_quality_issues,
    features.games_before < 10 as early_season_flag,
    if(
        features.games_before < 10,
        concat('only ', cast(features.games_before as string), ' games, window is 10'),
        null
    ) as insufficient_data_reason,
    quality.unavailable_feature_indices
from features
left join quality
    on features.player_lookup = quality.player_lookup and features.game_date = quality.game_date
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

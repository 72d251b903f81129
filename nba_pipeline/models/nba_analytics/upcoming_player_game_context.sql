-- description: A player before a game: rest and load, form, lines, availability, team and opponent context, as known before tip-off.
--   Histories are played games of the same season before the date; lines and injuries the last capture before tip-off.
--   The Cup final counts for rest, load and streaks, not for averages of points and usage, stars and the windows L5 and L10.
-- grain: One row per scheduled game and player of the slate's universe.
-- key: game_id, player_lookup
-- unique: game_date, player_lookup
-- partition: game_date
-- cluster: player_lookup, universal_player_id, game_date
-- history: season
-- covers: scheduled_games
-- misses: nba_processing.registry_failures
-- column: player_lookup | string | not null; core | Canonical folded name.
-- column: universal_player_id | string | nulls<=0.05 | Person in the registry; NULL when the name is unknown.
-- column: player_full_name | string | | Display name.
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null; in=regular/cup_final/play_in/playoffs | Kind of game.
-- column: season_phase | string | not null; in=early/mid/late/playoffs | Play-in and playoffs by kind of game; else early to November, mid to February, late.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: home_game | bool | not null; core | True for the home team.
-- column: universe_source | string | not null; in=roster/recent_box/gamebook | Why the player is listed.
-- column: has_prop_line | bool | not null | Whether a points line was offered before tip-off.
-- column: current_points_line | float64 | range=0..80; unit=points | Last points line before tip-off; NULL without one.
-- column: current_points_line_source | string | | Feed and book of that line.
-- column: opening_points_line | float64 | range=0..80; unit=points | First line of the same book; NULL when it is known from one capture only.
-- column: opening_points_line_source | string | | Feed and book of the first line.
-- column: line_movement | float64 | warn=-5..5; unit=points | Last minus first line of the same book; NULL when either is unknown.
-- column: game_spread | float64 | range=-40..40; unit=points; core | Spread of the player's team; negative = favoured.
-- column: opening_spread | float64 | unit=points | First spread of the same book; NULL when it is known from one capture only.
-- column: spread_movement | float64 | unit=points | Last minus first spread; NULL when either is unknown.
-- column: game_spread_source | string | | Book of the spread.
-- column: game_total | float64 | unit=points | Total of the game.
-- column: opening_total | float64 | unit=points | First total of the same book; NULL when it is known from one capture only.
-- column: total_movement | float64 | unit=points | Last minus first total; NULL when either is unknown.
-- column: game_total_source | string | | Book of the total.
-- column: days_rest | int64 | range=1..; unit=days; core | Calendar difference to the last played game of the season; 1 = back-to-back; NULL before the first.
-- column: full_rest_days | int64 | range=0..; unit=days | Full days off: days_rest less 1.
-- column: back_to_back | bool | core | Played the day before; NULL before the first played game.
-- column: days_rest_before_last_game | int64 | range=1..; unit=days | Calendar difference between the last two played games.
-- column: days_since_2_plus_days_rest | int64 | range=1..; unit=days | Days since the newest played game that followed a gap of two days or more.
-- column: games_in_last_7_days | int64 | not null; range=0..7; warn=0..5 | Played games from D-7 to D-1.
-- column: games_in_last_14_days | int64 | not null; range=0..14; warn=0..9 | Played games from D-14 to D-1.
-- column: minutes_in_last_7_days | float64 | not null; range=0..525; warn=0..265; unit=minutes | Minutes from D-7 to D-1.
-- column: minutes_in_last_14_days | float64 | not null; range=0..1050; unit=minutes | Minutes from D-14 to D-1.
-- column: avg_minutes_per_game_last_7 | float64 | range=0..75; unit=minutes | Minutes per game of the last seven days; NULL without a game.
-- column: back_to_backs_last_14_days | int64 | not null; range=0..7 | Pairs of consecutive dates among the games from D-14 to D-1.
-- column: avg_usage_rate_last_7_games | float64 | range=0..100; unit=percent | Mean usage of the last seven played games, games without usage left out.
-- column: points_avg_last_5 | float64 | range=0..100; unit=points | Mean points of the last five played games; NULL without one.
-- column: points_avg_last_10 | float64 | range=0..100; unit=points | Mean points of the last ten played games.
-- column: l5_games_used | int64 | not null; range=0..5 | Games behind points_avg_last_5.
-- column: l5_sample_quality | string | not null; in=excellent/good/limited/insufficient | 5, 3, 2 or fewer games.
-- column: l10_games_used | int64 | not null; range=0..10 | Games behind points_avg_last_10.
-- column: l10_sample_quality | string | not null; in=excellent/good/limited/insufficient | 10, 7, 5 or fewer games.
-- column: prop_over_streak | int64 | not null; range=0.. | Newest played games above today's line without one below it; 0 without a line.
-- column: prop_under_streak | int64 | not null; range=0.. | Newest played games below today's line without one above it; 0 without a line.
-- column: opponent_pace_last_10 | float64 | unit=possessions per 48 minutes | The opponent's mean pace of its last ten games.
-- column: pace_differential | float64 | unit=possessions per 48 minutes | Own team's mean pace less the opponent's, last ten games each.
-- column: opponent_def_rating_last_10 | float64 | unit=points per 100 possessions | The opponent's mean defensive rating of its last ten games.
-- column: opponent_off_rating_last_10 | float64 | unit=points per 100 possessions | The opponent's mean offensive rating of its last ten games.
-- column: opponent_ft_rate_allowed | float64 | unit=attempts per 100 possessions | Free throws the opponent allows per 100 possessions, last ten games.
-- column: opponent_days_rest | int64 | range=1..; unit=days | The opponent's calendar difference to its last game.
-- column: projected_usage_rate | float64 | range=0..150; unit=percent | Own usage of the last ten games plus a share of the absent team-mates' proportional to it; NULL without an injury report.
-- column: star_teammates_out | int64 | range=0..12 | Star team-mates reported out or doubtful, the player himself left out; NULL without a report.
-- column: questionable_star_teammates | int64 | range=0..12 | Star team-mates reported questionable; NULL without a report.
-- column: questionable_teammates | int64 | range=0..20 | Team-mates reported questionable; NULL without a report.
-- column: probable_teammates | int64 | range=0..20 | Team-mates reported probable; NULL without a report.
-- column: travel_miles | int64 | unit=miles | Miles of the team's trip to this game.
-- column: time_zone_changes | float64 | unit=hours | Clock change of that trip; positive = eastward.
-- column: consecutive_road_games | int64 | range=0.. | Length of the road trip, this game included.
-- column: miles_traveled_last_14_days | int64 | unit=miles | Miles of the team's trips of fourteen days, this one included; NULL when one of them is unknown.
-- column: time_zones_crossed_last_14_days | float64 | unit=hours | Hours of clock change of the same trips; NULL likewise.
-- column: player_age | int64 | range=17..50; unit=years | Whole years on the date; NULL without a date of birth.
-- column: player_status | string | in=out/questionable/doubtful/probable/available | Last status before tip-off; NULL when not reported.
-- column: is_available | bool | | Not reported out or doubtful; NULL without an injury report for the game.
-- column: injury_report | string | | Reason as printed.
-- column: completeness_l5_pct | float64 | range=0..100; unit=percent | Of the team's last five final games, share with a box score row of the player.
-- column: completeness_l10_pct | float64 | range=0..100; unit=percent | Same for ten games.
-- column: completeness_l7d_pct | float64 | range=0..100; unit=percent | Same from D-7 to D-1; NULL without games.
-- column: completeness_l14d_pct | float64 | range=0..100; unit=percent | Same from D-14 to D-1.
-- column: completeness_l30d_pct | float64 | range=0..100; unit=percent | Same from D-30 to D-1.
-- column: all_windows_complete | bool | not null | Every window that has games is complete; information only.
-- column: quality_tier | string | not null; in=gold/silver/bronze | gold ten played games, silver five, bronze fewer.
-- column: quality_score | float64 | not null; range=0..100 | 95, 75 or 50.
-- column: quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: is_production_ready | bool | not null | The team's data of fourteen days is at least 90 % complete.
-- column: primary_source_used | string | not null; in=player_game_summary | Where the history comes from.
-- column: processed_with_issues | bool | not null | Whether there are issues.
-- check: rest_is_positive | block | A played game before the date lies at least a day back. | days_rest < 1
-- check: back_to_back_is_one_day | block | back_to_back says days_rest is 1. | back_to_back != (days_rest = 1)
-- check: streaks_exclude_each_other | block | At most one streak is above zero. | prop_over_streak > 0 and prop_under_streak > 0
with
slate_players as (
    select *
    from nba_reference.player_universe
    where game_date between @start_date and @end_date
),

player_listed_games as (
    select
        player_lookup,
        season_year,
        team_abbr,
        game_id,
        game_date,
        did_play,
        seconds_played,
        points,
        usage_rate,
        season_type in (select season_type from nba_reference.counted_season_types) as is_counted
    from nba_analytics.player_game_summary
    where game_date between @history_start and @end_date
),

player_played_games as (
    select
        player_lookup,
        season_year,
        game_id,
        game_date,
        coalesce(seconds_played, 0) as seconds_played,
        points,
        if(is_counted, points, null) as counted_points,
        if(is_counted, seconds_played, null) as counted_seconds,
        -- Whole tenths, as usage is rounded: a sum of fractions would depend on the order of the rows.
        if(is_counted, cast(round(usage_rate * 10) as int64), null) as usage_tenths,
        countif(is_counted) over (
            partition by player_lookup, season_year
            order by game_date, game_id
            rows between unbounded preceding and current row
        ) as counted_index
    from player_listed_games
    where did_play
),

player_games_with_windows as (
    select
        *,
        row_number() over season_order as game_index,
        lag(game_date) over season_order as previous_date,
        lead(game_date) over season_order as next_date,
        sum(counted_points) over last_5 as points_5,
        count(counted_points) over last_5 as games_5,
        sum(counted_points) over last_10 as points_10,
        count(counted_points) over last_10 as games_10,
        sum(usage_tenths) over last_7 as usage_7,
        count(usage_tenths) over last_7 as usage_games_7,
        sum(usage_tenths) over last_10 as usage_10,
        count(usage_tenths) over last_10 as usage_games_10,
        sum(counted_points) over so_far as season_points,
        sum(counted_seconds) over so_far as season_seconds
    from player_played_games
    window
        season_order as (partition by player_lookup, season_year order by game_date, game_id),
        -- By the number of counted games: a game that does not count has the window of the game before it.
        last_5 as (
            partition by player_lookup, season_year
            order by counted_index range between 4 preceding and current row
        ),
        last_7 as (
            partition by player_lookup, season_year
            order by counted_index range between 6 preceding and current row
        ),
        last_10 as (
            partition by player_lookup, season_year
            order by counted_index range between 9 preceding and current row
        ),
        so_far as (
            partition by player_lookup, season_year
            order by game_date, game_id rows between unbounded preceding and current row
        )
),

player_games_with_rest as (
    select
        *,
        max(if(date_diff(game_date, previous_date, day) >= 2, game_date, null)) over (
            partition by player_lookup, season_year
            order by game_date, game_id
            rows between unbounded preceding and current row
        ) as rested_date
    from player_games_with_windows
),

player_last_game_before_slate as (
    select
        players.game_id,
        players.player_lookup,
        games.counted_index,
        games.game_date as last_date,
        games.previous_date,
        games.rested_date,
        games.points_5,
        games.games_5,
        games.points_10,
        games.games_10,
        games.usage_7,
        games.usage_games_7,
        games.usage_10,
        games.usage_games_10,
        games.season_points,
        games.season_seconds
    from slate_players as players
    inner join player_games_with_rest as games
        on
            players.player_lookup = games.player_lookup
            and players.season_year = games.season_year
            and games.game_date < players.game_date
            and (games.next_date is null or games.next_date >= players.game_date)
),

player_last_fourteen_days as (
    select
        players.game_id,
        players.player_lookup,
        countif(date_diff(players.game_date, games.game_date, day) <= 7) as games_7,
        count(*) as games_14,
        sum(if(date_diff(players.game_date, games.game_date, day) <= 7, games.seconds_played, 0)) as seconds_7,
        sum(games.seconds_played) as seconds_14,
        sum(if(date_diff(players.game_date, games.game_date, day) <= 10, games.counted_seconds, 0)) as seconds_10d,
        sum(if(date_diff(players.game_date, games.game_date, day) <= 10, games.counted_points, 0)) as points_10d,
        countif(
            date_diff(players.game_date, games.game_date, day) <= 10 and games.counted_seconds is not null
        ) as games_10d,
        countif(
            date_diff(games.game_date, games.previous_date, day) = 1
            and date_diff(players.game_date, games.previous_date, day) <= 14
        ) as back_to_backs
    from slate_players as players
    inner join player_games_with_rest as games
        on
            players.player_lookup = games.player_lookup
            and players.season_year = games.season_year
            and games.game_date < players.game_date
            and date_diff(players.game_date, games.game_date, day) <= 14
    group by players.game_id, players.player_lookup
),

player_points_lines as (
    select *
    from nba_reference.points_lines
    where game_date between @start_date and @end_date
),

player_last_over_and_under as (
    select
        lines.game_id,
        lines.player_lookup,
        max(if(games.points < lines.points_line, games.game_index, 0)) as last_under,
        max(if(games.points > lines.points_line, games.game_index, 0)) as last_over
    from player_points_lines as lines
    inner join slate_players as players
        on lines.game_id = players.game_id and lines.player_lookup = players.player_lookup
    inner join player_games_with_rest as games
        on
            players.player_lookup = games.player_lookup
            and players.season_year = games.season_year
            and games.game_date < players.game_date
    group by lines.game_id, lines.player_lookup
),

player_over_under_streaks as (
    select
        turns.game_id,
        turns.player_lookup,
        countif(games.game_index > turns.last_under and games.points > lines.points_line) as over_streak,
        countif(games.game_index > turns.last_over and games.points < lines.points_line) as under_streak
    from player_last_over_and_under as turns
    inner join player_points_lines as lines
        on
            turns.game_id = lines.game_id
            and turns.player_lookup = lines.player_lookup
    inner join slate_players as players
        on
            turns.game_id = players.game_id
            and turns.player_lookup = players.player_lookup
    inner join player_games_with_rest as games
        on
            players.player_lookup = games.player_lookup
            and players.season_year = games.season_year
            and games.game_date < players.game_date
            and games.game_index > least(turns.last_under, turns.last_over)
    group by turns.game_id, turns.player_lookup
),

player_injury_reports as (
    select *
    from nba_reference.player_injuries
    where game_date between @start_date and @end_date
),

games_with_injury_report as (
    select distinct game_id
    from player_injury_reports
),

team_final_games as (
    select
        game_date,
        season_year,
        team_abbr,
        season_type in (select season_type from nba_reference.counted_season_types) as is_counted,
        countif(season_type in (select season_type from nba_reference.counted_season_types)) over (
            partition by team_abbr, season_year
            order by game_date, game_id
            rows between unbounded preceding and current row
        ) as counted_index
    from nba_analytics.team_offense_game_summary
    where game_date between @history_start and @end_date
),

slate_teams as (
    select distinct
        game_id,
        game_date,
        season_year,
        team_abbr
    from slate_players
),

team_games_before_slate as (
    select
        slate_teams.game_id,
        slate_teams.team_abbr,
        max(finals.counted_index) as counted_before,
        countif(date_diff(slate_teams.game_date, finals.game_date, day) <= 7) as finals_7,
        countif(date_diff(slate_teams.game_date, finals.game_date, day) <= 14) as finals_14,
        countif(date_diff(slate_teams.game_date, finals.game_date, day) <= 30) as finals_30
    from slate_teams
    inner join team_final_games as finals
        on
            slate_teams.team_abbr = finals.team_abbr
            and slate_teams.season_year = finals.season_year
            and finals.game_date < slate_teams.game_date
    group by slate_teams.game_id, slate_teams.team_abbr
),

player_games_by_team_window as (
    select
        players.game_id,
        players.player_lookup,
        countif(finals.is_counted and finals.counted_index > team.counted_before - 5) as present_5,
        countif(finals.is_counted and finals.counted_index > team.counted_before - 10) as present_10,
        countif(date_diff(players.game_date, listed.game_date, day) <= 7) as present_7,
        countif(date_diff(players.game_date, listed.game_date, day) <= 14) as present_14,
        countif(date_diff(players.game_date, listed.game_date, day) <= 30) as present_30
    from slate_players as players
    inner join team_games_before_slate as team
        on players.game_id = team.game_id and players.team_abbr = team.team_abbr
    inner join player_listed_games as listed
        on
            players.player_lookup = listed.player_lookup
            and players.season_year = listed.season_year
            and players.team_abbr = listed.team_abbr
            and listed.game_date < players.game_date
            and date_diff(players.game_date, listed.game_date, day) <= 45
    inner join team_final_games as finals
        on
            listed.team_abbr = finals.team_abbr
            and listed.season_year = finals.season_year
            and listed.game_date = finals.game_date
    group by players.game_id, players.player_lookup
),

players_with_form as (
    select
        players.*,
        last_game.counted_index,
        last_game.last_date,
        last_game.previous_date,
        last_game.rested_date,
        last_game.points_5,
        coalesce(last_game.games_5, 0) as games_5,
        last_game.points_10,
        coalesce(last_game.games_10, 0) as games_10,
        last_game.usage_7,
        last_game.usage_games_7,
        round(safe_divide(last_game.usage_10, 10 * last_game.usage_games_10), 4) as usage_last_10,
        coalesce(fortnight.games_7, 0) as games_7,
        coalesce(fortnight.games_14, 0) as games_14,
        coalesce(fortnight.seconds_7, 0) as seconds_7,
        coalesce(fortnight.seconds_14, 0) as seconds_14,
        coalesce(fortnight.back_to_backs, 0) as back_to_backs,
        reports.injury_status,
        reports.reason,
        reported.game_id is not null as has_report,
        -- A star: over the last ten days, or the season if he did not play in them, a mean of 18 points, or of
        -- 28 minutes (1,680 seconds) and 12 points.
        coalesce(
            last_game.counted_index >= 10
            and (
                safe_divide(
                    if(fortnight.games_10d > 0, fortnight.points_10d, last_game.season_points),
                    if(fortnight.games_10d > 0, fortnight.games_10d, last_game.counted_index)
                ) >= 18
                or (
                    safe_divide(
                        if(fortnight.games_10d > 0, fortnight.seconds_10d, last_game.season_seconds),
                        if(fortnight.games_10d > 0, fortnight.games_10d, last_game.counted_index)
                    ) >= 1680
                    and safe_divide(
                        if(fortnight.games_10d > 0, fortnight.points_10d, last_game.season_points),
                        if(fortnight.games_10d > 0, fortnight.games_10d, last_game.counted_index)
                    ) >= 12
                )
            ),
            false
        ) as is_star
    from slate_players as players
    left join player_last_game_before_slate as last_game
        on players.game_id = last_game.game_id and players.player_lookup = last_game.player_lookup
    left join player_last_fourteen_days as fortnight
        on players.game_id = fortnight.game_id and players.player_lookup = fortnight.player_lookup
    left join player_injury_reports as reports
        on players.game_id = reports.game_id and players.player_lookup = reports.player_lookup
    left join games_with_injury_report as reported on players.game_id = reported.game_id
),

-- Usage in ten-thousandths of a percent, whole so that the sums do not depend on the order of the rows.
team_absences as (
    select
        game_id,
        team_abbr,
        countif(is_star and injury_status in ('out', 'doubtful')) as stars_out,
        countif(is_star and injury_status = 'questionable') as stars_questionable,
        countif(injury_status = 'questionable') as questionable,
        countif(injury_status = 'probable') as probable,
        sum(if(injury_status in ('out', 'doubtful'), cast(round(usage_last_10 * 10000) as int64), 0)) as usage_out,
        sum(
            if(
                coalesce(injury_status, 'available') in ('out', 'doubtful'),
                0,
                cast(round(usage_last_10 * 10000) as int64)
            )
        ) as usage_available
    from players_with_form
    group by game_id, team_abbr
),

context_inputs as (
    select
        players.*,
        date_diff(players.game_date, players.last_date, day) as rest,
        team_absences.stars_out,
        team_absences.stars_questionable,
        team_absences.questionable,
        team_absences.probable,
        team_absences.usage_out,
        team_absences.usage_available,
        coalesce(players.injury_status, 'available') in ('out', 'doubtful') as is_absent,
        lines.points_line,
        lines.points_line_source,
        lines.opening_line,
        lines.opening_line_source,
        lines.line_movement,
        coalesce(streaks.over_streak, 0) as over_streak,
        coalesce(streaks.under_streak, 0) as under_streak,
        own.game_spread,
        own.opening_spread,
        own.spread_movement,
        own.game_spread_source,
        own.game_total,
        own.opening_total,
        own.total_movement,
        own.game_total_source,
        own.travel_miles,
        own.tz_change_hours,
        own.consecutive_road_games,
        own.miles_last_14_days,
        own.tz_crossed_last_14_days,
        own.pace_last_10,
        own.is_production_ready,
        opponent.pace_last_10 as opponent_pace,
        opponent.defensive_rating_last_10 as opponent_defense,
        opponent.offensive_rating_last_10 as opponent_offense,
        opponent.ft_rate_allowed_last_10 as opponent_ft_rate,
        opponent.days_since_last_game as opponent_rest,
        round(safe_divide(100 * coalesce(presence.present_5, 0), least(5, team.counted_before)), 2) as complete_5,
        round(safe_divide(100 * coalesce(presence.present_10, 0), least(10, team.counted_before)), 2) as complete_10,
        round(safe_divide(100 * coalesce(presence.present_7, 0), nullif(team.finals_7, 0)), 2) as complete_7,
        round(safe_divide(100 * coalesce(presence.present_14, 0), nullif(team.finals_14, 0)), 2) as complete_14,
        round(safe_divide(100 * coalesce(presence.present_30, 0), nullif(team.finals_30, 0)), 2) as complete_30
    from players_with_form as players
    left join team_absences
        on players.game_id = team_absences.game_id and players.team_abbr = team_absences.team_abbr
    left join player_points_lines as lines
        on players.game_id = lines.game_id and players.player_lookup = lines.player_lookup
    left join player_over_under_streaks as streaks
        on players.game_id = streaks.game_id and players.player_lookup = streaks.player_lookup
    left join nba_analytics.upcoming_team_game_context as own
        on
            players.game_id = own.game_id
            and players.team_abbr = own.team_abbr
            and own.game_date between @start_date and @end_date
    left join nba_analytics.upcoming_team_game_context as opponent
        on
            players.game_id = opponent.game_id
            and players.opponent_team_abbr = opponent.team_abbr
            and opponent.game_date between @start_date and @end_date
    left join team_games_before_slate as team
        on players.game_id = team.game_id and players.team_abbr = team.team_abbr
    left join player_games_by_team_window as presence
        on players.game_id = presence.game_id and players.player_lookup = presence.player_lookup
)

select
    player_lookup,
    universal_player_id,
    player_full_name,
    game_id,
    game_date,
    season_year,
    season_type,
    case
        when season_type in ('play_in', 'playoffs') then 'playoffs'
        when extract(month from game_date) in (10, 11) then 'early'
        when extract(month from game_date) in (12, 1, 2) then 'mid'
        else 'late'
    end as season_phase,
    team_abbr,
    opponent_team_abbr,
    home_game,
    universe_source,
    points_line is not null as has_prop_line,
    points_line as current_points_line,
    points_line_source as current_points_line_source,
    opening_line as opening_points_line,
    opening_line_source as opening_points_line_source,
    line_movement,
    game_spread,
    opening_spread,
    spread_movement,
    game_spread_source,
    game_total,
    opening_total,
    total_movement,
    game_total_source,
    rest as days_rest,
    rest - 1 as full_rest_days,
    rest = 1 as back_to_back,
    date_diff(last_date, previous_date, day) as days_rest_before_last_game,
    date_diff(game_date, rested_date, day) as days_since_2_plus_days_rest,
    games_7 as games_in_last_7_days,
    games_14 as games_in_last_14_days,
    round(seconds_7 / 60, 1) as minutes_in_last_7_days,
    round(seconds_14 / 60, 1) as minutes_in_last_14_days,
    round(safe_divide(seconds_7, 60 * games_7), 1) as avg_minutes_per_game_last_7,
    back_to_backs as back_to_backs_last_14_days,
    round(safe_divide(usage_7, 10 * usage_games_7), 2) as avg_usage_rate_last_7_games,
    round(safe_divide(points_5, games_5), 1) as points_avg_last_5,
    round(safe_divide(points_10, games_10), 1) as points_avg_last_10,
    games_5 as l5_games_used,
    case
        when games_5 >= 5 then 'excellent'
        when games_5 >= 3 then 'good'
        when games_5 >= 2 then 'limited'
        else 'insufficient'
    end as l5_sample_quality,
    games_10 as l10_games_used,
    case
        when games_10 >= 10 then 'excellent'
        when games_10 >= 7 then 'good'
        when games_10 >= 5 then 'limited'
        else 'insufficient'
    end as l10_sample_quality,
    over_streak as prop_over_streak,
    under_streak as prop_under_streak,
    opponent_pace as opponent_pace_last_10,
    round(pace_last_10 - opponent_pace, 2) as pace_differential,
    opponent_defense as opponent_def_rating_last_10,
    opponent_offense as opponent_off_rating_last_10,
    opponent_ft_rate as opponent_ft_rate_allowed,
    opponent_rest as opponent_days_rest,
    round(
        if(
            has_report and not is_absent,
            usage_last_10 + coalesce(safe_divide(usage_out * usage_last_10, usage_available), 0),
            if(has_report, usage_last_10, null)
        ),
        2
    ) as projected_usage_rate,
    if(has_report, stars_out - if(is_star and injury_status in ('out', 'doubtful'), 1, 0), null) as star_teammates_out,
    if(has_report, stars_questionable - if(is_star and injury_status = 'questionable', 1, 0), null)
        as questionable_star_teammates,
    if(has_report, questionable - if(injury_status = 'questionable', 1, 0), null) as questionable_teammates,
    if(has_report, probable - if(injury_status = 'probable', 1, 0), null) as probable_teammates,
    travel_miles,
    tz_change_hours as time_zone_changes,
    consecutive_road_games,
    miles_last_14_days as miles_traveled_last_14_days,
    tz_crossed_last_14_days as time_zones_crossed_last_14_days,
    extract(year from game_date) - extract(year from birth_date)
    - if(
        extract(month from game_date) * 100 + extract(day from game_date)
        < extract(month from birth_date) * 100 + extract(day from birth_date),
        1,
        0
    ) as player_age,
    injury_status as player_status,
    if(has_report, not is_absent, null) as is_available,
    reason as injury_report,
    complete_5 as completeness_l5_pct,
    complete_10 as completeness_l10_pct,
    complete_7 as completeness_l7d_pct,
    complete_14 as completeness_l14d_pct,
    complete_30 as completeness_l30d_pct,
    coalesce(complete_5, 100) >= 100
    and coalesce(complete_10, 100) >= 100
    and coalesce(complete_7, 100) >= 100
    and coalesce(complete_14, 100) >= 100
    and coalesce(complete_30, 100) >= 100 as all_windows_complete,
    case when games_10 >= 10 then 'gold' when games_10 >= 5 then 'silver' else 'bronze' end as quality_tier,
    case when games_10 >= 10 then 95.0 when games_10 >= 5 then 75.0 else 50.0 end as quality_score,
    nullif(
        trim(
            concat(
                if(game_spread is null, 'missing_game_spread,', ''),
                if(game_total is null, 'missing_game_total,', ''),
                if(games_10 < 3, concat('thin_sample:', cast(games_10 as string), '/3,'), ''),
                if(has_report, '', 'missing_injury_report,'),
                if(universal_player_id is null, 'unresolved_name,', '')
            ),
            ','
        ),
        ''
    ) as quality_issues,
    coalesce(is_production_ready, false) as is_production_ready,
    'player_game_summary' as primary_source_used,
    game_spread is null
    or game_total is null
    or games_10 < 3
    or not has_report
    or universal_player_id is null as processed_with_issues
from context_inputs

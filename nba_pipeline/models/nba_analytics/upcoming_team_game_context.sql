-- description: A team before a game: rest, load, form, lines, injuries, travel, all as known before tip-off.
--   Histories come from games of the same season before the date; lines and injuries from the last capture before tip-off.
--   The Cup final counts for rest, travel, streaks and the last result, not for wins, pace and ratings.
-- grain: One row per scheduled game and team; two rows per game.
-- key: game_id, team_abbr
-- unique: game_date, team_abbr
-- partition: game_date
-- cluster: game_date, team_abbr, game_id
-- history: season
-- covers: scheduled_games
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: nba_game_id | string | not null | Ten-digit NBA id.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null; in=regular/cup_final/play_in/playoffs | Kind of game.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: home_game | bool | not null; core | True for the home team.
-- column: days_into_season | int64 | range=0..; unit=days | Days since opening night.
-- column: is_bootstrap | bool | not null | First fourteen days of the season.
-- column: days_since_last_game | int64 | range=1..; unit=days; core | Calendar difference to the team's last game; 1 = consecutive days; NULL on opening.
-- column: team_days_rest | int64 | range=0..; unit=days | Full days off: days_since_last_game less 1; 0 = back-to-back.
-- column: is_back_to_back | bool | not null; core | Played the day before.
-- column: games_in_last_7_days | int64 | not null; range=0..7; warn=0..5 | Games from D-7 to D-1.
-- column: games_in_last_14_days | int64 | not null; range=0..14; warn=0..9 | Games from D-14 to D-1.
-- column: game_number_in_season | int64 | not null; range=1.. | Position among the team's games of the season, this one included.
-- column: game_spread | float64 | range=-40..40; unit=points; core | Last spread before tip-off; negative = favoured; NULL without a line.
-- column: opening_spread | float64 | unit=points | First spread of the same book; NULL when it is known from one capture only.
-- column: spread_movement | float64 | unit=points | Last minus first spread; NULL when either is unknown.
-- column: game_spread_source | string | | Book of the spread.
-- column: game_total | float64 | range=140..320; unit=points | Last total before tip-off; NULL without a line.
-- column: opening_total | float64 | unit=points | First total of the same book; NULL when it is known from one capture only.
-- column: total_movement | float64 | unit=points | Last minus first total; NULL when either is unknown.
-- column: game_total_source | string | | Book of the total.
-- column: betting_lines_updated_at | timestamp | | Newest contributing capture.
-- column: has_injury_report | bool | not null | Whether any injury report covered the game before tip-off.
-- column: players_out_count | int64 | range=0..20 | Players reported out; NULL without a report.
-- column: doubtful_players_count | int64 | range=0..20 | Players reported doubtful; NULL without a report.
-- column: questionable_players_count | int64 | range=0..20 | Players reported questionable; NULL without a report.
-- column: team_win_streak_entering | int64 | not null; range=0.. | Consecutive wins before the game.
-- column: team_loss_streak_entering | int64 | not null; range=0.. | Consecutive losses before the game.
-- column: last_game_margin | int64 | unit=points | Margin of the last final game.
-- column: last_game_result | string | in=W/L | Result of the last final game.
-- column: team_wins_entering | int64 | not null; range=0.. | Wins of the season before the game, the Cup final left out.
-- column: team_games_entering | int64 | not null; range=0.. | Final games of the season before the game, the Cup final left out.
-- column: pace_last_10 | float64 | warn=80..125; unit=possessions per 48 minutes | Mean pace of the last ten games.
-- column: offensive_rating_last_10 | float64 | warn=70..150; unit=points per 100 possessions | Mean offensive rating of the last ten games.
-- column: defensive_rating_last_10 | float64 | warn=70..150; unit=points per 100 possessions | Mean defensive rating of the last ten games.
-- column: ft_rate_allowed_last_10 | float64 | range=0..; unit=attempts per 100 possessions | Mean free throws allowed per 100 possessions of the last ten games.
-- column: travel_miles | int64 | range=0..13000; unit=miles; core | Distance from the last venue, or from home after four days or more without a game; NULL on opening.
-- column: tz_change_hours | float64 | range=-24..24; unit=hours | Clock here minus clock there on the date of the game; positive = eastward.
-- column: travel_direction | string | in=east/west/neutral | Direction of the clock change.
-- column: consecutive_road_games | int64 | not null; range=0.. | Length of the road trip, this game included; 0 at home.
-- column: miles_last_14_days | int64 | range=0..; unit=miles | Miles of the trips from D-14 to D-1 and of this one, the trip to opening night left out; NULL when one of them is unknown.
-- column: tz_crossed_last_14_days | float64 | range=0..; unit=hours | Hours of clock change of the same trips, either way; NULL likewise.
-- column: completeness_l7d_pct | float64 | range=0..100; unit=percent | Share of the team's final games from D-7 to D-1 that have an offense row; NULL without games.
-- column: completeness_l14d_pct | float64 | range=0..100; unit=percent | Same from D-14 to D-1.
-- column: quality_tier | string | not null; in=gold/silver/bronze/poor/unusable | By completeness of fourteen days.
-- column: quality_score | float64 | not null; range=0..100 | 95, 75, 50 or 25.
-- column: quality_issues | string | | Issues, separated by commas; NULL when none.
-- column: is_production_ready | bool | not null | At least 90 % complete over fourteen days, or no games there.
-- column: primary_source_used | string | not null; in=nbac_schedule | Where the row comes from.
-- column: processed_with_issues | bool | not null | Whether there are issues.
with
team_games as (
    select *
    from nba_reference.game_sides
    where game_date between @history_start and @end_date
),

team_game_results as (
    select
        team_games.*,
        offense.win_flag,
        offense.margin_of_victory,
        offense.game_id is not null as has_offense,
        team_games.season_type in (select season_type from nba_reference.counted_season_types) as is_counted,
        -- Whole tenths and hundredths, as they are rounded: a sum of fractions would depend on the order of the rows.
        cast(round(offense.pace * 10) as int64) as pace_tenths,
        cast(round(offense.offensive_rating * 100) as int64) as offense_hundredths,
        cast(round(defense.defensive_rating * 100) as int64) as defense_hundredths,
        -- Free throws of the opponent per 100 possessions, in ten-thousandths.
        cast(round(safe_divide(1000000 * defense.opp_ft_attempts, defense.opponent_pace)) as int64)
            as ft_rate_ten_thousandths
    from team_games
    left join nba_analytics.team_offense_game_summary as offense
        on
            team_games.game_id = offense.game_id
            and team_games.team_abbr = offense.team_abbr
            and offense.game_date between @history_start and @end_date
    left join nba_analytics.team_defense_game_summary as defense
        on
            team_games.game_id = defense.game_id
            and team_games.team_abbr = defense.defending_team_abbr
            and defense.game_date between @history_start and @end_date
),

team_games_in_sequence as (
    select
        *,
        lag(game_date) over season_order as last_game_date,
        lag(arena_id) over season_order as last_arena_id,
        row_number() over season_order as game_number,
        coalesce(countif(has_offense) over before, 0) as finals_before,
        coalesce(countif(win_flag and is_counted) over before, 0) as wins_before,
        coalesce(countif(has_offense and is_counted) over before, 0) as counted_before,
        countif(win_flag) over up_to as wins_so_far,
        countif(not win_flag) over up_to as losses_so_far
    from team_game_results
    window
        season_order as (partition by team_abbr, season_year order by game_date, game_id),
        before as (
            partition by team_abbr, season_year
            order by game_date, game_id
            rows between unbounded preceding and 1 preceding
        ),
        up_to as (
            partition by team_abbr, season_year
            order by game_date, game_id
            rows between unbounded preceding and current row
        )
),

team_games_with_streaks as (
    select
        *,
        coalesce(max(if(not win_flag, wins_so_far, null)) over before, 0) as wins_at_last_loss,
        coalesce(max(if(win_flag, losses_so_far, null)) over before, 0) as losses_at_last_win,
        coalesce(max(wins_so_far) over before, 0) as wins_entering_all,
        coalesce(max(losses_so_far) over before, 0) as losses_entering_all,
        max(if(not home_game, null, game_number)) over up_to as last_home_number,
        if(
            last_game_date is null,
            null,
            if(date_diff(game_date, last_game_date, day) >= 4, home_arena_id, last_arena_id)
        ) as origin_arena_id
    from team_games_in_sequence as games
    left join (
        select
            team_abbr as home_team,
            season_year as home_season,
            arena_id as home_arena_id
        from nba_reference.team_arenas
    ) as home_venues
        on games.team_abbr = home_venues.home_team and games.season_year = home_venues.home_season
    window
        before as (
            partition by team_abbr, season_year
            order by game_date, game_id
            rows between unbounded preceding and 1 preceding
        ),
        up_to as (
            partition by team_abbr, season_year
            order by game_date, game_id
            rows between unbounded preceding and current row
        )
),

team_games_with_trips as (
    select
        games.*,
        arena_distances.miles,
        (here.utc_offset_minutes - origin.utc_offset_minutes) / 60 as clock_change_hours
    from team_games_with_streaks as games
    left join nba_reference.arena_distances
        on
            games.origin_arena_id = arena_distances.origin_arena_id
            and games.arena_id = arena_distances.destination_arena_id
    left join nba_reference.arena_clocks as here
        on
            games.arena_id = here.arena_id
            and games.game_date between here.valid_from and here.valid_to
    left join nba_reference.arena_clocks as origin
        on
            games.origin_arena_id = origin.arena_id
            and games.game_date between origin.valid_from and origin.valid_to
),

slate_team_games as (
    select *
    from team_games_with_trips
    where game_date between @start_date and @end_date
),

team_last_fourteen_days as (
    select
        slate.game_id,
        slate.team_abbr,
        countif(date_diff(slate.game_date, past.game_date, day) <= 7) as games_7,
        count(*) as games_14,
        countif(date_diff(slate.game_date, past.game_date, day) <= 7 and past.is_final) as finals_7,
        countif(past.is_final) as finals_14,
        countif(date_diff(slate.game_date, past.game_date, day) <= 7 and past.has_offense) as known_7,
        countif(past.has_offense) as known_14,
        cast(sum(past.miles) as int64) as miles_14,
        sum(abs(past.clock_change_hours)) as clock_hours_14,
        countif(past.last_game_date is not null and past.miles is null) as unknown_trips_14,
        countif(past.last_game_date is not null and past.clock_change_hours is null) as unknown_clocks_14
    from slate_team_games as slate
    inner join team_games_with_trips as past
        on
            slate.team_abbr = past.team_abbr
            and slate.season_year = past.season_year
            and past.game_date < slate.game_date
            and date_diff(slate.game_date, past.game_date, day) <= 14
    group by slate.game_id, slate.team_abbr
),

team_last_ten_by_final as (
    select
        team_abbr,
        season_year,
        margin_of_victory,
        win_flag,
        finals_before + 1 as final_number,
        sum(if(is_counted, pace_tenths, null)) over last_ten as pace_sum,
        count(if(is_counted, pace_tenths, null)) over last_ten as pace_count,
        sum(if(is_counted, offense_hundredths, null)) over last_ten as offense_sum,
        count(if(is_counted, offense_hundredths, null)) over last_ten as offense_count,
        sum(if(is_counted, defense_hundredths, null)) over last_ten as defense_sum,
        count(if(is_counted, defense_hundredths, null)) over last_ten as defense_count,
        sum(if(is_counted, ft_rate_ten_thousandths, null)) over last_ten as ft_rate_sum,
        count(if(is_counted, ft_rate_ten_thousandths, null)) over last_ten as ft_rate_count
    from team_games_with_streaks
    where has_offense
    -- By the number of counted games: a game that does not count has the ten of the game before it.
    window last_ten as (
        partition by team_abbr, season_year
        order by counted_before + if(is_counted, 1, 0)
        range between 9 preceding and current row
    )
),

injury_rows_by_game as (
    select
        game_id,
        countif(injury_status is not null) as report_rows
    from nba_reference.player_injuries
    where game_date between @start_date and @end_date
    group by game_id
),

injured_players_by_team as (
    select
        game_id,
        team_abbr,
        countif(injury_status = 'out') as players_out,
        countif(injury_status = 'doubtful') as players_doubtful,
        countif(injury_status = 'questionable') as players_questionable
    from nba_reference.player_injuries
    where game_date between @start_date and @end_date
    group by game_id, team_abbr
),

context_inputs as (
    select
        slate.*,
        date_diff(slate.game_date, slate.last_game_date, day) as days_since,
        date_diff(slate.game_date, season_calendar.regular_start, day) as season_day,
        coalesce(fortnight.games_7, 0) as games_7,
        coalesce(fortnight.games_14, 0) as games_14,
        round(safe_divide(100 * fortnight.known_7, nullif(fortnight.finals_7, 0)), 2) as complete_7,
        round(safe_divide(100 * fortnight.known_14, nullif(fortnight.finals_14, 0)), 2) as complete_14,
        fortnight.miles_14,
        fortnight.clock_hours_14,
        coalesce(fortnight.unknown_trips_14, 0) as unknown_trips_14,
        coalesce(fortnight.unknown_clocks_14, 0) as unknown_clocks_14,
        last_ten.margin_of_victory as last_margin,
        last_ten.win_flag as last_win,
        last_ten.pace_sum,
        last_ten.pace_count,
        last_ten.offense_sum,
        last_ten.offense_count,
        last_ten.defense_sum,
        last_ten.defense_count,
        last_ten.ft_rate_sum,
        last_ten.ft_rate_count,
        lines.game_spread,
        lines.opening_spread,
        lines.spread_movement,
        lines.game_spread_source,
        lines.game_total,
        lines.opening_total,
        lines.total_movement,
        lines.game_total_source,
        lines.lines_updated_at,
        reports.game_id is not null as has_report,
        coalesce(injured.players_out, 0) as players_out,
        coalesce(injured.players_doubtful, 0) as players_doubtful,
        coalesce(injured.players_questionable, 0) as players_questionable
    from slate_team_games as slate
    left join nba_reference.season_calendar on slate.season_year = season_calendar.season_year
    left join team_last_fourteen_days as fortnight
        on slate.game_id = fortnight.game_id and slate.team_abbr = fortnight.team_abbr
    left join team_last_ten_by_final as last_ten
        on
            slate.team_abbr = last_ten.team_abbr
            and slate.season_year = last_ten.season_year
            and slate.finals_before = last_ten.final_number
    left join nba_reference.game_lines as lines
        on
            slate.game_id = lines.game_id
            and slate.team_abbr = lines.team_abbr
            and lines.game_date between @start_date and @end_date
    left join injury_rows_by_game as reports on slate.game_id = reports.game_id
    left join injured_players_by_team as injured
        on slate.game_id = injured.game_id and slate.team_abbr = injured.team_abbr
)

select
    game_id,
    nba_game_id,
    game_date,
    season_year,
    season_type,
    team_abbr,
    opponent_team_abbr,
    home_game,
    season_day as days_into_season,
    coalesce(season_day between 0 and 13, false) as is_bootstrap,
    days_since as days_since_last_game,
    days_since - 1 as team_days_rest,
    coalesce(days_since = 1, false) as is_back_to_back,
    games_7 as games_in_last_7_days,
    games_14 as games_in_last_14_days,
    game_number as game_number_in_season,
    game_spread,
    opening_spread,
    spread_movement,
    game_spread_source,
    game_total,
    opening_total,
    total_movement,
    game_total_source,
    lines_updated_at as betting_lines_updated_at,
    has_report as has_injury_report,
    if(has_report, players_out, null) as players_out_count,
    if(has_report, players_doubtful, null) as doubtful_players_count,
    if(has_report, players_questionable, null) as questionable_players_count,
    wins_entering_all - wins_at_last_loss as team_win_streak_entering,
    losses_entering_all - losses_at_last_win as team_loss_streak_entering,
    last_margin as last_game_margin,
    case when last_win then 'W' when not last_win then 'L' end as last_game_result,
    wins_before as team_wins_entering,
    counted_before as team_games_entering,
    round(safe_divide(pace_sum, 10 * pace_count), 2) as pace_last_10,
    round(safe_divide(offense_sum, 100 * offense_count), 2) as offensive_rating_last_10,
    round(safe_divide(defense_sum, 100 * defense_count), 2) as defensive_rating_last_10,
    round(safe_divide(ft_rate_sum, 10000 * ft_rate_count), 3) as ft_rate_allowed_last_10,
    miles as travel_miles,
    clock_change_hours as tz_change_hours,
    case
        when clock_change_hours > 0 then 'east'
        when clock_change_hours < 0 then 'west'
        when clock_change_hours = 0 then 'neutral'
    end as travel_direction,
    if(home_game, 0, game_number - coalesce(last_home_number, 0)) as consecutive_road_games,
    if(unknown_trips_14 = 0, coalesce(miles_14, 0) + miles, null) as miles_last_14_days,
    if(unknown_clocks_14 = 0, coalesce(clock_hours_14, 0.0) + abs(clock_change_hours), null) as tz_crossed_last_14_days,
    complete_7 as completeness_l7d_pct,
    complete_14 as completeness_l14d_pct,
    case
        when complete_14 is null or complete_14 >= 95 then 'gold'
        when complete_14 >= 75 then 'silver'
        when complete_14 >= 50 then 'bronze'
        else 'poor'
    end as quality_tier,
    case
        when complete_14 is null or complete_14 >= 95 then 95.0
        when complete_14 >= 75 then 75.0
        when complete_14 >= 50 then 50.0
        else 25.0
    end as quality_score,
    nullif(
        trim(
            concat(
                if(game_spread is null, 'missing_game_spread,', ''),
                if(game_total is null, 'missing_game_total,', ''),
                if(has_report, '', 'missing_injury_report,'),
                if(complete_14 < 100, 'l14d_incomplete,', '')
            ),
            ','
        ),
        ''
    ) as quality_issues,
    coalesce(complete_14 >= 90, true) as is_production_ready,
    'nbac_schedule' as primary_source_used,
    game_spread is null
    or game_total is null
    or not has_report
    or coalesce(complete_14 < 100, false) as processed_with_issues
from context_inputs
;

-- check: V28 lines_precede_tipoff | block | No contributing capture is later than tip-off.
-- date: game_date
select
    context.game_date,
    context.game_id,
    context.team_abbr,
    context.betting_lines_updated_at,
    dim_game.tipoff_at
from nba_analytics.upcoming_team_game_context as context
inner join nba_reference.dim_game on context.game_id = dim_game.game_id
where
    context.game_date between @start_date and @end_date
    and dim_game.tipoff_at < context.betting_lines_updated_at
;

-- check: spreads_mirror_each_other | block | The two teams of a game have spreads of the same size and opposite sign.
-- date: game_date
select
    game_date,
    game_id,
    min(game_spread) as lower_spread,
    max(game_spread) as higher_spread
from nba_analytics.upcoming_team_game_context
where game_date between @start_date and @end_date and game_spread_source != 'median'
group by game_date, game_id
having count(distinct game_spread_source) = 1 and count(*) = 2 and sum(game_spread) != 0
;

-- check: V04 two_rows_per_game | block | A game has exactly two rows.
-- date: game_date
select
    game_date,
    game_id,
    count(*) as row_count
from nba_analytics.upcoming_team_game_context
where game_date between @start_date and @end_date
group by game_date, game_id
having count(*) != 2

-- description: Spread and total of a game as the market stood before tip-off, from the team's point of view.
--   DraftKings, FanDuel, BetMGM, then the median of the other books; spread and total each from the best book that offers it.
--   A capture after tip-off never counts. Where neither the schedule nor a line of the game tells the start, captures up to
--   noon Eastern of the date count: nobody plays earlier. An opening needs a second capture of the book; one capture has no
--   movement. A line with a date and no start belongs to the teams' game of its date; else, dated in UTC or by the day of its
--   capture, to their one game of the day before or after.
-- grain: One row per game and team with a spread or a total.
-- key: game_id, team_abbr
-- partition: game_date
-- cluster: team_abbr
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: team_abbr | string | not null | Team.
-- column: game_spread | float64 | range=-40..40; unit=points; core | Last spread of the team before tip-off; negative = favoured.
-- column: opening_spread | float64 | range=-40..40; unit=points | First spread of the same book; NULL when it is known from one capture only.
-- column: spread_movement | float64 | unit=points | Last minus first spread; NULL when either is unknown.
-- column: game_spread_source | string | | Book of the spread.
-- column: game_total | float64 | range=140..320; unit=points; core | Last total before tip-off.
-- column: opening_total | float64 | range=140..320; unit=points | First total of the same book; NULL when it is known from one capture only.
-- column: total_movement | float64 | unit=points | Last minus first total; NULL when either is unknown.
-- column: game_total_source | string | | Book of the total.
-- column: lines_updated_at | timestamp | | Newest contributing capture; NULL where an archive does not say.
-- column: tipoff_at | timestamp | | Tip-off the lines were held against; NULL when unknown.
-- check: V28 lines_precede_tipoff | block | No contributing capture is later than tip-off. | lines_updated_at > tipoff_at
with
slate as (
    select *
    from nba_reference.slate_games
    where game_date between @start_date and @end_date
),

captured_lines as (
    select
        raw.*,
        slate.game_id as slate_game_id,
        slate.noon_at,
        slate.tipoff_at as scheduled_tipoff_at,
        min(raw.commence_time) over (partition by slate.game_id) as stated_start
    from nba_raw.odds_api_game_lines as raw
    inner join slate
        on
            (
                raw.game_date = slate.game_date
                or (
                    raw.commence_time is null
                    and date_diff(raw.game_date, slate.game_date, day) = 1
                    and coalesce(slate.days_to_meeting, 3) > 2
                )
                or (
                    raw.commence_time is null
                    and date_diff(slate.game_date, raw.game_date, day) = 1
                    and coalesce(slate.days_since_meeting, 3) > 2
                )
            )
            and least(raw.home_team_abbr, raw.away_team_abbr) = slate.first_team
            and greatest(raw.home_team_abbr, raw.away_team_abbr) = slate.second_team
    where
        raw.game_date between cast(date_sub(@start_date, interval 1 day) as date)
        and cast(date_add(@end_date, interval 1 day) as date)
),

lines_by_team as (
    select
        sides.game_id,
        sides.game_date,
        sides.team_abbr,
        captured.noon_at,
        captured.market_key,
        captured.bookmaker_key,
        captured.outcome_point,
        captured.snapshot_timestamp as captured_at,
        captured.source_file,
        captured.record_number,
        coalesce(captured.scheduled_tipoff_at, captured.commence_time, captured.stated_start) as tipoff_at,
        case captured.bookmaker_key when 'draftkings' then 1 when 'fanduel' then 2 when 'betmgm' then 3 else 4 end
            as book_rank
    from captured_lines as captured
    inner join nba_reference.game_sides as sides on captured.slate_game_id = sides.game_id
    where
        (captured.market_key = 'spreads' and captured.outcome_team_abbr = sides.team_abbr)
        or (captured.market_key = 'totals' and lower(captured.outcome_name) = 'over')
),

lines_before_tipoff as (
    select *
    from lines_by_team
    where captured_at is null or captured_at <= coalesce(tipoff_at, noon_at)
),

lines_with_first_by_book as (
    select
        *,
        if(
            min(captured_at) over book_history < max(captured_at) over book_history,
            first_value(outcome_point) over book_history,
            null
        ) as first_point,
        row_number() over (
            partition by game_id, team_abbr, market_key, bookmaker_key
            order by captured_at desc nulls last, source_file, record_number
        ) as newest
    from lines_before_tipoff
    window book_history as (
        partition by game_id, team_abbr, market_key, bookmaker_key
        order by captured_at nulls last, source_file, record_number
        rows between unbounded preceding and unbounded following
    )
),

closing_lines_by_book as (
    select
        *,
        min(book_rank) over (partition by game_id, team_abbr, market_key) as best_book_rank
    from lines_with_first_by_book
    where newest = 1
),

closing_lines_of_best_books as (
    select
        *,
        row_number() over (
            partition by game_id, team_abbr, market_key order by outcome_point, bookmaker_key
        ) as point_position,
        row_number() over (
            partition by game_id, team_abbr, market_key order by first_point, bookmaker_key
        ) as opening_position,
        count(*) over (partition by game_id, team_abbr, market_key) as books
    from closing_lines_by_book
    where book_rank = best_book_rank
),

closing_line_by_market as (
    select
        game_id,
        game_date,
        team_abbr,
        market_key,
        -- The median: the point in the middle, or the mean of two. Position 2 of 3 gives 0, 2 and 3 of 4 give -1, 1.
        avg(if(abs(2 * point_position - books - 1) <= 1, outcome_point, null)) as point,
        if(
            countif(first_point is null) = 0,
            avg(if(abs(2 * opening_position - books - 1) <= 1, first_point, null)),
            null
        ) as opening_point,
        if(min(book_rank) < 4 or count(*) = 1, min(bookmaker_key), 'median') as book,
        max(captured_at) as captured_at,
        max(tipoff_at) as tipoff_at
    from closing_lines_of_best_books
    group by game_id, game_date, team_abbr, market_key
)

select
    game_id,
    game_date,
    team_abbr,
    max(if(market_key = 'spreads', round(point, 2), null)) as game_spread,
    max(if(market_key = 'spreads', round(opening_point, 2), null)) as opening_spread,
    max(if(market_key = 'spreads', round(point - opening_point, 2), null)) as spread_movement,
    max(if(market_key = 'spreads', book, null)) as game_spread_source,
    max(if(market_key = 'totals', round(point, 2), null)) as game_total,
    max(if(market_key = 'totals', round(opening_point, 2), null)) as opening_total,
    max(if(market_key = 'totals', round(point - opening_point, 2), null)) as total_movement,
    max(if(market_key = 'totals', book, null)) as game_total_source,
    max(captured_at) as lines_updated_at,
    max(tipoff_at) as tipoff_at
from closing_line_by_market
group by game_id, game_date, team_abbr

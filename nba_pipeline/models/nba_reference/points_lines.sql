-- description: The points line of a player as the market stood before tip-off: last line of the preferred book, and its first one.
--   The Odds API before BettingPros; DraftKings, FanDuel, BetMGM, then the median of the other books. No line is NULL, never a default.
--   A capture after tip-off never counts. A name outside the date's player universe keeps its line where the feed names the teams.
--   Where neither the schedule nor a line of the game tells the start, captures up to noon Eastern of the date count: nobody
--   plays earlier. An opening line needs a second capture of the book, or the feed's own word; one capture has no movement.
--   A line with a date and no start belongs to the teams' game of its date; else, dated in UTC or by the day of its capture,
--   to their one game of the day before or after.
--   A BettingPros name that fits nobody of the slate has no game and stays in nba_raw.
-- grain: One row per game and player with a line.
-- key: game_id, player_lookup
-- partition: game_date
-- cluster: player_lookup
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: player_lookup | string | not null | Canonical folded name.
-- column: team_abbr | string | | Team; NULL when the date's player universe does not list the player in this game.
-- column: points_line | float64 | not null; range=0..80; unit=points; core | Last line before tip-off.
-- column: points_line_source | string | not null | Feed and book, odds_api:draftkings; book median = middle of the other books.
-- column: opening_line | float64 | range=0..80; unit=points | First line of the same book; NULL when it is known from one capture only.
-- column: opening_line_source | string | | Feed and book of the first line.
-- column: line_movement | float64 | unit=points | Last minus first line of the same book; NULL when either is unknown.
-- column: books | int64 | not null; range=1.. | Books of that feed with a line of the player before tip-off.
-- column: snapshot_at | timestamp | | When the last line was captured; NULL where an archive does not say.
-- column: tipoff_at | timestamp | | Tip-off the line was held against; NULL when unknown.
-- column: match_method | string | not null; in=exact/alias/suffix/nickname/order/initial/unresolved | How the name was resolved; unresolved = as sent.
-- check: V28 line_precedes_tipoff | block | No contributing capture is later than tip-off. | snapshot_at > tipoff_at
with
slate as (
    select *
    from nba_reference.slate_games
    where game_date between @start_date and @end_date
),

odds_api_lines as (
    select
        coalesce(slate.game_date, raw.game_date) as game_date,
        raw.player_lookup as sent_lookup,
        raw.bookmaker,
        raw.points_line,
        cast(null as float64) as stated_opening,
        raw.snapshot_timestamp as captured_at,
        raw.game_start_time,
        raw.home_team_abbr,
        raw.away_team_abbr,
        raw.over_price is not null and raw.under_price is not null as is_two_sided,
        raw.source_file,
        raw.record_number
    from nba_raw.odds_api_player_points_props as raw
    left join slate
        on
            (
                raw.game_date = slate.game_date
                or (
                    raw.game_start_time is null
                    and date_diff(raw.game_date, slate.game_date, day) = 1
                    and coalesce(slate.days_to_meeting, 3) > 2
                )
                or (
                    raw.game_start_time is null
                    and date_diff(slate.game_date, raw.game_date, day) = 1
                    and coalesce(slate.days_since_meeting, 3) > 2
                )
            )
            and least(raw.home_team_abbr, raw.away_team_abbr) = slate.first_team
            and greatest(raw.home_team_abbr, raw.away_team_abbr) = slate.second_team
    where
        raw.game_date between cast(date_sub(@start_date, interval 1 day) as date)
        and cast(date_add(@end_date, interval 1 day) as date)
        and coalesce(slate.game_date, raw.game_date) between @start_date and @end_date
),

bettingpros_lines as (
    select
        game_date,
        player_lookup as sent_lookup,
        bookmaker,
        points_line,
        opening_line as stated_opening,
        bookmaker_last_update as captured_at,
        cast(null as timestamp) as game_start_time,
        cast(null as string) as home_team_abbr,
        cast(null as string) as away_team_abbr,
        true as is_two_sided,
        source_file,
        record_number
    from nba_raw.bettingpros_player_points_props
    where
        game_date between @start_date and @end_date
        and market_type = 'points'
        and bet_side = 'over'
        and coalesce(is_active, true)
),

captured_lines as (
    select
        'odds_api' as feed,
        1 as feed_rank,
        *
    from odds_api_lines
    union all
    select
        'bettingpros' as feed,
        2 as feed_rank,
        *
    from bettingpros_lines
),

slate_players as (
    select
        game_id,
        game_date,
        player_lookup,
        team_abbr,
        opponent_team_abbr
    from nba_reference.player_universe
    where game_date between @start_date and @end_date
),

registry_names as (
    select distinct player_lookup
    from nba_reference.nba_players_registry
),

lines_of_slate_players as (
    select
        captured.*,
        players.game_id,
        players.player_lookup,
        players.team_abbr,
        names.match_method
    from captured_lines as captured
    left join nba_reference.slate_spellings as names
        on
            captured.game_date = names.game_date
            and captured.sent_lookup = names.spelling
            and names.game_date between @start_date and @end_date
    left join slate_players as players
        on
            names.game_date = players.game_date
            and names.player_lookup = players.player_lookup
            and (
                captured.home_team_abbr is null
                or (
                    players.team_abbr in (captured.home_team_abbr, captured.away_team_abbr)
                    and players.opponent_team_abbr in (captured.home_team_abbr, captured.away_team_abbr)
                )
            )
),

lines_by_game as (
    select
        slate.game_id,
        slate.game_date,
        slate.noon_at,
        lines.team_abbr,
        lines.feed,
        lines.feed_rank,
        lines.bookmaker,
        lines.points_line,
        lines.stated_opening,
        lines.captured_at,
        lines.is_two_sided,
        lines.source_file,
        lines.record_number,
        coalesce(
            lines.player_lookup,
            registry_names.player_lookup,
            active_aliases.nba_canonical_lookup,
            lines.sent_lookup
        ) as player_lookup,
        case
            when lines.game_id is not null then lines.match_method
            when registry_names.player_lookup is not null then 'exact'
            when active_aliases.alias_lookup is not null then 'alias'
            else 'unresolved'
        end as match_method,
        coalesce(
            slate.tipoff_at,
            lines.game_start_time,
            min(lines.game_start_time) over (partition by slate.game_id)
        ) as tipoff_at
    from lines_of_slate_players as lines
    inner join slate
        on
            lines.game_date = slate.game_date
            and (
                lines.game_id = slate.game_id
                or (
                    lines.game_id is null
                    and least(lines.home_team_abbr, lines.away_team_abbr) = slate.first_team
                    and greatest(lines.home_team_abbr, lines.away_team_abbr) = slate.second_team
                )
            )
    left join registry_names on lines.sent_lookup = registry_names.player_lookup
    left join nba_reference.player_aliases as active_aliases
        on lines.sent_lookup = active_aliases.alias_lookup and active_aliases.is_active
),

lines_before_tipoff as (
    select
        *,
        case bookmaker when 'draftkings' then 1 when 'fanduel' then 2 when 'betmgm' then 3 else 4 end as book_rank
    from lines_by_game
    where captured_at is null or captured_at <= coalesce(tipoff_at, noon_at)
),

main_line_by_capture as (
    select *
    from lines_before_tipoff
    where true
    qualify row_number() over (
        partition by game_id, player_lookup, feed, bookmaker, captured_at
        order by is_two_sided desc, source_file, record_number
    ) = 1
),

lines_with_first_by_book as (
    select
        *,
        if(
            first_value(stated_opening) over book_history is not null
            or min(captured_at) over book_history < max(captured_at) over book_history,
            first_value(coalesce(stated_opening, points_line)) over book_history,
            null
        ) as first_line,
        row_number() over (
            partition by game_id, player_lookup, feed, bookmaker order by captured_at desc nulls last
        ) as newest
    from main_line_by_capture
    window book_history as (
        partition by game_id, player_lookup, feed, bookmaker
        order by captured_at nulls last
        rows between unbounded preceding and unbounded following
    )
),

closing_lines_by_book as (
    select *
    from lines_with_first_by_book
    where newest = 1
),

best_feed_by_player as (
    select
        game_id,
        player_lookup,
        min(feed_rank) as feed_rank
    from closing_lines_by_book
    group by game_id, player_lookup
),

closing_lines_of_best_feed as (
    select
        closing.*,
        min(closing.book_rank) over (partition by closing.game_id, closing.player_lookup) as best_book_rank,
        count(*) over (partition by closing.game_id, closing.player_lookup) as quoting_books
    from closing_lines_by_book as closing
    inner join best_feed_by_player as best_feed
        on
            closing.game_id = best_feed.game_id
            and closing.player_lookup = best_feed.player_lookup
            and closing.feed_rank = best_feed.feed_rank
),

closing_lines_of_best_books as (
    select
        *,
        row_number() over (partition by game_id, player_lookup order by points_line, bookmaker) as line_position,
        row_number() over (partition by game_id, player_lookup order by first_line, bookmaker) as opening_position,
        count(*) over (partition by game_id, player_lookup) as books,
        if(
            countif(first_line is null) over (partition by game_id, player_lookup) = 0,
            first_line,
            null
        ) as opening
    from closing_lines_of_best_feed
    where book_rank = best_book_rank
)

select
    game_id,
    min(game_date) as game_date,
    player_lookup,
    min(team_abbr) as team_abbr,
    -- The median: the line in the middle, or the mean of two. Position 2 of 3 gives 0, 2 and 3 of 4 give -1 and 1.
    round(avg(if(abs(2 * line_position - books - 1) <= 1, points_line, null)), 2) as points_line,
    concat(min(feed), ':', if(min(book_rank) < 4 or count(*) = 1, min(bookmaker), 'median')) as points_line_source,
    round(avg(if(abs(2 * opening_position - books - 1) <= 1, opening, null)), 2) as opening_line,
    if(
        count(opening) > 0,
        concat(min(feed), ':', if(min(book_rank) < 4 or count(*) = 1, min(bookmaker), 'median')),
        null
    ) as opening_line_source,
    round(
        avg(if(abs(2 * line_position - books - 1) <= 1, points_line, null))
        - avg(if(abs(2 * opening_position - books - 1) <= 1, opening, null)),
        2
    ) as line_movement,
    min(quoting_books) as books,
    max(captured_at) as snapshot_at,
    max(tipoff_at) as tipoff_at,
    min(match_method) as match_method
from closing_lines_of_best_books
group by game_id, player_lookup

-- table: nba_analytics.upcoming_team_game_context
-- check: V10 game_lines_count_without_a_tipoff | warn | Where nothing tells when a game starts, at least half of its
--   dated captures of game lines are from before noon Eastern, so that they count.
-- date: game_date
with
starts as (
    select
        game_date,
        home_team_abbr,
        away_team_abbr,
        min(commence_time) as stated_start
    from nba_raw.odds_api_game_lines
    where game_date between @start_date and @end_date
    group by game_date, home_team_abbr, away_team_abbr
)

select
    raw.game_date,
    countif(raw.snapshot_timestamp > game.noon_at) as captures_left_out,
    count(*) as captures
from nba_raw.odds_api_game_lines as raw
inner join starts
    on
        raw.game_date = starts.game_date
        and raw.home_team_abbr = starts.home_team_abbr
        and raw.away_team_abbr = starts.away_team_abbr
inner join nba_reference.slate_games as game
    on
        raw.game_date = game.game_date
        and least(raw.home_team_abbr, raw.away_team_abbr) = least(game.home_team_abbr, game.away_team_abbr)
        and greatest(raw.home_team_abbr, raw.away_team_abbr) = greatest(game.home_team_abbr, game.away_team_abbr)
where
    raw.game_date between @start_date and @end_date
    and raw.snapshot_timestamp is not null
    and game.tipoff_at is null
    and starts.stated_start is null
group by raw.game_date
having safe_divide(countif(raw.snapshot_timestamp > game.noon_at), count(*)) > @late_capture_share

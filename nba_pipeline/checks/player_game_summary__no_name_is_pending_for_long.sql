-- table: nba_analytics.player_game_summary
-- check: V26 no_name_is_pending_for_long | warn | No name is pending for more than a week before the newest game.
with
newest as (
    select max(game_date) as game_date
    from nba_analytics.player_game_summary
    where game_date <= @end_date
),

pending as (
    select
        player_lookup,
        min(game_date) as first_date
    from nba_processing.registry_failures
    where
        game_date <= @end_date
        and resolved_at is null
        and reprocessed_at is null
        and coalesce(outcome, '') not in ('vanished', 'rejected')
    group by player_lookup
)

select
    pending.player_lookup,
    pending.first_date,
    newest.game_date as newest_date
from pending
cross join newest
where date_diff(newest.game_date, pending.first_date, day) > @oldest_pending_days

-- table: nba_analytics.player_game_summary
-- check: V26 few_names_are_pending | warn | At most ten names are pending.
select count(distinct player_lookup) as pending_names
from nba_processing.registry_failures
where
    game_date <= @end_date
    and resolved_at is null
    and reprocessed_at is null
    and coalesce(outcome, '') not in ('vanished', 'rejected')
having count(distinct player_lookup) > @most_pending_players

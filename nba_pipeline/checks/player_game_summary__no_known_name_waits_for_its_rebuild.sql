-- table: nba_analytics.player_game_summary
-- check: V26 no_known_name_waits_for_its_rebuild | warn | Every date with a name that became known was rebuilt.
select
    player_lookup,
    game_date,
    processor_name,
    resolved_at
from nba_processing.registry_failures
where game_date <= @end_date and resolved_at is not null and reprocessed_at is null

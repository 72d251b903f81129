-- description: Every spelling that leads to exactly one person of the registry: the name that one person alone has, else an
--   active alias of such a name, else the name with or without a suffix. Where the best of the three fits two persons, the
--   spelling leads to nobody.
-- grain: One row per spelling.
-- key: spelling
-- view: true
-- column: spelling | string | not null | Folded name as a feed may send it.
-- column: player_lookup | string | not null | Canonical folded name.
-- column: universal_player_id | string | not null | Person in the registry.
-- column: match_method | string | not null; in=exact/alias/suffix | How the spelling leads there.
with
unique_registry_names as (
    select
        player_lookup,
        min(universal_player_id) as universal_player_id
    from nba_reference.nba_players_registry
    group by player_lookup
    having count(*) = 1
),

candidate_spellings as (
    select
        player_lookup as spelling,
        concat('1', player_lookup) as ranked_lookup
    from unique_registry_names
    union all
    select
        player_aliases.alias_lookup as spelling,
        concat('2', names.player_lookup) as ranked_lookup
    from unique_registry_names as names
    inner join nba_reference.player_aliases on names.player_lookup = player_aliases.nba_canonical_lookup
    where player_aliases.is_active
    union all
    select
        concat(player_lookup, suffix) as spelling,
        concat('3', player_lookup) as ranked_lookup
    from unique_registry_names
    cross join unnest(['jr', 'sr', 'ii', 'iii', 'iv', 'v']) as suffix
    union all
    select
        substr(player_lookup, 1, length(player_lookup) - length(suffix)) as spelling,
        concat('3', player_lookup) as ranked_lookup
    from unique_registry_names
    cross join unnest(['jr', 'sr', 'ii', 'iii', 'iv', 'v']) as suffix
    where ends_with(player_lookup, suffix)
),

best_spellings as (
    select
        spelling,
        substr(min(ranked_lookup), 2) as player_lookup,
        case substr(min(ranked_lookup), 1, 1) when '1' then 'exact' when '2' then 'alias' else 'suffix' end
            as match_method
    from candidate_spellings
    group by spelling
    -- A name and an alias are one person's each; only what is left after a suffix may be two persons'.
    having min(ranked_lookup) < '3' or min(ranked_lookup) = max(ranked_lookup)
)

select
    best_spellings.spelling,
    best_spellings.player_lookup,
    names.universal_player_id,
    best_spellings.match_method
from best_spellings
inner join unique_registry_names as names on best_spellings.player_lookup = names.player_lookup

-- description: Every spelling that leads to exactly one player of a date's universe: his name itself, else an active alias of
--   it, else the name with or without a suffix. Where the best of the three fits two players, the spelling leads to nobody.
-- grain: One row per date and spelling.
-- key: game_date, spelling
-- view: true
-- column: game_date | date | not null | US-Eastern date of the slate.
-- column: spelling | string | not null | Folded name as a feed may send it.
-- column: player_lookup | string | not null | Canonical folded name.
-- column: match_method | string | not null; in=exact/alias/suffix | How the spelling leads there.
with
candidate_spellings as (
    select
        game_date,
        player_lookup as spelling,
        concat('1', player_lookup) as ranked_lookup
    from nba_reference.player_universe
    union all
    select
        universe.game_date,
        player_aliases.alias_lookup as spelling,
        concat('2', universe.player_lookup) as ranked_lookup
    from nba_reference.player_universe as universe
    inner join nba_reference.player_aliases on universe.player_lookup = player_aliases.nba_canonical_lookup
    where player_aliases.is_active
    union all
    select
        game_date,
        concat(player_lookup, suffix) as spelling,
        concat('3', player_lookup) as ranked_lookup
    from nba_reference.player_universe
    cross join unnest(['jr', 'sr', 'ii', 'iii', 'iv', 'v']) as suffix
    union all
    select
        game_date,
        substr(player_lookup, 1, length(player_lookup) - length(suffix)) as spelling,
        concat('3', player_lookup) as ranked_lookup
    from nba_reference.player_universe
    cross join unnest(['jr', 'sr', 'ii', 'iii', 'iv', 'v']) as suffix
    where ends_with(player_lookup, suffix)
)

select
    game_date,
    spelling,
    substr(min(ranked_lookup), 2) as player_lookup,
    case substr(min(ranked_lookup), 1, 1) when '1' then 'exact' when '2' then 'alias' else 'suffix' end as match_method
from candidate_spellings
group by game_date, spelling
-- A name and an alias are one player's each; only what is left after a suffix may be two players'.
having min(ranked_lookup) < '3' or min(ranked_lookup) = max(ranked_lookup)

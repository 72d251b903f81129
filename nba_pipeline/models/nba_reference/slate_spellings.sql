-- description: Every spelling that leads to exactly one player of a date's universe: his name itself, else an active alias of
--   it, else the name with or without a suffix, another form of his first name, last name first, or an initial. Where the
--   best of these fits two players, the spelling leads to nobody.
-- grain: One row per date and spelling.
-- key: game_date, spelling
-- view: true
-- column: game_date | date | not null | US-Eastern date of the slate.
-- column: spelling | string | not null | Folded name as a feed may send it.
-- column: player_lookup | string | not null | Canonical folded name.
-- column: match_method | string | not null; in=exact/alias/suffix/nickname/order/initial | How the spelling leads there.
with
-- The first name as it is displayed, folded; names with an accent in it have no other forms here.
first_names_of_players as (
    select
        player_lookup,
        max(regexp_replace(lower(substr(player_name, 1, strpos(player_name, ' ') - 1)), '[^a-z0-9]', '')) as first_name
    from nba_reference.nba_players_registry
    where strpos(player_name, ' ') > 1
    group by player_lookup
),

split_names as (
    select
        universe.game_date,
        universe.player_lookup,
        names.first_name,
        substr(universe.player_lookup, length(names.first_name) + 1) as last_name
    from nba_reference.player_universe as universe
    inner join first_names_of_players as names on universe.player_lookup = names.player_lookup
    where
        names.first_name != ''
        and starts_with(universe.player_lookup, names.first_name)
        and length(universe.player_lookup) > length(names.first_name)
),

-- The last name as it is, and without its suffix.
last_names as (
    select
        game_date,
        player_lookup,
        first_name,
        last_name
    from split_names
    union distinct
    select
        game_date,
        player_lookup,
        first_name,
        substr(last_name, 1, length(last_name) - length(suffix)) as last_name
    from split_names
    cross join unnest(['jr', 'sr', 'ii', 'iii', 'iv']) as suffix
    where ends_with(last_name, suffix) and length(last_name) > length(suffix) + 1
),

first_name_forms as (
    select
        short_name as first_name,
        full_name as other_form
    from nba_reference.first_names
    union distinct
    select
        full_name as first_name,
        short_name as other_form
    from nba_reference.first_names
),

candidate_spellings as (
    select
        game_date,
        player_lookup as spelling,
        '1' as evidence,
        player_lookup
    from nba_reference.player_universe
    union all
    select
        universe.game_date,
        player_aliases.alias_lookup as spelling,
        '2' as evidence,
        universe.player_lookup
    from nba_reference.player_universe as universe
    inner join nba_reference.player_aliases on universe.player_lookup = player_aliases.nba_canonical_lookup
    where player_aliases.is_active
    union all
    select
        game_date,
        concat(player_lookup, suffix) as spelling,
        '3' as evidence,
        player_lookup
    from nba_reference.player_universe
    cross join unnest(['jr', 'sr', 'ii', 'iii', 'iv', 'v']) as suffix
    union all
    select
        game_date,
        substr(player_lookup, 1, length(player_lookup) - length(suffix)) as spelling,
        '3' as evidence,
        player_lookup
    from nba_reference.player_universe
    cross join unnest(['jr', 'sr', 'ii', 'iii', 'iv', 'v']) as suffix
    where ends_with(player_lookup, suffix)
    union all
    select
        last_names.game_date,
        concat(first_name_forms.other_form, last_names.last_name) as spelling,
        '4' as evidence,
        last_names.player_lookup
    from last_names
    inner join first_name_forms on last_names.first_name = first_name_forms.first_name
    union all
    select
        game_date,
        concat(last_name, first_name) as spelling,
        '5' as evidence,
        player_lookup
    from last_names
    union all
    select
        game_date,
        concat(substr(first_name, 1, 1), last_name) as spelling,
        '6' as evidence,
        player_lookup
    from last_names
    where length(first_name) > 1
),

best_spellings as (
    select
        game_date,
        spelling,
        min(evidence) as best_evidence,
        substr(min(concat(evidence, player_lookup)), 2) as best_lookup
    from candidate_spellings
    group by game_date, spelling
    -- A name and an alias are one player's each; anything weaker may be two players'.
    having min(evidence) < '3' or min(player_lookup) = max(player_lookup)
)

select
    best_spellings.game_date,
    best_spellings.spelling,
    best_spellings.best_lookup as player_lookup,
    case best_spellings.best_evidence
        when '1' then 'exact'
        when '2' then 'alias'
        when '3' then 'suffix'
        when '4' then 'nickname'
        when '5' then 'order'
        else 'initial'
    end as match_method
from best_spellings
left join nba_reference.nba_players_registry as persons on best_spellings.spelling = persons.player_lookup
left join nba_reference.player_aliases as aliases on best_spellings.spelling = aliases.alias_lookup and aliases.is_active
-- What is somebody's name or alias is no other form of another name.
where best_spellings.best_evidence < '4' or (persons.player_lookup is null and aliases.alias_lookup is null)

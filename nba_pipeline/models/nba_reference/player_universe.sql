-- description: Who may play on a slate, as known before its first tip-off, decided per team and date: the latest roster at or before
--   the date and not older than 90 days; else the players of the team's box scores (any status) of the 30 days before whose
--   latest team it is; else, where nothing older exists, the game's own list. universe_source says which.
--   A player whom two teams list is where the newest evidence puts him; a game's own list never outweighs earlier evidence.
-- grain: One row per game and player; a player is on one team per date.
-- key: game_id, player_lookup
-- unique: game_date, player_lookup
-- partition: game_date
-- cluster: player_lookup
-- history: season
-- covers: scheduled_games
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null | Kind of game.
-- column: player_lookup | string | not null | Canonical folded name.
-- column: universal_player_id | string | | Person in the registry; NULL when the name is unknown.
-- column: player_full_name | string | | Display name.
-- column: birth_date | date | | Date of birth, from the registry.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: home_game | bool | not null | True for the home team.
-- column: universe_source | string | not null; in=roster/recent_box/gamebook | Why the player is listed; gamebook = the game's own list, known only afterwards.
-- column: evidence_date | date | not null | Date of the roster or box score that lists the player.
with
slate_sides as (
    select
        game_sides.*,
        slate_games.known_until
    from nba_reference.game_sides
    inner join nba_reference.slate_games on game_sides.game_id = slate_games.game_id
    where game_sides.game_date between @start_date and @end_date
),

roster_rows as (
    select
        team_abbr,
        roster_date,
        captured_at,
        player_lookup,
        player_full_name
    from nba_raw.espn_team_rosters
    where roster_date between cast(date_sub(@start_date, interval 90 day) as date) and @end_date
),

roster_snapshots as (
    select
        team_abbr,
        roster_date,
        max(captured_at) as captured_at
    from roster_rows
    group by team_abbr, roster_date
),

newest_snapshot_by_side as (
    select
        sides.game_id,
        sides.team_abbr,
        max(snapshots.roster_date) as roster_date
    from slate_sides as sides
    inner join roster_snapshots as snapshots
        on
            sides.team_abbr = snapshots.team_abbr
            and snapshots.roster_date <= sides.game_date
            and date_diff(sides.game_date, snapshots.roster_date, day) <= 90
    where
        snapshots.roster_date < sides.game_date
        or snapshots.captured_at <= sides.known_until
    group by sides.game_id, sides.team_abbr
),

players_from_rosters as (
    select
        newest.game_id,
        newest.team_abbr,
        coalesce(names.player_lookup, rosters.player_lookup) as player_lookup,
        rosters.player_full_name,
        'roster' as universe_source,
        newest.roster_date as evidence_date,
        1 as preference
    from newest_snapshot_by_side as newest
    inner join roster_rows as rosters
        on newest.team_abbr = rosters.team_abbr and newest.roster_date = rosters.roster_date
    left join nba_reference.registry_spellings as names on rosters.player_lookup = names.spelling
),

player_box_games as (
    select
        player_lookup,
        player_full_name,
        team_abbr,
        season_year,
        game_id,
        game_date,
        lead(game_date) over (
            partition by player_lookup, season_year order by game_date
        ) as next_date
    from nba_reference.player_box_lines
    where game_date between @history_start and @end_date
),

players_from_box_scores as (
    select
        sides.game_id,
        sides.team_abbr,
        box.player_lookup,
        box.player_full_name,
        'recent_box' as universe_source,
        box.game_date as evidence_date,
        2 as preference
    from slate_sides as sides
    left join newest_snapshot_by_side as newest
        on sides.game_id = newest.game_id and sides.team_abbr = newest.team_abbr
    inner join player_box_games as box
        on
            sides.team_abbr = box.team_abbr
            and sides.season_year = box.season_year
            and box.game_date < sides.game_date
            and date_diff(sides.game_date, box.game_date, day) <= 30
            and (box.next_date is null or box.next_date >= sides.game_date)
    where newest.game_id is null
),

sides_with_players as (
    select
        game_id,
        team_abbr
    from newest_snapshot_by_side
    union distinct
    select
        game_id,
        team_abbr
    from players_from_box_scores
),

players_from_own_gamebook as (
    select
        sides.game_id,
        sides.team_abbr,
        box.player_lookup,
        box.player_full_name,
        'gamebook' as universe_source,
        sides.game_date as evidence_date,
        3 as preference
    from slate_sides as sides
    left join sides_with_players as known_sides
        on sides.game_id = known_sides.game_id and sides.team_abbr = known_sides.team_abbr
    inner join player_box_games as box on sides.game_id = box.game_id and sides.team_abbr = box.team_abbr
    where known_sides.game_id is null
),

player_candidates as (
    select *
    from players_from_rosters
    union all
    select *
    from players_from_box_scores
    union all
    select *
    from players_from_own_gamebook
)

select
    candidates.game_id,
    sides.game_date,
    sides.season_year,
    sides.season_type,
    candidates.player_lookup,
    known.universal_player_id,
    coalesce(person.player_name, candidates.player_full_name) as player_full_name,
    person.birth_date,
    candidates.team_abbr,
    sides.opponent_team_abbr,
    sides.home_game,
    candidates.universe_source,
    candidates.evidence_date
from player_candidates as candidates
inner join slate_sides as sides on candidates.game_id = sides.game_id and candidates.team_abbr = sides.team_abbr
left join nba_reference.registry_spellings as known
    on candidates.player_lookup = known.spelling and known.match_method = 'exact'
left join nba_reference.nba_players_registry as person
    on known.universal_player_id = person.universal_player_id
where true
qualify row_number() over (
    partition by sides.game_date, candidates.player_lookup
    order by
        candidates.preference = 3,
        candidates.evidence_date desc,
        candidates.preference,
        candidates.team_abbr,
        candidates.player_full_name
) = 1

-- description: Team totals of every final game from one source per game: the team box score when both teams have a sane
--   row, else the sum of the players of both teams; also where only the players' points equal the final score of both teams.
--   Home and away come from dim_game, never from the source.
-- grain: One row per game and team.
-- key: game_id, team_abbr
-- unique: game_date, team_abbr
-- partition: game_date
-- cluster: team_abbr
-- covers: final_games
-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.
-- column: nba_game_id | string | not null | Ten-digit NBA id.
-- column: game_date | date | not null | US-Eastern date of the game.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: season_type | string | not null | Kind of game.
-- column: team_abbr | string | not null | Team.
-- column: opponent_team_abbr | string | not null | The other team.
-- column: home_game | bool | not null; core | True for the home team.
-- column: points | int64 | not null; range=1..250; unit=points | Points.
-- column: fg_makes | int64 | not null | Field goals made, threes included.
-- column: fg_attempts | int64 | not null; range=1..200 | Field goals attempted, threes included.
-- column: three_pt_makes | int64 | not null | Three-pointers made.
-- column: three_pt_attempts | int64 | not null | Three-pointers attempted.
-- column: ft_makes | int64 | not null | Free throws made.
-- column: ft_attempts | int64 | not null | Free throws attempted.
-- column: offensive_rebounds | int64 | | Offensive rebounds.
-- column: defensive_rebounds | int64 | | Defensive rebounds.
-- column: assists | int64 | | Assists.
-- column: steals | int64 | | Steals.
-- column: blocks | int64 | | Blocks.
-- column: turnovers | int64 | | Turnovers as the source counts them.
-- column: personal_fouls | int64 | | Personal fouls.
-- column: overtime_periods | int64 | range=0..6 | Overtimes: from team minutes, else the last period of a play-by-play or shot chart that holds the whole score, else the players' seconds, and never fewer than any feed shows; NULL when none tells.
-- column: players_inactive | int64 | | Players the game book lists as inactive; NULL without a game book.
-- column: primary_source_used | string | not null; in=nbac_team_boxscore/reconstructed_team_from_players | Where the totals come from.
-- column: source_reason | string | in=adds_up/no_box_score/box_score_does_not_add_up/nothing_adds_up/no_final_score | Why they come from there: adds_up = a team box score with the final score of both teams; the last two say that no source could be confirmed.
with
sides as (
    select *
    from nba_reference.game_sides
    where game_date between @start_date and @end_date and is_final
),

team_box_scores as (
    select
        sides.game_id,
        sides.team_abbr,
        raw.points,
        raw.fg_made as fg_makes,
        raw.fg_attempted as fg_attempts,
        raw.three_pt_made as three_pt_makes,
        raw.three_pt_attempted as three_pt_attempts,
        raw.ft_made as ft_makes,
        raw.ft_attempted as ft_attempts,
        raw.offensive_rebounds,
        raw.defensive_rebounds,
        raw.assists,
        raw.steals,
        raw.blocks,
        raw.turnovers,
        raw.personal_fouls,
        raw.player_minutes,
        count(*) over (partition by sides.game_id) as teams,
        countif(raw.points = sides.team_score) over (partition by sides.game_id) as teams_adding_up
    from sides
    inner join nba_raw.nbac_team_boxscore as raw
        on
            sides.game_date = raw.game_date
            and sides.team_abbr = raw.team_abbr
            and sides.nba_game_id = raw.nba_game_id
    where
        raw.game_date between @start_date and @end_date
        and raw.points > 0
        and raw.fg_attempted > 0
        and raw.fg_made is not null
        and raw.three_pt_made is not null
        and raw.three_pt_attempted is not null
        and raw.ft_made is not null
        and raw.ft_attempted is not null
),

player_sums_by_team as (
    select
        game_id,
        team_abbr,
        cast(sum(points) as int64) as points,
        cast(sum(fg_makes) as int64) as fg_makes,
        cast(sum(fg_attempts) as int64) as fg_attempts,
        cast(sum(three_pt_makes) as int64) as three_pt_makes,
        cast(sum(three_pt_attempts) as int64) as three_pt_attempts,
        cast(sum(ft_makes) as int64) as ft_makes,
        cast(sum(ft_attempts) as int64) as ft_attempts,
        cast(sum(offensive_rebounds) as int64) as offensive_rebounds,
        cast(sum(defensive_rebounds) as int64) as defensive_rebounds,
        cast(sum(assists) as int64) as assists,
        cast(sum(steals) as int64) as steals,
        cast(sum(blocks) as int64) as blocks,
        cast(sum(turnovers) as int64) as turnovers,
        cast(sum(personal_fouls) as int64) as personal_fouls,
        cast(sum(seconds_played) as int64) as seconds_played,
        countif(did_play) as players_used,
        countif(primary_source_used = 'nbac_gamebook') as gamebook_rows,
        countif(player_status = 'inactive') as players_inactive
    from nba_reference.player_box_lines
    where game_date between @start_date and @end_date
    group by game_id, team_abbr
),

teams_from_players as (
    select
        players.*,
        count(*) over (partition by players.game_id) as teams,
        countif(players.points = sides.team_score) over (partition by players.game_id) as teams_adding_up
    from player_sums_by_team as players
    inner join sides on players.game_id = sides.game_id and players.team_abbr = sides.team_abbr
    where players.players_used >= 5 and players.points > 0 and players.fg_attempts > 0
),

-- A feed that holds the whole score, or every basket, holds every period; one that was cut off proves the periods it has.
last_period_by_feed as (
    select
        nba_game_id,
        game_date,
        max(period) as last_period,
        max(score_home) + max(score_away) as points,
        cast(null as int64) as baskets
    from nba_raw.bigdataball_play_by_play
    where game_date between @start_date and @end_date
    group by nba_game_id, game_date
    union all
    select
        nba_game_id,
        game_date,
        max(period) as last_period,
        max(score_home) + max(score_away) as points,
        cast(null as int64) as baskets
    from nba_raw.nbac_play_by_play
    where game_date between @start_date and @end_date
    group by nba_game_id, game_date
    union all
    select
        nba_game_id,
        game_date,
        max(period) as last_period,
        cast(null as int64) as points,
        countif(shot_made_flag) as baskets
    from nba_raw.nbac_shot_chart
    where game_date between @start_date and @end_date
    group by nba_game_id, game_date
),

sums_by_game as (
    select
        game_id,
        sum(fg_makes) as fg_makes,
        max(seconds_played) as seconds_played
    from player_sums_by_team
    group by game_id
),

overtimes_by_feeds as (
    select
        game.game_id,
        max(feeds.last_period) - 4 as proved,
        max(
            if(
                feeds.last_period >= 4
                and (
                    feeds.points = game.home_team_score + game.away_team_score or feeds.baskets = sums.fg_makes
                ),
                feeds.last_period - 4,
                null
            )
        ) as counted
    from nba_reference.dim_game as game
    inner join last_period_by_feed as feeds on game.nba_game_id = feeds.nba_game_id and game.game_date = feeds.game_date
    left join sums_by_game as sums on game.game_id = sums.game_id
    where game.game_date between @start_date and @end_date
    group by game.game_id
),

overtimes_by_minutes as (
    select
        game_id,
        -- 240 minutes and 25 per overtime, half an overtime less tolerated.
        max(greatest(0, div((player_minutes - 228), 25))) as overtimes
    from team_box_scores
    group by game_id
),

overtimes_by_game as (
    select
        games.game_id,
        coalesce(
            by_minutes.overtimes,
            by_feeds.counted,
            -- 14,400 seconds and 1,500 per overtime, the same half overtime less tolerated; under 225 minutes some are
            -- missing.
            if(sums.seconds_played < 13500, null, greatest(0, div((sums.seconds_played - 13650), 1500)))
        ) as overtimes,
        coalesce(by_feeds.proved, 0) as proved
    from (select distinct game_id from sides) as games
    left join overtimes_by_minutes as by_minutes on games.game_id = by_minutes.game_id
    left join overtimes_by_feeds as by_feeds on games.game_id = by_feeds.game_id
    left join sums_by_game as sums on games.game_id = sums.game_id
),

source_facts_by_game as (
    select
        sides.game_id,
        countif(sides.team_score is null) > 0 as lacks_a_score,
        countif(box.teams = 2) > 0 as has_box,
        countif(box.teams = 2 and box.teams_adding_up = 2) > 0 as is_box_right,
        countif(rebuilt.teams = 2) > 0 as has_players,
        countif(rebuilt.teams = 2 and rebuilt.teams_adding_up = 2) > 0 as are_players_right
    from sides
    left join team_box_scores as box on sides.game_id = box.game_id and sides.team_abbr = box.team_abbr
    left join teams_from_players as rebuilt
        on sides.game_id = rebuilt.game_id and sides.team_abbr = rebuilt.team_abbr
    group by sides.game_id
),

source_by_game as (
    select
        game_id,
        has_box and (is_box_right or not are_players_right) as is_box,
        case
            when lacks_a_score then 'no_final_score'
            when is_box_right then 'adds_up'
            when not are_players_right then 'nothing_adds_up'
            when has_box then 'box_score_does_not_add_up'
            else 'no_box_score'
        end as source_reason
    from source_facts_by_game
    where has_box or has_players
)

select
    sides.game_id,
    sides.nba_game_id,
    sides.game_date,
    sides.season_year,
    sides.season_type,
    sides.team_abbr,
    sides.opponent_team_abbr,
    sides.home_game,
    if(source.is_box, box.points, rebuilt.points) as points,
    if(source.is_box, box.fg_makes, rebuilt.fg_makes) as fg_makes,
    if(source.is_box, box.fg_attempts, rebuilt.fg_attempts) as fg_attempts,
    if(source.is_box, box.three_pt_makes, rebuilt.three_pt_makes) as three_pt_makes,
    if(source.is_box, box.three_pt_attempts, rebuilt.three_pt_attempts) as three_pt_attempts,
    if(source.is_box, box.ft_makes, rebuilt.ft_makes) as ft_makes,
    if(source.is_box, box.ft_attempts, rebuilt.ft_attempts) as ft_attempts,
    if(source.is_box, box.offensive_rebounds, rebuilt.offensive_rebounds) as offensive_rebounds,
    if(source.is_box, box.defensive_rebounds, rebuilt.defensive_rebounds) as defensive_rebounds,
    if(source.is_box, box.assists, rebuilt.assists) as assists,
    if(source.is_box, box.steals, rebuilt.steals) as steals,
    if(source.is_box, box.blocks, rebuilt.blocks) as blocks,
    if(source.is_box, box.turnovers, rebuilt.turnovers) as turnovers,
    if(source.is_box, box.personal_fouls, rebuilt.personal_fouls) as personal_fouls,
    greatest(overtimes.overtimes, overtimes.proved) as overtime_periods,
    if(players.gamebook_rows > 0, players.players_inactive, null) as players_inactive,
    if(source.is_box, 'nbac_team_boxscore', 'reconstructed_team_from_players') as primary_source_used,
    source.source_reason
from sides
left join team_box_scores as box on sides.game_id = box.game_id and sides.team_abbr = box.team_abbr
left join player_sums_by_team as players on sides.game_id = players.game_id and sides.team_abbr = players.team_abbr
left join teams_from_players as rebuilt on sides.game_id = rebuilt.game_id and sides.team_abbr = rebuilt.team_abbr
left join overtimes_by_game as overtimes on sides.game_id = overtimes.game_id
inner join source_by_game as source on sides.game_id = source.game_id

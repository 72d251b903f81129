-- description: Dates for which precompute rows are made: slates with games after the season's bootstrap.
-- grain: One row per date.
-- key: analysis_date
-- view: true
-- column: analysis_date | date | not null | US-Eastern date of the slate.
-- column: season_year | int64 | not null | Starting year of the season.
-- column: days_into_season | int64 | not null; unit=days | Days since opening night.
select distinct
    dim_game.game_date as analysis_date,
    dim_game.season_year,
    date_diff(dim_game.game_date, season_calendar.regular_start, day) as days_into_season
from nba_reference.dim_game
inner join nba_reference.season_calendar on dim_game.season_year = season_calendar.season_year
where dim_game.game_date > season_calendar.bootstrap_end

-- The game date before each slate.
select
    slates.analysis_date,
    max(dim_game.game_date) as game_date
from nba_processing.precompute_slates as slates
inner join nba_reference.dim_game
    on slates.season_year = dim_game.season_year and dim_game.game_date < slates.analysis_date
where slates.analysis_date between @start_date and @end_date and dim_game.is_final
group by slates.analysis_date

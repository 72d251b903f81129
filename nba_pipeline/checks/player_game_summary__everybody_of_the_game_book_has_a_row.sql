-- table: nba_analytics.player_game_summary
-- check: V05 everybody_of_the_game_book_has_a_row | error | A game has as many active players as its game book.
-- date: game_date
with
books as (
    select
        dim_game.game_date,
        dim_game.game_id,
        count(distinct book.player_lookup) as players_in_the_book
    from nba_raw.nbac_gamebook_player_stats as book
    inner join nba_reference.dim_game
        on
            book.game_date = dim_game.game_date
            and book.team_abbr in (dim_game.home_team_abbr, dim_game.away_team_abbr)
    where
        book.game_date between @start_date and @end_date
        and book.player_status = 'active'
        and dim_game.is_final
    group by dim_game.game_date, dim_game.game_id
),

stored as (
    select
        game_id,
        count(*) as players_stored
    from nba_analytics.player_game_summary
    where game_date between @start_date and @end_date and player_status = 'active'
    group by game_id
)

select
    books.game_date,
    books.game_id,
    books.players_in_the_book,
    coalesce(stored.players_stored, 0) as players_stored
from books
left join stored on books.game_id = stored.game_id
where coalesce(stored.players_stored, 0) < books.players_in_the_book

-- check: V17
-- name: opponent_rating_is_known_nearly_always
-- table: nba_predictions.ml_feature_store_v2
-- severity: warn
-- sentence: Over the range 99 % of the players have an opponent with a rating, and a quality tier.
with
judged as (
    select
        game_date,
        coalesce(
            opponent_def_rating is not null and quality_tier is not null,
            false
        ) as is_valid
    from nba_predictions.ml_feature_store_v2
    where game_date between @start_date and @end_date
)

select
    countif(is_valid) as valid_rows,
    count(*) as row_count
from judged
having safe_divide(countif(is_valid), count(*)) < @valid_share_of_a_range

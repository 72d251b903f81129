-- table: nba_predictions.ml_feature_store_v2
-- check: V17 opponent_rating_is_known | error | On every date half of the players have an opponent with a rating, and
--   a quality tier.
-- date: game_date
-- valid_share: valid_share_of_a_date
-- check: V17 opponent_rating_is_known_nearly_always | warn | Over the range 99 % of the players have an opponent with
--   a rating, and a quality tier.
-- valid_share: valid_share_of_a_range
select
    game_date,
    opponent_def_rating is not null and quality_tier is not null as is_valid
from nba_predictions.ml_feature_store_v2
where game_date between @start_date and @end_date

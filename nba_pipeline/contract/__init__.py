"""Table contracts: what one ``.sql`` file says about its table, and all of them together."""

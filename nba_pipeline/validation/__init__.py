"""What may be believed: facts about tables, the check catalogue and what a slate stands on."""

"""What may be believed: facts about tables, the check catalogue, coverage of the schedule, gates, readiness."""

"""Jobs, schedules and sensors: what operators do, as Dagster shows and starts it. What is done is in ``operations``."""

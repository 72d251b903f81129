"""The Dagster instance: where run history lives and how a command opens it. Nothing about assets belongs here."""

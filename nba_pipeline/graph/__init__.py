"""The Dagster graph derived from the table contracts: assets, checks, resources."""

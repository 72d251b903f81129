"""NBA player-props data platform: raw sources to analytics tables as a Dagster asset graph."""

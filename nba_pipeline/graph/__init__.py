"""The Dagster graph derived from the table contracts: assets, checks, gates, jobs, schedules, sensors, resources."""

import warnings

import dagster as dg

# Dagster says of parameters that they are in beta, each time one is used; the pinned version is tested.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

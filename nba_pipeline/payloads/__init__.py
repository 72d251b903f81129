"""Single answers of the league's and the vendors' services, as they were sent, to landing files."""

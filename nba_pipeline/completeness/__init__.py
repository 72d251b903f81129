"""What is complete and what is not: the state of partitions, read from the history and from stored rows.

Nothing is run or repaired here.
"""

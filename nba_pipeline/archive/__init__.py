"""Folders of public archives to landing files."""

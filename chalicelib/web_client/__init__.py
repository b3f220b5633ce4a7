"""Serves the web client, whose files are in the folder ``web`` beside ``chalicelib``."""

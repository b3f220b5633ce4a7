"""The command line, `python -m infrastructure`: one module for each group of commands."""

"""What the API and the worker functions share, one package for each concern."""

__version__ = "0.1.0"

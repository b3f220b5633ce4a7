"""Code that the API and the worker functions share, one package for each concern."""

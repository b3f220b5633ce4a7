"""Code that the API and the worker functions share, one package for each concern."""

from chalicelib import synchronous_clients

synchronous_clients.install()

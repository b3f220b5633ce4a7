"""Puts the parts together: settings, clients, one container; the only package that knows all."""

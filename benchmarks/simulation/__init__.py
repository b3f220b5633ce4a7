"""Drains against bursts: a simulation of environments, shards and stores (SimPy)."""

"""Proofs: that an application was accepted, and that no accepted application disappeared."""

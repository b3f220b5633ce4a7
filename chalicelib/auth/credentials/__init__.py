"""Proofs of identity: passwords, second factors, e-mailed links and device tokens."""

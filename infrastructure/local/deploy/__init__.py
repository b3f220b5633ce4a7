"""Deploys the three Chalice projects to a local stack, with the real `chalice deploy`.

`python -m infrastructure.local.deploy` is its command line; `deploy` and `delete` of the module
`deployment` are its interface to programs.
"""

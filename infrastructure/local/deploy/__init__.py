"""Deploy the four Chalice projects to a local stack, with the real `chalice deploy`.

`python -m infrastructure deploy` is the command. Programs use `deploy` and `delete` of the module
`deployment`.
"""

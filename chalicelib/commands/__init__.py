"""Commands of operators. They run on an operator's machine, and in the function `ops` of a stage.

``infrastructure.cli`` runs them with connections to the addresses that the operator's environment
names, or to the local stack. The function runs them with the connections of its own settings.
"""

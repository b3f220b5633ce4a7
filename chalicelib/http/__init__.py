"""How the API speaks HTTP: bodies in, answers and problems out, a policy for every route."""

"""The equation of each posting: every accepted application is accounted for."""

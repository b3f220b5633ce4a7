"""Release notes, lists of components, and the version that a release must work beside."""

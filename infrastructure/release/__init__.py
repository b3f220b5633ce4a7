"""What a release consists of: notes, lists of components, and the version it must work beside."""

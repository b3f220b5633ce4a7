"""Forms: the questions of a posting, and the answers of candidates to them."""

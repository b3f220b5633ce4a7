"""The texts of candidates' files: read by a function of their own, kept for review and search."""

"""The words and stages of applications in blocks, for search and counts."""

"""Routes of postings: for everyone, and for the members of an employer."""
